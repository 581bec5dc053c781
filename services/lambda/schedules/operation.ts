/** The frame of the operations of EventBridge Scheduler, with the tokens of clients. */
import { createHash } from 'node:crypto';
import { AwsError, type Call, type OperationRow } from '@hypergate/kit';
import { ConditionFailed, type DomainWrite } from '@hypergate/table';
import type { Scope } from '../model/tables.ts';
import type { LambdaBase } from '../store/context.ts';
import { constraintError, scheduleError } from './errors.ts';
import { scheduleLimits } from './limits.ts';
import { scheduleTokensTable, type TokenRow, tokenKey } from './rows.ts';

export type Members = Readonly<Record<string, unknown>>;

export interface ScheduleCall {
  readonly base: LambdaBase;
  readonly scope: Scope;
  readonly input: Members;
  /** A number from 0 to below 1, for times in windows. */
  chance(): number;
}

/** A change, its answer, and what is to be done when it is kept. */
export interface Change {
  readonly writes: readonly DomainWrite[];
  readonly output: Members;
  readonly afterwards?: () => Promise<void>;
}

export interface ScheduleOperation {
  readonly name: string;
  /** Behind `arn:aws:scheduler:REGION:ACCOUNT:`, for authorisation. */
  resource(input: Members): string;
  operate(call: ScheduleCall): Promise<Members>;
}

/** What the operations work with, while the service runs. */
export interface ScheduleContext {
  readonly base: LambdaBase;
  chance(): number;
}

/** @throws AwsError when the service does not run */
export type WithSchedules = <Result>(work: (context: ScheduleContext) => Promise<Result>) => Promise<Result>;

/** An operation that changes something: once for each token. */
export function changing(
  name: string,
  resource: ScheduleOperation['resource'],
  change: (call: ScheduleCall) => Promise<Change>,
): ScheduleOperation {
  return { name, resource, operate: (call) => once(name, call, () => change(call)) };
}

async function once(operation: string, call: ScheduleCall, change: () => Promise<Change>): Promise<Members> {
  const { base, scope } = call;
  const { ClientToken: token, ...members } = call.input;
  const key = typeof token === 'string' ? tokenKey(scope, checkToken(token)) : undefined;
  const hash = createHash('sha256').update(JSON.stringify(members)).digest('hex');
  const nowMs = base.clock.now();
  const before = key === undefined ? undefined : (await base.domain.get(scheduleTokensTable, key))?.row;
  if (before !== undefined && before.expiresMs > nowMs) {
    if (before.operation === operation && before.hash === hash) return JSON.parse(before.output) as Members;
    throw scheduleError('ConflictException', 'The ClientToken was used for another request.');
  }
  const { writes, output, afterwards } = await change();
  const expiresMs = nowMs + scheduleLimits.tokenMs;
  const row: TokenRow = { operation, hash, output: JSON.stringify(output), expiresMs };
  const { domain } = base;
  await base.tables.transact([
    ...writes,
    ...(key === undefined ? [] : [{ kind: 'put', domain, table: scheduleTokensTable, key, row } as const]),
  ]);
  await afterwards?.();
  return output;
}

/** @throws AwsError */
function checkToken(token: string): string {
  const { tokenCharsMax } = scheduleLimits;
  if (token.length < 1 || token.length > tokenCharsMax || !/^[\w-]+$/.test(token))
    throw constraintError(token, 'clientToken', 'satisfy regular expression pattern: [a-zA-Z0-9-_]+');
  return token;
}

export function rowOf(operation: ScheduleOperation, run: WithSchedules): OperationRow<Members, Members> {
  const { name } = operation;
  return {
    name,
    action: `scheduler:${name}`,
    bodyBytesMax: scheduleLimits.bodyBytesMax,
    resources: ({ input, principal, region }) => [
      {
        arn: `arn:aws:scheduler:${region}:${principal.accountId}:${operation.resource(input)}`,
        ownerAccountId: principal.accountId,
      },
    ],
    handle: (sent) => run((context) => handled(operation, context, sent)),
  };
}

async function handled(operation: ScheduleOperation, context: ScheduleContext, sent: Call<Members>) {
  const scope = { account: sent.principal.accountId, region: sent.region };
  try {
    const call = { base: context.base, scope, input: sent.input, chance: () => context.chance() };
    return { output: await operation.operate(call) };
  } catch (error) {
    if (error instanceof AwsError) throw error;
    if (error instanceof ConditionFailed)
      throw scheduleError(
        'ConflictException',
        'Updating or deleting the resource can cause an inconsistent state.',
      );
    const { requestId } = sent;
    context.base.logger.error(
      { err: error, operation: operation.name, requestId },
      'a call of Scheduler failed',
    );
    throw scheduleError(
      'InternalServerException',
      'Unexpected error encountered while processing the request.',
    );
  }
}

export function textOf(input: Members, member: string): string | undefined {
  const value = input[member];
  return typeof value === 'string' ? value : undefined;
}

export function numberOf(input: Members, member: string): number | undefined {
  const value = input[member];
  return typeof value === 'number' ? value : undefined;
}

export function membersOf(input: Members, member: string): Members | undefined {
  const value = input[member];
  return typeof value === 'object' && value !== null ? (value as Members) : undefined;
}

export function timeOf(input: Members, member: string): number | undefined {
  const value = input[member];
  return value instanceof Date ? value.getTime() : undefined;
}

/** One of a few texts. @throws AwsError */
export function choiceOf<const Choice extends string>(
  input: Members,
  member: string,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  const text = textOf(input, member) ?? choices[0];
  const found = choices.find((one) => one === text);
  if (found !== undefined) return found;
  const where = member.charAt(0).toLowerCase() + member.slice(1);
  throw constraintError(text, where, `satisfy enum value set: [${choices.join(', ')}]`);
}

/** A whole number in a range. @throws AwsError */
export function rangeOf(input: Members, member: string, min: number, max: number): number | undefined {
  const value = numberOf(input, member);
  const where = member.charAt(0).toLowerCase() + member.slice(1);
  if (value === undefined) return undefined;
  if (value < min) throw constraintError(value, where, `have value greater than or equal to ${min}`);
  if (value > max) throw constraintError(value, where, `have value less than or equal to ${max}`);
  return value;
}
