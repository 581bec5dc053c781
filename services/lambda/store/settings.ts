/** All tables of settings, and what goes with a function or one of its qualifiers. */
import type { AnyTable, DomainWrite } from '@hypergate/table';
import type { FunctionRow } from '../model/function-rows.ts';
import { concurrencyChangesTable } from './account-concurrency.ts';
import { codeSigningTable } from './code-signing.ts';
import type { LambdaBase } from './context.ts';
import { eventInvokeKey, eventInvokesOf, eventInvokeTable } from './event-invoke.ts';
import { mappingPairsTable, mappingsTable } from './mappings.ts';
import { provisionedKey, provisionedOf, provisionedTable } from './provisioned.ts';
import { settingsMadeTable } from './room.ts';
import { urlKey, urlsOf, urlsTable } from './urls.ts';

export const settingTables: readonly AnyTable[] = [
  urlsTable,
  provisionedTable,
  concurrencyChangesTable,
  eventInvokeTable,
  mappingsTable,
  mappingPairsTable,
  codeSigningTable,
  settingsMadeTable,
];

/**
 * For the transaction that removes a function, or a version or an alias of it: URLs, provisioned concurrency and what is to be done with
 * asynchronous invocations go too. Mappings stay, as on AWS. Whoever calls it tells `Provisioning.recheck` afterwards.
 * @param qualifier undefined: the function with everything
 */
export async function forgetSettings(
  base: LambdaBase,
  row: FunctionRow,
  qualifier?: string,
): Promise<readonly DomainWrite[]> {
  const { domain } = base;
  const writes: DomainWrite[] = [];
  const isMeant = (one: string) => qualifier === undefined || one === qualifier;
  for await (const [one] of urlsOf(base, row))
    if (isMeant(one)) writes.push({ kind: 'remove', domain, table: urlsTable, key: urlKey(row.id, one) });
  for await (const [one] of provisionedOf(base, row))
    if (isMeant(one))
      writes.push({ kind: 'remove', domain, table: provisionedTable, key: provisionedKey(row.id, one) });
  for await (const [one] of eventInvokesOf(base, row))
    if (isMeant(one))
      writes.push({ kind: 'remove', domain, table: eventInvokeTable, key: eventInvokeKey(row.id, one) });
  return writes;
}
