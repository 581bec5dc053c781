import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TreeChange, TreeName } from '../../../hypergraph/tree/index.ts';
import { TestCommitter } from '../../../hypergraph/tree/test/committer.ts';
import { dataHash, someKey, someRevision } from '../../../hypergraph/tree/test/keys.ts';
import type { Forest } from '../index.ts';
import { hex, ModelTree, newDisk, open } from './support.ts';

const runs = process.env.HYPERGATE_SOAK === '1' ? 3000 : 120;

const names: readonly TreeName[] = [
  { domain: Buffer.alloc(32, 7), set: 0 },
  { domain: Buffer.alloc(32, 7), set: 1 },
  { name: Buffer.from('other') },
];

const change: fc.Arbitrary<TreeChange> = fc.record({
  key: someKey,
  to: fc.option(
    someRevision.map((revision) => ({ revision, dataHash: dataHash(revision) })),
    { nil: undefined, freq: 2 },
  ),
});

type Step =
  | { readonly kind: 'update'; readonly groups: readonly { tree: number; changes: TreeChange[] }[] }
  | { readonly kind: 'commit' | 'reopen' | 'verify' }
  | { readonly kind: 'drop' | 'empty'; readonly tree: number };

const tree = fc.nat(names.length - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('update' as const),
      groups: fc.array(fc.record({ tree, changes: fc.array(change, { maxLength: 40 }) }), { maxLength: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('commit' as const, 'reopen' as const, 'verify' as const) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('drop' as const, 'empty' as const), tree }) },
);

const shape = fc.record({
  leafAtomsMax: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constant(30)),
  bucketEntries: fc.integer({ min: 1, max: 6 }),
});

async function compare(forest: Forest, models: readonly ModelTree[], leafAtomsMax: number): Promise<void> {
  for (const [index, name] of names.entries()) {
    const model = models[index]!;
    const found = await forest.root(name);
    expect(found?.count ?? 0).toBe(model.entries.size);
    expect(hex(found?.root) ?? '00'.repeat(64)).toBe(hex(await model.root(leafAtomsMax)));
  }
}

describe('roots', () => {
  it(`are those of the definition, whatever the history (${runs} runs)`, async () => {
    await fc.assert(
      fc.asyncProperty(shape, fc.array(step, { maxLength: 12 }), async (shape, steps) => {
        const disk = newDisk();
        const committer = new TestCommitter();
        let forest = await open(disk, committer, shape);
        const models = names.map(() => new ModelTree());
        for (const step of steps) {
          if (step.kind === 'update') {
            await forest.update(step.groups.map(({ tree, changes }) => ({ tree: names[tree]!, changes })));
            for (const { tree, changes } of step.groups) models[tree]!.apply(changes);
          } else if (step.kind === 'drop') {
            await forest.dropTree(names[step.tree]!);
            models[step.tree]!.entries.clear();
          } else if (step.kind === 'empty') {
            const changes = models[step.tree]!.sorted().map(({ key }) => ({ key, to: undefined }));
            await forest.update([{ tree: names[step.tree]!, changes }]);
            models[step.tree]!.entries.clear();
          } else {
            await forest.commit(Buffer.from(step.kind));
            if (step.kind === 'verify') expect(await forest.verifyAll()).toBeUndefined();
            if (step.kind === 'reopen') {
              await forest.close();
              forest = await open(disk, committer, shape);
            }
          }
          await compare(forest, models, shape.leafAtomsMax);
        }
        await forest.commit(Buffer.alloc(0));
        expect(await forest.verifyAll()).toBeUndefined();
        await forest.rebuild(
          names.map((tree, index) => ({ tree, entries: models[index]!.sorted() })),
          Buffer.from('rebuilt'),
        );
        await compare(forest, models, shape.leafAtomsMax);
        expect(await forest.verifyAll()).toBeUndefined();
        await forest.close();
      }),
      { numRuns: runs },
    );
  }, 600_000);
});
