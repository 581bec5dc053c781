import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ProofSubject, RelationUnknown, type TableDefinition } from '../../index.ts';
import { key, plain, text } from '../../test/support/harness.ts';
import { type ProofDocument, refuseUnused } from '../index.ts';
import { openProvingTables, type ProvingTables } from './harness.ts';

const groups: TableDefinition<string> = { ...plain, name: 'test.groups' };
delete (groups as { index?: unknown }).index;

let proving: ProvingTables;
let relation: ProofSubject;
let record: ProofSubject;
beforeAll(async () => {
  proving = await openProvingTables();
  const { tables, domain } = proving;
  relation = { kind: 'relation', domain, table: groups, key: key('g', 'p') };
  record = { kind: 'record', domain, table: plain, key: key('b') };
  await tables.transact([
    { domain, kind: 'put', table: plain, key: key('a'), row: 'row a' },
    { domain, kind: 'put', table: plain, key: key('b'), row: 'row b' },
    {
      domain,
      kind: 'put-relation',
      table: groups,
      key: key('g', 'p'),
      row: 'both',
      members: ['a', 'b'].map((sort) => ({ table: plain, key: key(sort) })),
    },
  ]);
});
afterAll(() => proving.close());

describe('a proof of a relation', () => {
  test.each([false, true])('shows its row and members (address keys disclosed: %s)', async (disclosed) => {
    const parts = await proving.tables.prove([relation, record], { discloseAddressKeys: disclosed });
    expect(parts.rows).toEqual(['both', 'row b']);
    const document = await proving.document([relation, record], 'test://relation', disclosed);
    const verified = proving.verify(document);
    expect(verified.namesBound).toBe(disclosed);
    const [one] = verified.relations;
    if (one === undefined || !('table' in one)) throw new Error('it is over records');
    expect([one.table, text(one.partition), text(one.sort), text(one.row)]).toEqual([
      'test.groups',
      'p',
      'g',
      'both',
    ]);
    const [b] = verified.records;
    expect(one.members).toHaveLength(2);
    expect(Buffer.from(one.members[1]!)).toEqual(Buffer.concat([b!.domain, b!.slot, b!.incarnation]));
    expect(() => refuseUnused(verified, new Set([b!]))).toThrow('more than it is about');
  });

  test('is refused with another secret, without one, and with an address key that is not its own', async () => {
    const document = await proving.document([relation, record], 'test://relation', true);
    const [first, second, ...rest] = document.secrets;
    const refused: Partial<ProofDocument>[] = [
      { secrets: [second, first, ...rest] },
      { secrets: [undefined, second, ...rest] },
      { addresses: document.addresses.map((one) => ({ ...one, table: one.table.replace('\u0002', '') })) },
    ];
    for (const change of refused) expect(() => proving.verify({ ...document, ...change })).toThrow();
    expect(document.addresses.map(({ table }) => table)).toContain('\u0002test.groups');
  });

  test('of one that is not there is not made', async () => {
    const { domain } = proving;
    const none: ProofSubject = { kind: 'relation', domain, table: groups, key: key('none') };
    for (const discloseAddressKeys of [false, true])
      await expect(proving.tables.prove([none], { discloseAddressKeys })).rejects.toThrow(RelationUnknown);
  });
});
