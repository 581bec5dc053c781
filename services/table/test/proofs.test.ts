import { nodeLimits } from '@hypergate/node/api';
import { afterEach, expect, test } from 'vitest';
import { AbsenceNotDisclosed, type ProofSubject, TableMisuse } from '../index.ts';
import { documentOf, openProvingTables, type ProvingTables } from '../verify/test/harness.ts';
import { key, plain, text } from './support/harness.ts';

const opened: ProvingTables[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

/** Tables on which `change` happens before the first frame that anybody waits for. */
async function open(change: (proving: ProvingTables) => Promise<unknown> = async () => undefined) {
  const proving: ProvingTables = await openProvingTables({
    beforeFrame: async (frame) => {
      if (frame === 1) await change(proving);
    },
  });
  opened.push(proving);
  const record: ProofSubject = { kind: 'record', domain: proving.domain, table: plain, key: key('a') };
  return { proving, record };
}

const put = ({ tables, domain }: ProvingTables, row: string) =>
  tables.transact([{ domain, kind: 'put', table: plain, key: key('a'), row }]);
const remove = ({ tables, domain }: ProvingTables) =>
  tables.transact([{ domain, kind: 'remove', table: plain, key: key('a') }]);

test('the row at the frame is given with the proof', async () => {
  const { proving, record } = await open((one) => put(one, 'new'));
  await put(proving, 'old');
  const parts = await proving.tables.prove([record], {});
  expect(parts.rows).toEqual(['new']);
  const { records } = proving.verify(documentOf('test://x', parts));
  expect(records.map(({ row }) => text(row))).toEqual(['new']);
});

test('that nothing is there is shown only to whom its address key may be given', async () => {
  const { proving, record } = await open();
  await expect(proving.tables.prove([record], {})).rejects.toThrow(AbsenceNotDisclosed);
  expect(proving.prover.frame).toBe(0);
  const parts = await proving.tables.prove([record], { discloseAddressKeys: true });
  expect(parts.rows).toEqual([undefined]);
  expect(proving.verify(documentOf('test://x', parts)).absences).toHaveLength(1);
});

test('a record that is gone at the frame is not shown to be gone by accident', async () => {
  const { proving, record } = await open(remove);
  await put(proving, 'old');
  await expect(proving.tables.prove([record], {})).rejects.toThrow(AbsenceNotDisclosed);
});

test.each([
  ['gone', 'old', remove, 1],
  ['there', undefined, (one: ProvingTables) => put(one, 'new'), 0],
] as const)('a record that is %s at the frame is shown so', async (_is, before, change, absences) => {
  const { proving, record } = await open(change);
  if (before !== undefined) await put(proving, before);
  const parts = await proving.tables.prove([record], { discloseAddressKeys: true });
  expect(proving.prover.frame).toBe(1);
  const verified = proving.verify(documentOf('test://x', parts));
  expect([verified.absences.length, verified.records.length]).toEqual([absences, 1 - absences]);
  expect(verified.namesBound).toBe(true);
});

test('a record that goes before every frame and comes back behind it is given up', async () => {
  const proving: ProvingTables = await openProvingTables({
    beforeFrame: async () => void (await remove(proving)),
    afterFrame: async () => void (await put(proving, 'row')),
  });
  opened.push(proving);
  await put(proving, 'row');
  const record: ProofSubject = { kind: 'record', domain: proving.domain, table: plain, key: key('a') };
  await expect(proving.tables.prove([record], {})).rejects.toMatchObject({ code: 'overloaded' });
  expect(proving.prover.frame).toBe(3);
});

test('that no other record can have the key is shown only where the address key may be given', async () => {
  const { proving, record } = await open();
  await put(proving, 'row');
  for (const discloseAddressKeys of [false, true]) {
    const parts = await proving.tables.prove([record], { discloseAddressKeys });
    const { namesBound, addresses, records } = proving.verify(documentOf('test://x', parts));
    expect([namesBound, addresses.length, records.length]).toEqual([
      discloseAddressKeys,
      Number(discloseAddressKeys),
      1,
    ]);
  }
});

test('more than fits one proof, and what is no domain of these tables, is refused', async () => {
  const { proving, record } = await open();
  const { domain } = proving;
  const blob = { id: Buffer.alloc(16), length: nodeLimits.proofItemsMax, chunkBytes: 1 };
  await expect(proving.tables.prove([{ kind: 'blob', domain, blob }], {})).rejects.toThrow(TableMisuse);
  const many = { ...blob, length: Number.MAX_SAFE_INTEGER };
  await expect(proving.tables.prove([{ kind: 'blob', domain, blob: many }], {})).rejects.toThrow(TableMisuse);
  const other = await openProvingTables();
  opened.push(other);
  const foreign = { ...record, domain: { ...other.domain, address: other.domain.address } };
  await expect(proving.tables.prove([foreign], {})).rejects.toThrow(TableMisuse);
});
