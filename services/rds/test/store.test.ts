import { StaleTerm, type TableDefinition } from '@hypergate/table';
import { expect, it } from 'vitest';
import { openStore } from './support/store.ts';

const notes: TableDefinition<string> = {
  name: 'rds.test-notes',
  description: 'of this test',
  formats: [
    { version: 1, encode: (row) => Buffer.from(row), decode: (bytes) => Buffer.from(bytes).toString() },
  ],
};
const key = { partition: Buffer.alloc(0), sort: Buffer.from('a') };

it('whoever had the lease before can write nothing more', async () => {
  const world = await openStore();
  const { tables, domain, fence } = world.store;
  const put = (row: string) => ({ kind: 'put', domain, table: notes, key, row }) as const;
  await tables.transact([put('first')], { fence });
  const next = await world.takeOver();
  await expect(tables.transact([put('late')], { fence })).rejects.toThrow(StaleTerm);
  await tables.transact([put('second')], { fence: next.fence });
  expect((await domain.get(notes, key))?.row).toBe('second');
  await world.close();
});
