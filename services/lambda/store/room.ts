/**
 * How many settings of a kind an account may have, also when several are made at once: whoever makes one counts and, where places become few, bumps
 * a record of the account, so that of two that each found the last place only one is written. Where there are plenty, nobody waits for another.
 */
import { type DomainWrite, jsonFormat, type TableDefinition } from '@hypergate/table';
import { z } from 'zod';
import { parameterError } from '../engine/requirements.ts';
import { type Scope, scopePartition } from '../model/tables.ts';
import type { LambdaBase } from './context.ts';

/** As many as are made at the same moment, and more. */
const fewPlaces = 256;

const madeRow = z.strictObject({ made: z.number().int() });

export const settingsMadeTable: TableDefinition<z.output<typeof madeRow>> = {
  name: 'lambda.settings-made',
  description: 'How often settings of a kind were made in an account',
  formats: [jsonFormat(madeRow)],
};

/**
 * Before what decides whether it may be made is read.
 * @param kind as people call them
 * @returns for the transaction that makes one; under `retried`
 * @throws AwsError when there is no room
 */
export async function roomFor(
  base: LambdaBase,
  scope: Scope,
  kind: string,
  max: number,
  listed: (base: LambdaBase, scope: Scope) => AsyncIterable<unknown>,
): Promise<readonly DomainWrite[]> {
  const { domain } = base;
  const key = { partition: scopePartition(scope), sort: Buffer.from(kind) };
  const before = await domain.get(settingsMadeTable, key);
  let count = 0;
  for await (const _ of listed(base, scope)) count++;
  if (count >= max) throw parameterError(`An account has at most ${max} ${kind}.`);
  if (max - count > fewPlaces) return [];
  const row = { made: (before?.row.made ?? 0) + 1 };
  const condition = before === undefined ? 'absent' : { revision: before.revision };
  return [{ kind: 'put', domain, table: settingsMadeTable, key, row, condition }];
}
