import { MemoryState } from '@hypergate/node/embedded';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ConditionFailed,
  type DomainWrite,
  type RelationMember,
  type TableDefinition,
  type TableDomain,
  TableMisuse,
  tableLimits,
} from '../index.ts';
import { type Harness, key, notes, openHarness, plain, text } from './support/harness.ts';

/** A row of text, in no index. */
const groups: TableDefinition<string> = {
  name: 'test.groups',
  description: 'Relations',
  formats: [
    { version: 1, encode: (row) => Buffer.from(row), decode: (bytes) => Buffer.from(bytes).toString() },
  ],
};

let harness: Harness;
let domain: TableDomain;
beforeAll(async () => {
  harness = await openHarness();
  domain = harness.tables.prepareDomain();
  await harness.tables.transact([{ kind: 'create-domain', domain }]);
});
afterAll(() => harness.close());

const named = (sort: string): RelationMember => ({ table: plain, key: key(sort) });
const put = (sort: string, row = sort): DomainWrite => ({
  kind: 'put',
  domain,
  table: plain,
  key: key(sort),
  row,
});
const remove = (sort: string): DomainWrite => ({ kind: 'remove', domain, table: plain, key: key(sort) });
const relate = (sort: string, members: readonly RelationMember[], row = ''): DomainWrite => ({
  kind: 'put-relation',
  domain,
  table: groups,
  key: key(sort),
  row,
  members,
});
const unrelate = (sort: string): DomainWrite => ({
  kind: 'remove-relation',
  domain,
  table: groups,
  key: key(sort),
});
const transact = (...writes: DomainWrite[]) => harness.tables.transact(writes);
const related = (sort: string) => domain.getRelation(groups, key(sort));
const slotOfMember = (id: Uint8Array) => text(id.subarray(32, 56));

describe('a relation', () => {
  it('names its records in order, also those of its own transaction', async () => {
    await transact(put('a'), put('b'));
    await transact(relate('g', [named('c'), named('a'), named('b')], 'three'), put('c'));
    const found = await related('g');
    expect(found?.row).toBe('three');
    expect(found?.members.map(slotOfMember)).toEqual(
      ['c', 'a', 'b'].map((sort) => text(domain.slotOf(plain, key(sort)))),
    );
    expect(found?.members.every((id) => id.length === 64)).toBe(true);
  });

  it('keeps members by their ids, and a record that is rewritten keeps its id', async () => {
    await transact(put('a'), put('b'), relate('kept', [named('a')]));
    const before = await related('kept');
    await transact(put('a', 'rewritten'), relate('kept', [...before!.members, named('b')]));
    const after = await related('kept');
    expect(after?.members[0]).toEqual(before?.members[0]);
    expect(after?.members).toHaveLength(2);
  });

  it('never stands where a record of the same table and key stands', async () => {
    const record = { domain, table: groups, key: key('both') };
    await transact({ ...record, kind: 'put', row: 'a record' }, relate('both', [], 'a relation'));
    expect((await domain.get(groups, key('both')))?.row).toBe('a record');
    expect((await related('both'))?.row).toBe('a relation');
    await transact({ ...record, kind: 'remove' });
    expect((await related('both'))?.row).toBe('a relation');
  });

  it('of a record that is not there, or that its own transaction removes, is refused whole', async () => {
    await transact(put('gone'));
    await expect(transact(put('x'), relate('h', [named('none')]))).rejects.toThrow(new ConditionFailed(1));
    await expect(transact(relate('h', [named('gone')]), remove('gone'))).rejects.toThrow(
      new ConditionFailed(0),
    );
    expect(await related('h')).toBeUndefined();
    expect(await domain.get(plain, key('x'))).toBeUndefined();
    const created = harness.tables.prepareDomain();
    const early = { ...relate('h', [named('gone')]), domain: created };
    await expect(transact({ kind: 'create-domain', domain: created }, early)).rejects.toThrow(
      ConditionFailed,
    );
  });

  it('is put and removed under the conditions of records', async () => {
    await transact(relate('c', []));
    const { revision } = (await related('c'))!;
    await expect(transact({ ...relate('c', []), condition: 'absent' } as DomainWrite)).rejects.toThrow(
      ConditionFailed,
    );
    await transact({ ...relate('c', [], 'next'), condition: { revision } } as DomainWrite);
    await expect(transact({ ...unrelate('c'), condition: { revision } } as DomainWrite)).rejects.toThrow(
      ConditionFailed,
    );
    await transact(unrelate('c'));
    expect(await related('c')).toBeUndefined();
    await transact(unrelate('c'));
    await expect(transact({ ...unrelate('c'), condition: 'present' } as DomainWrite)).rejects.toThrow(
      ConditionFailed,
    );
  });

  it('of too many members, of another domain, of an indexed table, or written twice is refused', async () => {
    const other = harness.tables.prepareDomain();
    const id = Buffer.concat([other.address, Buffer.alloc(32)]);
    const many = Array.from({ length: tableLimits.relationMembersMax + 1 }, () =>
      Buffer.concat([domain.address, Buffer.alloc(32)]),
    );
    const refused: DomainWrite[][] = [
      [relate('m', [id])],
      [relate('m', [id.subarray(1)])],
      [relate('m', many)],
      [relate('m', []), unrelate('m')],
      [
        {
          kind: 'put-relation',
          domain,
          table: notes,
          key: key('m'),
          row: { text: '', tags: [] },
          members: [],
        },
      ],
    ];
    for (const writes of refused) await expect(transact(...writes)).rejects.toThrow(TableMisuse);
    await transact(relate('m', many.slice(1)));
    expect((await related('m'))?.members).toHaveLength(tableLimits.relationMembersMax);
  });

  it('is read as what it is by nobody who asks for another', async () => {
    await transact(relate('own', [], 'row'));
    const renamed = { ...groups, formats: [{ ...groups.formats[0], version: 2 }] } as typeof groups;
    await expect(domain.getRelation(renamed, key('own'))).rejects.toThrow('format version');
  });
});

type Step =
  | { readonly kind: 'put'; readonly name: string }
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'relate'; readonly group: string; readonly names: readonly string[] }
  | { readonly kind: 'unrelate'; readonly group: string };

const name = fc.constantFrom('p', 'q', 'r', 's');
const group = fc.constantFrom('1', '2');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom('put' as const, 'put' as const, 'remove' as const), name }),
  fc.record({ kind: fc.constant('relate' as const), group, names: fc.array(name, { maxLength: 4 }) }),
  fc.record({ kind: fc.constant('unrelate' as const), group }),
);
const script = fc.array(fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 4 }), {
  minLength: 1,
  maxLength: 12,
});

const nameOfStep = (one: Step) => ('group' in one ? `group ${one.group}` : one.name);
const withoutRepeats = (steps: readonly Step[]) =>
  steps.filter((one, at) => steps.findIndex((other) => nameOfStep(other) === nameOfStep(one)) === at);

function writeOfStep(one: Step): DomainWrite {
  switch (one.kind) {
    case 'put':
      return put(one.name);
    case 'remove':
      return remove(one.name);
    case 'relate':
      return relate(one.group, one.names.map(named), one.names.join(' '));
    case 'unrelate':
      return unrelate(one.group);
  }
}

/** Applies a transaction to the model. @returns false when a record that a relation names is not there */
function apply(steps: readonly Step[], records: Set<string>, relations: Map<string, readonly string[]>) {
  const after = new Set(records);
  for (const one of steps) {
    if (one.kind === 'put') after.add(one.name);
    if (one.kind === 'remove') after.delete(one.name);
  }
  for (const one of steps)
    if (one.kind === 'relate' && !one.names.every((each) => after.has(each))) return false;
  records.clear();
  for (const each of after) records.add(each);
  for (const one of steps) {
    if (one.kind === 'relate') relations.set(one.group, one.names);
    if (one.kind === 'unrelate') relations.delete(one.group);
  }
  return true;
}

it('relations behave as lists of records, over transactions at the same time, restarts and rebuilds', async () => {
  await fc.assert(
    fc.asyncProperty(script, fc.boolean(), async (rounds, rebuild) => {
      const world = await openHarness(new MemoryState());
      let its = world.tables.prepareDomain();
      await world.tables.transact([{ kind: 'create-domain', domain: its }]);
      const records = new Set<string>();
      const relations = new Map<string, readonly string[]>();
      const writeOf = (one: Step): DomainWrite => ({ ...writeOfStep(one), domain: its });
      for (const round of rounds) {
        const scripts = round.map(withoutRepeats);
        const results = await Promise.allSettled(
          scripts.map((steps) => world.tables.transact(steps.map(writeOf))),
        );
        const outcomes = results.map((result, at) => ({ result, steps: scripts[at]! }));
        for (const { result } of outcomes)
          if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(ConditionFailed);
        // In the log's order each that was applied must have been allowed; which were refused depends on that order.
        const applied = outcomes.flatMap(({ result, steps }) =>
          result.status === 'fulfilled' ? [{ steps, revision: result.value.revision }] : [],
        );
        applied.sort((left, right) => left.revision - right.revision);
        for (const { steps } of applied) expect(apply(steps, records, relations)).toBe(true);
        if (round.length === 1 && applied.length === 0)
          expect(apply(scripts[0]!, records, relations)).toBe(false);
      }
      if (rebuild) await world.tables.rebuildIndex();
      await world.tables.close();
      const reopened = await openHarness(world.state, world.indexStore);
      its = await reopened.tables.openDomain(its.address);
      for (const one of ['1', '2']) {
        const found = await its.getRelation(groups, key(one));
        const expected = relations.get(one);
        expect(found?.row).toBe(expected?.join(' '));
        expect(found?.members.map(slotOfMember)).toEqual(
          expected?.map((each) => text(its.slotOf(plain, key(each)))),
        );
      }
      expect(await reopened.tables.compareIndex()).toMatchObject({
        missing: 0,
        different: 0,
        superfluous: 0,
        unreadable: 0,
      });
      await reopened.close();
    }),
    { numRuns: 60 },
  );
});
