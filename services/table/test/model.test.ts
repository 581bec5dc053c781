import { MemoryState } from '@hypergate/node/embedded';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConditionFailed, type DomainWrite, type OpenTables, type TableDomain } from '../index.ts';
import { type Harness, key, type Note, notes, openHarness, plain, text } from './support/harness.ts';
import { RecordingStore } from './support/recording-store.ts';

type AnyRow = string | Note;
interface ModelRecord {
  readonly row: AnyRow;
  readonly revision: number;
}

const tables = { notes, plain };
const partitions = ['', 'p', 'p\0'];
const recordKey = fc.record({
  table: fc.constantFrom('notes' as const, 'plain' as const),
  partition: fc.constantFrom('', '', ...partitions),
  sort: fc.oneof(
    fc.integer({ min: 0, max: 6 }).map((number) => `k${number}`),
    fc.constantFrom('', '\0', 'k\0', 'k\0\xff', '\xff\xff'),
  ),
});
type RecordName = { readonly table: 'notes' | 'plain'; readonly partition: string; readonly sort: string };
const rowText = fc.oneof(fc.string({ maxLength: 30 }), fc.constant('hidden row'));
const step = fc.record({
  kind: fc.constantFrom('put' as const, 'put' as const, 'put' as const, 'remove' as const, 'check' as const),
  name: recordKey,
  text: rowText,
  tags: fc.uniqueArray(fc.constantFrom('red', 'green', 'blue', 're', 're\0', ''), { maxLength: 3 }),
  condition: fc.constantFrom('any', 'any', 'any', 'absent', 'present', 'current', 'stale'),
});
const transaction = fc.array(step, { minLength: 1, maxLength: 5 });
/** Few records and few conditions, so that transactions at the same time get in each other's way and mostly succeed. */
const rival = fc.array(
  step.map((each) => ({
    ...each,
    kind: each.kind === 'check' ? ('remove' as const) : each.kind,
    name: { ...each.name, partition: '', sort: each.name.sort.slice(0, 1) },
    condition: each.condition === 'stale' || each.condition === 'present' ? 'any' : each.condition,
  })),
  { minLength: 1, maxLength: 3 },
);
const nameOf = ({ table, partition, sort }: RecordName) => JSON.stringify([table, partition, sort]);

class Model {
  readonly records = new Map<string, ModelRecord>();

  entries(table: string, partition: string): [string, string][] {
    const found: [string, string][] = [];
    for (const [name, { row }] of this.records) {
      const [inTable, inPartition, sort] = JSON.parse(name) as [string, string, string];
      const shown = typeof row === 'string' ? row.slice(0, 20) : row.text.slice(0, 10);
      const hidden = typeof row !== 'string' && row.text.startsWith('hidden');
      if (inTable === table && inPartition === partition && !hidden)
        found.push([sort, Buffer.from(shown).toString('latin1')]);
    }
    return found.sort(([left], [right]) => (left < right ? -1 : 1));
  }

  tags(partition: string): string[] {
    const found: string[] = [];
    for (const [name, { row }] of this.records) {
      const [, inPartition, sort] = JSON.parse(name) as [string, string, string];
      if (typeof row === 'string' || inPartition !== partition) continue;
      for (const tag of row.tags) found.push(JSON.stringify([tag, sort]));
    }
    return found.sort();
  }
}

/** Steps with conditions about what the model holds; and the index of the first whose condition fails. */
function prepare(
  script: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[],
  model: Model,
  domain: TableDomain,
) {
  const writes: DomainWrite[] = [];
  const seen = new Set<string>();
  let failing: number | undefined;
  for (const { kind, name, text: rowText, tags, condition } of script) {
    if (seen.has(nameOf(name))) continue;
    seen.add(nameOf(name));
    const current = model.records.get(nameOf(name));
    const exact =
      condition === 'current'
        ? { revision: current?.revision ?? 0 }
        : condition === 'stale'
          ? { revision: (current?.revision ?? 0) + 1 }
          : (condition as 'any' | 'absent' | 'present');
    const holds =
      exact === 'any' ||
      (exact === 'absent' && current === undefined) ||
      (exact === 'present' && current !== undefined) ||
      (typeof exact === 'object' && condition === 'current');
    if (!holds) failing ??= writes.length;
    const common = {
      domain,
      table: tables[name.table],
      key: key(name.sort, name.partition),
      condition: exact,
    };
    const row = name.table === 'plain' ? rowText : { text: rowText, tags };
    writes.push(kind === 'put' ? { kind, ...common, row } : { kind, ...common });
  }
  return { writes, failing };
}

function apply(writes: readonly DomainWrite[], model: Model, revision: number): void {
  for (const write of writes) {
    if (write.kind !== 'put' && write.kind !== 'remove') continue;
    const table = write.table === plain ? 'plain' : 'notes';
    const name = nameOf({ table, partition: text(write.key.partition), sort: text(write.key.sort) });
    if (write.kind === 'put') model.records.set(name, { row: write.row as AnyRow, revision });
    else model.records.delete(name);
  }
}

async function verify(domain: TableDomain, opened: OpenTables, model: Model): Promise<void> {
  for (const partition of partitions) {
    for (const table of ['notes', 'plain'] as const) {
      const expected = model.entries(table, partition);
      for (const reverse of [false, true]) {
        const found = await domain.scan(tables[table], Buffer.from(partition, 'latin1'), { reverse });
        const shown = found.map(({ sort, projection }) => [text(sort), text(projection)]);
        expect(shown).toEqual(reverse ? [...expected].reverse() : expected);
      }
    }
    const cursor = domain.cursorSecondary('test.notes.by-tag', Buffer.from(partition, 'latin1'), {});
    const tags: string[] = [];
    for (let entry = await cursor.next(); entry; entry = await cursor.next())
      tags.push(JSON.stringify([text(entry.sort), text(entry.projection)]));
    expect(tags.sort()).toEqual(model.tags(partition));
  }
  await verifyRecords(domain, model);
  expect(await opened.compareIndex()).toMatchObject({
    missing: 0,
    different: 0,
    superfluous: 0,
    unknownDomains: 0,
    unreadable: 0,
    isStable: true,
  });
}

async function verifyRecords(domain: TableDomain, model: Model): Promise<void> {
  expect((await domain.scan(plain, Buffer.alloc(0), {})).length).toBe(model.entries('plain', '').length);
  for (const [name, { row, revision }] of model.records) {
    const [table, partition, sort] = JSON.parse(name) as ['notes' | 'plain', string, string];
    const found =
      table === 'plain'
        ? await domain.get(plain, key(sort, partition))
        : await domain.get(notes, key(sort, partition));
    expect(found).toEqual({ row, revision });
  }
}

const command = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('transact' as const), script: transaction }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('together' as const),
      scripts: fc.array(rival, { minLength: 2, maxLength: 8 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('flush', 'crash', 'restart', 'rebuild', 'lose-index', 'refuse'),
    }),
  },
);

describe('tables and the private index', () => {
  it('behave as maps, over transactions, flushes, crashes of the index, restarts and rebuilds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 40 }), async (script) => {
        let harness: Harness = await openHarness(new MemoryState());
        let domain = harness.tables.prepareDomain();
        await harness.tables.transact([{ kind: 'create-domain', domain }]);
        const model = new Model();
        const reopen = async (indexStore: RecordingStore) => {
          harness = await openHarness(harness.state, indexStore);
          domain = await harness.tables.openDomain(domain.address);
        };
        for (const action of script) {
          switch (action.kind) {
            case 'transact': {
              const { writes, failing } = prepare(action.script, model, domain);
              if (failing === undefined) {
                const { revision } = await harness.tables.transact(writes);
                apply(writes, model, revision);
              } else {
                await expect(harness.tables.transact(writes)).rejects.toThrow(new ConditionFailed(failing));
              }
              break;
            }
            case 'together': {
              // Whatever order the log gives them, the model applies the winners in it.
              const prepared = action.scripts.map((each) => prepare(each, model, domain).writes);
              const results = await Promise.allSettled(
                prepared.map((writes) => harness.tables.transact(writes)),
              );
              const winners = results.flatMap((result, index) =>
                result.status === 'fulfilled'
                  ? [{ revision: result.value.revision, writes: prepared[index]! }]
                  : [],
              );
              for (const result of results)
                if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(ConditionFailed);
              winners.sort((left, right) => left.revision - right.revision);
              for (const { writes, revision } of winners) apply(writes, model, revision);
              await verifyRecords(domain, model);
              break;
            }
            case 'flush':
              await harness.tables.flush();
              break;
            case 'refuse':
              harness.indexStore.failure = new Error('no space');
              await expect(harness.tables.flush()).rejects.toThrow('no space');
              break;
            case 'crash': {
              // The log has everything, the index what it flushed last.
              const { indexStore, node } = harness;
              await node.close();
              await reopen(indexStore.afterPowerCut());
              break;
            }
            case 'restart':
              await harness.close();
              await reopen(harness.indexStore);
              break;
            case 'lose-index':
              await harness.close();
              await reopen(new RecordingStore());
              break;
            case 'rebuild':
              await harness.tables.rebuildIndex();
              break;
          }
        }
        await verify(domain, harness.tables, model);
        await harness.close();
      }),
      { numRuns: process.env.HYPERGATE_SOAK === '1' ? 1000 : 50 },
    );
  });
});
