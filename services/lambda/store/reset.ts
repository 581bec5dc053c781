/** Developer mode: everything of everybody goes, while nothing of the service runs. */
import type { AnyTable, DomainWrite } from '@hypergate/table';
import { blobRef, packagesTable } from '../packages/index.ts';
import type { LambdaBase } from './context.ts';

const writesMax = 200;

/** @param all tables of the service, each with an entry in an index for every record */
export async function emptyEverything(
  { tables, domain }: LambdaBase,
  all: readonly AnyTable[],
): Promise<void> {
  for (const table of all) {
    for (;;) {
      const keys = domain.keysOf?.(table, writesMax) ?? [];
      if (keys.length === 0) break;
      const writes: DomainWrite[] = [];
      for (const key of keys) {
        writes.push({ kind: 'remove', domain, table, key });
        if (table.name !== packagesTable.name) continue;
        const found = await domain.get(packagesTable, key);
        if (found !== undefined) writes.push({ kind: 'remove-blob', domain, blob: blobRef(found.row.blob) });
      }
      await tables.transact(writes);
    }
  }
}
