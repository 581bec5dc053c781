/** Event source mappings: what is polled, how, and for which function. */
import {
  type Condition,
  type DomainWrite,
  jsonFormat,
  type RecordKey,
  type TableDefinition,
} from '@hypergate/table';
import { z } from 'zod';
import { type MappingKind, type MappingRow, mappingRow } from '../model/mapping-settings.ts';
import { type Scope, scopePartition } from '../model/tables.ts';
import { retried } from './change.ts';
import type { LambdaBase } from './context.ts';

const none = Buffer.alloc(0);
const enabledIndex = 'lambda.mappings.enabled';

export const mappingsTable: TableDefinition<MappingRow> = {
  name: 'lambda.mappings',
  description: 'Event source mappings',
  formats: [jsonFormat(mappingRow)],
  index: () => none,
  secondary: (row, { partition, sort }) =>
    row.settings.enabled
      ? [
          {
            index: enabledIndex,
            partition: Buffer.from(row.kind),
            sort: Buffer.concat([partition, Buffer.from('/'), sort]),
            projection: none,
          },
        ]
      : [],
};

/** One mapping between a source and a function: whose it is. */
const pairRow = z.strictObject({ uuid: z.string() });

export const mappingPairsTable: TableDefinition<z.output<typeof pairRow>> = {
  name: 'lambda.mapping-pairs',
  description: 'Which mapping a source and a function have',
  formats: [jsonFormat(pairRow)],
};

export const mappingKey = (scope: Scope, uuid: string): RecordKey => ({
  partition: scopePartition(scope),
  sort: Buffer.from(uuid),
});

/** Names of functions have no slash. */
export const pairKey = (row: MappingRow): RecordKey => ({
  partition: scopePartition(row),
  sort: Buffer.from(`${row.functionName}/${row.qualifier ?? ''}/${row.sourceArn ?? ''}`),
});

export function putMapping(base: LambdaBase, row: MappingRow, condition: Condition): DomainWrite {
  const key = mappingKey(row, row.uuid);
  return { kind: 'put', domain: base.domain, table: mappingsTable, key, row, condition };
}

/** In the order of UUIDs. */
export async function* mappingsOf(
  base: LambdaBase,
  scope: Scope,
  after?: string,
): AsyncGenerator<readonly [uuid: string, row: MappingRow]> {
  const partition = scopePartition(scope);
  const options = after === undefined ? {} : { gt: Buffer.from(after) };
  const cursor = base.domain.cursor(mappingsTable, partition, options);
  for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
    const found = await base.domain.get(mappingsTable, { partition, sort: entry.sort });
    if (found !== undefined) yield [found.row.uuid, found.row];
  }
}

/** Of all accounts, for pollers of a kind. */
export async function* enabledMappings(base: LambdaBase, kind: MappingKind): AsyncGenerator<MappingRow> {
  const cursor = base.domain.cursorSecondary(enabledIndex, Buffer.from(kind), {});
  for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
    const [account = '', region = '', uuid = ''] = Buffer.from(entry.sort).toString('utf8').split('/');
    const found = await base.domain.get(mappingsTable, mappingKey({ account, region }, uuid));
    if (found?.row.settings.enabled === true) yield found.row;
  }
}

/** `OK`, `No records processed`, `PROBLEM: Function call failed`. Nothing happens to a mapping that is gone. */
export function noteMappingResult(base: LambdaBase, known: MappingRow, lastResult: string): Promise<void> {
  return retried(async () => {
    const found = await base.domain.get(mappingsTable, mappingKey(known, known.uuid));
    if (found === undefined || found.row.lastResult === lastResult) return;
    const { revision } = found;
    await base.tables.transact([putMapping(base, { ...found.row, lastResult }, { revision })]);
  });
}
