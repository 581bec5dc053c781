/**
 * What an account stores in a region: sizes of code stand in the index, so no record is read for it. Added up again after a while, as
 * other gateways write too; the limit is so kept to within what they take in that time.
 */
import type { Clock } from '@hypergate/kit';
import { lambdaError } from '../engine/errors.ts';
import { lambdaLimits } from '../limits.ts';
import { functionsTable, type Scope, scopePartition, versionKey, versionsTable } from '../model/tables.ts';
import type { LambdaBase } from './context.ts';
import { findFunction } from './functions.ts';
import { layersOf, layerVersionKey, layerVersionsTable } from './layers.ts';

export interface AccountUsage {
  readonly functions: number;
  readonly codeBytes: number;
  /** Concurrency that functions have reserved. */
  readonly reserved: number;
}

export async function accountUsage(base: LambdaBase, scope: Scope): Promise<AccountUsage> {
  const { domain } = base;
  let [functions, codeBytes, reserved] = [0, 0, 0];
  const cursor = domain.cursor(functionsTable, scopePartition(scope), {});
  for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
    const found = await findFunction(base, { ...scope, name: Buffer.from(entry.sort).toString() });
    if (found === undefined) continue;
    functions++;
    reserved += found.row.reservedConcurrency ?? 0;
    const { partition } = versionKey(found.row.id, '$LATEST');
    for (const { projection } of await domain.scan(versionsTable, partition, {}))
      codeBytes += Number(Buffer.from(projection).toString());
  }
  for await (const layer of layersOf(base, scope)) {
    const { partition } = layerVersionKey({ ...layer, version: 0 });
    for (const { projection } of await domain.scan(layerVersionsTable, partition, {}))
      codeBytes += Number(Buffer.from(projection).toString());
  }
  return { functions, codeBytes, reserved };
}

interface Known {
  readonly atMs: number;
  bytes: number;
  functions: number;
}

const known = new WeakMap<LambdaBase['tables'], Map<string, Known>>();

/**
 * Before code is stored.
 * @param bytes of all versions that are to be added
 * @param functions that are to be added
 * @throws AwsError CodeStorageExceededException, TooManyRequestsException when there are as many functions as an account may have
 */
export async function requireRoom(
  base: LambdaBase,
  scope: Scope,
  bytes: number,
  functions = 0,
): Promise<void> {
  const usage = await knownUsage(base, scope, base.clock);
  if (usage.bytes + bytes > lambdaLimits.codeStorageMax)
    throw lambdaError('CodeStorageExceededException', 'Code storage limit exceeded.');
  if (usage.functions + functions > lambdaLimits.functionsPerAccountMax)
    throw lambdaError('TooManyRequestsException', 'The account has as many functions as it may have.');
  usage.bytes += bytes;
  usage.functions += functions;
}

async function knownUsage(base: LambdaBase, scope: Scope, clock: Clock): Promise<Known> {
  const name = scopePartition(scope).toString();
  const ofStore = known.get(base.tables) ?? new Map<string, Known>();
  known.set(base.tables, ofStore);
  const found = ofStore.get(name);
  if (found !== undefined && clock.now() - found.atMs < lambdaLimits.usageMs) return found;
  const { codeBytes, functions } = await accountUsage(base, scope);
  const made = { atMs: clock.now(), bytes: codeBytes, functions };
  ofStore.set(name, made);
  return made;
}
