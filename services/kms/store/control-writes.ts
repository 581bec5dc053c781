/** Changes of the reducer as writes of tables, and what takes them back. */
import type { DomainWrite, TableDomain } from '@hypergate/table';
import type { Change } from '../engine/control/call.ts';
import type { ControlView } from '../engine/view.ts';
import { aliasesTable, aliasKey, grantKey, grantsTable, keyKey, keysTable } from '../model/tables.ts';
import type { Inverse } from '../model/undo.ts';

export const writesOf = (domain: TableDomain, changes: readonly Change[]): DomainWrite[] =>
  changes.flatMap((change) => writesOfOne(domain, change));

function writesOfOne(domain: TableDomain, change: Change): readonly DomainWrite[] {
  switch (change.kind) {
    case 'key':
      return [put(domain, keysTable, keyKey(change.key.keyId), change.key)];
    case 'alias':
      return [write(domain, aliasesTable, aliasKey(change.account, change.name), change.alias)];
    case 'grant':
      return [write(domain, grantsTable, grantKey(change.keyId, change.grantId), change.grant)];
    case 'no-grants':
      // Too many for one transaction, and without their key of no effect: sweep-grants.ts removes them.
      return [];
  }
}

type Table = Extract<DomainWrite, { readonly kind: 'put' }>['table'];
type Key = Extract<DomainWrite, { readonly kind: 'put' }>['key'];

const put = (domain: TableDomain, table: Table, key: Key, row: unknown): DomainWrite => ({
  kind: 'put',
  domain,
  table,
  key,
  row,
});

const write = (domain: TableDomain, table: Table, key: Key, row: unknown): DomainWrite =>
  row === undefined ? { kind: 'remove', domain, table, key } : put(domain, table, key, row);

/** What the changes change, as it is before them. */
export async function inverse(view: ControlView, changes: readonly Change[]): Promise<readonly Inverse[]> {
  return Promise.all(
    changes.map(async (change): Promise<Inverse> => {
      switch (change.kind) {
        case 'key':
          return { kind: 'key', keyId: change.key.keyId, key: await view.key(change.key.keyId) };
        case 'alias':
          return { ...change, alias: await view.alias(change.account, change.name) };
        case 'grant':
          return { ...change, grant: await view.grant(change.keyId, change.grantId) };
        case 'no-grants':
          return change;
      }
    }),
  );
}

export function inverseWrites(domain: TableDomain, changes: readonly Inverse[]): DomainWrite[] {
  return changes.flatMap((change) =>
    change.kind === 'key'
      ? [write(domain, keysTable, keyKey(change.keyId), change.key)]
      : writesOf(domain, [change]),
  );
}
