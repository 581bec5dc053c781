import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TreeEntry, TreeName } from '../../hypergraph/tree/index.ts';
import { dataHash, entryNumber, keyNumber, someKey, someRevision } from '../../hypergraph/tree/test/keys.ts';
import type { ProofRequest } from '../../store/tree/index.ts';
import { hex } from '../../store/tree/test/support.ts';
import {
  expected,
  nameText,
  plain,
  plainEntry,
  prefixOf,
  proofOf,
  type Scene,
  sceneOf,
  verify,
} from './tree-support.ts';

const runs = process.env.HYPERGATE_SOAK === '1' ? 4000 : 250;

const adds: TreeName = { domain: Buffer.alloc(32, 1), set: 0 };
const removes: TreeName = { domain: Buffer.alloc(32, 1), set: 1 };
const other: TreeName = { name: Buffer.from('other') };

const someEntry: fc.Arbitrary<TreeEntry> = fc.record({
  key: someKey,
  revision: someRevision,
  dataHash: fc.nat(3).map(dataHash),
});
const someTree = fc.uniqueArray(someEntry, { maxLength: 60, selector: ({ key }) => hex(key) });
const somePrefix = fc
  .tuple(someKey, fc.oneof(fc.constant(32), fc.integer({ min: 1, max: 32 })))
  .map(([key, length]) => key.subarray(0, length));
const someShape = fc.record({
  leafAtomsMax: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constant(100)),
  bucketEntries: fc.integer({ min: 1, max: 6 }),
});

/** A request that is true of the trees. */
function truly(scene: Scene, tree: TreeName, prefix: Uint8Array, listed: boolean): ProofRequest {
  const count = expected(scene, { tree, kind: 'entries', prefix }).length;
  if (listed) return { tree, kind: 'entries', prefix };
  if (count === 0) return { tree, kind: 'absence', prefix };
  return prefix.length === 32 ? { tree, kind: 'inclusion', key: prefix } : { tree, kind: 'entries', prefix };
}

/** Verifies a proof and compares everything it says with the trees. */
async function check(scene: Scene, requests: readonly ProofRequest[]): Promise<void> {
  const proof = await proofOf(scene, requests);
  const outcome = verify(scene, proof.bytes);
  if (!outcome.ok) throw new Error(outcome.reason);
  expect(outcome.trees.map(({ root, count }) => [hex(root), count])).toEqual(
    proof.trees.map(({ root, count }) => [hex(root), count]),
  );
  for (const [index, { tree }] of proof.trees.entries()) {
    const found = await scene.forest.root(tree);
    expect(hex(outcome.trees[index]!.root)).toBe(hex(found?.root) ?? '00'.repeat(64));
    for (const { prefix, entries } of outcome.trees[index]!.statements) {
      const wanted = expected(scene, { tree, kind: 'entries', prefix });
      expect(entries.map(plainEntry)).toEqual(wanted.map(plainEntry));
    }
  }
  requests.forEach((request, index) => {
    expect(proof.entries[index]!.map(plainEntry)).toEqual(expected(scene, request).map(plainEntry));
    const place = proof.trees.findIndex(({ tree }) => nameText(tree) === nameText(request.tree));
    const said = outcome.trees[place]!.statements.some(
      ({ prefix }) => hex(prefix) === hex(prefixOf(request)),
    );
    expect(said).toBe(true);
  });
}

describe('tree proofs', () => {
  it(`of any requests show what the trees hold, for their roots (${runs} runs)`, async () => {
    const asked = fc.record({
      tree: fc.constantFrom(adds, removes, other),
      prefix: somePrefix,
      listed: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        someShape,
        someTree,
        someTree,
        fc.array(asked, { minLength: 1, maxLength: 8 }),
        async (shape, first, second, asked) => {
          const scene = await sceneOf(
            new Map([
              [adds, first],
              [removes, second],
            ]),
            shape,
          );
          await check(
            scene,
            asked.map(({ tree, prefix, listed }) => truly(scene, tree, prefix, listed)),
          );
        },
      ),
      { numRuns: runs },
    );
  }, 600_000);

  it('of what is not true are refused, with the request that is not', async () => {
    const entries = Array.from({ length: 200 }, (_, number) => entryNumber(number));
    const scene = await sceneOf(new Map([[adds, entries]]), { leafAtomsMax: 50, bucketEntries: 4 });
    const [key, none] = [keyNumber(7), keyNumber(1000)];
    const there: ProofRequest = { tree: adds, kind: 'inclusion', key };
    expect(await scene.forest.prove([there, { tree: adds, kind: 'inclusion', key: none }])).toEqual({
      kind: 'refused',
      request: 1,
      reason: 'absent',
    });
    expect(
      await scene.forest.prove([there, { tree: adds, kind: 'absence', prefix: key.subarray(0, 24) }]),
    ).toEqual({
      kind: 'refused',
      request: 1,
      reason: 'present',
    });
    await check(scene, [there, { tree: removes, kind: 'absence', prefix: key }]);
  });

  it('list up to 64 entries under a prefix and no more', async () => {
    const under = (count: number): TreeEntry[] =>
      Array.from({ length: count }, (_, number) => ({
        ...entryNumber(number),
        key: Buffer.concat([Buffer.alloc(24, 9), keyNumber(number).subarray(0, 8)]),
      }));
    const prefix = Buffer.alloc(24, 9);
    for (const leafAtomsMax of [4, 16_384]) {
      const full = await sceneOf(new Map([[adds, under(64)]]), { leafAtomsMax, bucketEntries: 8 });
      await check(full, [{ tree: adds, kind: 'entries', prefix }]);
      const over = await sceneOf(new Map([[adds, under(65)]]), { leafAtomsMax, bucketEntries: 8 });
      const requests = (kind: 'entries' | 'absence'): ProofRequest[] => [{ tree: adds, kind, prefix }];
      expect(await over.forest.prove(requests('entries'))).toMatchObject({ request: 0, reason: 'too-many' });
      expect(await over.forest.prove(requests('absence'))).toMatchObject({ request: 0, reason: 'present' });
    }
  });

  it('always have their openings checked, also a single one', async () => {
    const scene = await sceneOf(
      new Map([[adds, Array.from({ length: 9 }, (_, number) => entryNumber(number))]]),
      { leafAtomsMax: 8, bucketEntries: 4 },
    );
    const { bytes } = await proofOf(scene, [{ tree: adds, kind: 'inclusion', key: keyNumber(3) }]);
    expect(verify(scene, bytes).ok).toBe(true);
    scene.committer.verifyOpenings = () => false;
    expect(verify(scene, bytes)).toEqual({ ok: false, reason: 'a branch does not hold what the proof says' });
  });

  it('are refused where a leaf or a branch has a size it cannot have', async () => {
    const entries = Array.from({ length: 20 }, (_, number) => entryNumber(number));
    const small = await sceneOf(new Map([[adds, entries]]), { leafAtomsMax: 20, bucketEntries: 4 });
    const request: ProofRequest = { tree: adds, kind: 'inclusion', key: keyNumber(3) };
    const leaf = await proofOf(small, [request]);
    expect(verify({ ...small, leafAtomsMax: 19 }, leaf.bytes).ok).toBe(false);
    const large = await sceneOf(new Map([[adds, entries]]), { leafAtomsMax: 19, bucketEntries: 4 });
    const branch = await proofOf(large, [request]);
    expect(verify(large, branch.bytes).ok).toBe(true);
    expect(verify({ ...large, leafAtomsMax: 20 }, branch.bytes).ok).toBe(false);
  });

  it('say the same bytes for the same requests in any order', async () => {
    const entries = Array.from({ length: 300 }, (_, number) => entryNumber(number));
    const scene = await sceneOf(
      new Map([
        [adds, entries],
        [removes, entries.slice(0, 40)],
      ]),
      {
        leafAtomsMax: 32,
        bucketEntries: 8,
      },
    );
    const requests: ProofRequest[] = [
      { tree: removes, kind: 'absence', prefix: keyNumber(50) },
      { tree: adds, kind: 'inclusion', key: keyNumber(50) },
      { tree: adds, kind: 'inclusion', key: keyNumber(51) },
    ];
    const one = await proofOf(scene, requests);
    const two = await proofOf(scene, [...requests, ...requests].reverse());
    expect(hex(two.bytes)).toBe(hex(one.bytes));
    const outcome = verify(scene, one.bytes);
    expect(outcome.ok && plain(outcome.trees)).toMatchObject([{ count: 300 }, { count: 40 }]);
  });
});
