/** Whom a call means: the instance behind an ARN, and the user whose secret it names. */
import { createHash } from 'node:crypto';
import type { ControlContext } from '../control/index.ts';
import { parseArn } from '../control/names.ts';
import { findInstance } from '../control/records.ts';
import { parseSecretArn } from '../control/secrets.ts';
import type { ClusterRecord, InstanceRecord } from '../model/control-records.ts';
import { clusterTable, type Scope } from '../model/control-tables.ts';
import { badRequest, dataError } from './errors.ts';

export interface Target {
  readonly instance: string;
  readonly user: string;
  readonly database: string;
}

/** A password that was right is not checked again for so long. */
const trustMs = 10_000;
const trustedMax = 1000;

export class Targets {
  readonly #trusted = new Map<string, number>();

  /** @throws AwsError InstanceRefusal */
  async find(
    context: ControlContext,
    caller: Scope,
    resourceArn: string,
    secretArn: string,
  ): Promise<Target> {
    const { instance, database } = await instanceOf(context, caller, resourceArn);
    const parsed = secretArn.startsWith('arn:') ? parseSecretArn(secretArn) : { ...caller, name: secretArn };
    if (parsed === undefined) throw badRequest('The secret ARN is not valid.');
    if (parsed.account !== caller.account)
      throw dataError('ForbiddenException', 'The secret is of another account.');
    const secret = await context.secrets.find(parsed, parsed.name);
    if (secret === undefined)
      throw dataError('SecretsErrorException', `The secret ${parsed.name.slice(0, 200)} is not found.`);
    const { user, password } = secret;
    if (!(await this.#isRight(context, instance, user, password)))
      throw badRequest(`FATAL: password authentication failed for user "${user}"; SQLState: 28P01`);
    return { instance, user, database: database ?? 'postgres' };
  }

  async #isRight(
    { instances, clock }: ControlContext,
    instance: string,
    user: string,
    password: string,
  ): Promise<boolean> {
    const key = createHash('sha256')
      .update(JSON.stringify([instance, user, password]))
      .digest('base64');
    const since = this.#trusted.get(key);
    if (since !== undefined && clock.now() - since < trustMs) return true;
    this.#trusted.delete(key);
    if (!(await instances.checkPassword(instance, user, password))) return false;
    const oldest = this.#trusted.keys().next();
    if (this.#trusted.size >= trustedMax && oldest.done !== true) this.#trusted.delete(oldest.value);
    this.#trusted.set(key, clock.now());
    return true;
  }
}

/** @throws AwsError */
async function instanceOf(
  context: ControlContext,
  caller: Scope,
  text: string,
): Promise<{ readonly instance: string; readonly database: string | undefined }> {
  const arn = parseArn(text);
  if (arn === undefined || (arn.kind !== 'db' && arn.kind !== 'cluster'))
    throw badRequest('The resource ARN is not valid.');
  if (arn.account !== caller.account)
    throw dataError('ForbiddenException', 'The resource is of another account.');
  const row: InstanceRecord | ClusterRecord | undefined =
    arn.kind === 'db'
      ? await findInstance(context, arn, arn.name)
      : await context.store.get(clusterTable, arn, arn.name);
  if (row === undefined) throw dataError('DatabaseNotFoundException', `The resource ${text} is not found.`);
  if (!('ownMembers' in row)) return { instance: row.id, database: row.database };
  if (!row.httpEndpoint)
    throw dataError(
      'HttpEndpointNotEnabledException',
      `HttpEndpoint is not enabled for cluster ${row.name}. Enable it with EnableHttpEndpoint.`,
    );
  if (row.volume === undefined)
    throw dataError('InvalidResourceStateException', `The cluster ${row.name} has no instance.`);
  return { instance: row.volume, database: row.database };
}
