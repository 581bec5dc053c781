import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConditionFailed, StaleTerm, type TableDomain } from '../index.ts';
import { type Harness, key, openHarness, plain } from './support/harness.ts';

let harness: Harness;
let domain: TableDomain;
beforeEach(async () => {
  harness = await openHarness();
  domain = harness.tables.prepareDomain();
  await harness.tables.transact([{ kind: 'create-domain', domain }]);
});
afterEach(() => harness.close());

const resource = 'engine';
const leaseOf = (holder: string) =>
  harness.node.lease({
    domain: domain.address,
    resource,
    holder: Buffer.from(holder),
    durationMs: 10_000,
  });
const putUnder = (term: number, sort: string, row: string) =>
  harness.tables.transact([{ kind: 'put', domain, table: plain, key: key(sort), row, condition: 'absent' }], {
    fence: { domain: domain.address, resource, term },
  });

test('a transaction under the term of the lease is written', async () => {
  const lease = await leaseOf('a');
  await putUnder(lease.term, 'k', 'one');
  expect((await domain.get(plain, key('k')))?.row).toBe('one');
  await lease.release();
});

test('once another holder took the lease, the old term writes nothing, and conditions are not told', async () => {
  const old = await leaseOf('a');
  old.abandon();
  const lease = await leaseOf('a');
  expect(lease.term).toBe(old.term + 1);
  await expect(putUnder(old.term, 'k', 'late')).rejects.toBeInstanceOf(StaleTerm);
  expect(await domain.get(plain, key('k'))).toBeUndefined();
  await putUnder(lease.term, 'k', 'one');
  await expect(putUnder(lease.term, 'k', 'two')).rejects.toBeInstanceOf(ConditionFailed);
  await lease.release();
});

test('nothing is written under a lease that nobody ever took', async () => {
  await expect(putUnder(1, 'k', 'one')).rejects.toBeInstanceOf(StaleTerm);
});
