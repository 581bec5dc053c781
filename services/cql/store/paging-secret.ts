/** The key of paging states: random, made once, the same in all gateways over one node, so that pages go on in another one. */
import { ConditionFailed, type TableDomain, type TableStore } from '@hypergate/table';
import { pagingSecretKey, secretsTable } from '../model/tables.ts';

/** @param random 32 bytes, if there is none yet */
export async function pagingSecret(
  tables: TableStore,
  domain: TableDomain,
  random: Uint8Array,
): Promise<Uint8Array> {
  const known = await domain.get(secretsTable, pagingSecretKey);
  if (known !== undefined) return known.row;
  const row = Buffer.from(random);
  try {
    await tables.transact([
      { kind: 'put', domain, table: secretsTable, key: pagingSecretKey, row, condition: 'absent' },
    ]);
    return row;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return pagingSecret(tables, domain, random);
  }
}
