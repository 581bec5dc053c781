/** The frame of the operations of CloudWatch Logs. */
import { AwsError, type Call, type OperationRow } from '@hypergate/kit';
import { ConditionFailed, type StoredRecord } from '@hypergate/table';
import type { Scope } from '../model/tables.ts';
import { constraintError, groupNotFound, invalidParameter, logError } from './errors.ts';
import { logLimits } from './limits.ts';
import { type GroupRow, groupKey, groupsTable } from './rows.ts';
import type { Logs } from './store.ts';

export type Members = Readonly<Record<string, unknown>>;

export interface LogCall {
  readonly logs: Logs;
  readonly scope: Scope;
  readonly input: Members;
}

export interface LogOperation {
  readonly name: string;
  /** Behind `arn:aws:logs:REGION:ACCOUNT:log-group:`, for authorisation. */
  resource(input: Members): string;
  readonly bodyBytesMax?: number;
  operate(call: LogCall): Promise<Members>;
}

/** Where the service runs. @throws AwsError when it does not */
export type WithLogs = <Result>(work: (logs: Logs) => Promise<Result>) => Promise<Result>;

/** As IAM sees a group or a stream: policies end in `:*` for both. */
export const groupResource = (input: Members): string => `${groupNameOf(input) ?? ''}:log-stream:`;
export const streamResource = (input: Members): string =>
  `${groupNameOf(input) ?? ''}:log-stream:${textOf(input, 'logStreamName') ?? ''}`;

export function rowOf(operation: LogOperation, run: WithLogs): OperationRow<Members, Members> {
  const { name } = operation;
  return {
    name,
    action: `logs:${name}`,
    bodyBytesMax: operation.bodyBytesMax ?? logLimits.bodyBytesMax,
    resources: ({ input, principal, region }) => [
      {
        arn: `${arnStart({ account: principal.accountId, region })}${operation.resource(input)}`,
        ownerAccountId: principal.accountId,
      },
    ],
    handle: (sent) => run((logs) => handled(operation, logs, sent)),
  };
}

async function handled(operation: LogOperation, logs: Logs, sent: Call<Members>) {
  const scope = { account: sent.principal.accountId, region: sent.region };
  try {
    return { output: await operation.operate({ logs, scope, input: sent.input }) };
  } catch (error) {
    if (error instanceof AwsError) throw error;
    if (error instanceof ConditionFailed)
      throw logError(
        'OperationAbortedException',
        'A conflicting operation is currently in progress against this resource. Please try again.',
      );
    const { requestId } = sent;
    logs.base.logger.error(
      { err: error, operation: operation.name, requestId },
      'a call of CloudWatch Logs failed',
    );
    throw logError('ServiceUnavailableException', 'The service cannot complete the request.');
  }
}

export const arnStart = ({ account, region }: Scope): string =>
  `arn:aws:logs:${region}:${account}:log-group:`;

export function textOf(input: Members, member: string): string | undefined {
  const value = input[member];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function numberOf(input: Members, member: string): number | undefined {
  const value = input[member];
  return typeof value === 'number' ? value : undefined;
}

export function textsOf(input: Members, member: string): readonly string[] {
  const value = input[member];
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

/** A page's size. @throws AwsError */
export function limitOf(input: Members, max: number): number {
  const limit = numberOf(input, 'limit') ?? max;
  if (limit < 1) throw constraintError(limit, 'limit', 'have value greater than or equal to 1');
  if (limit > max) throw constraintError(limit, 'limit', `have value less than or equal to ${max}`);
  return limit;
}

/** A time in milliseconds, none that a place cannot hold. @throws AwsError */
export function timeOf(input: Members, member: string): number | undefined {
  const time = numberOf(input, member);
  if (time === undefined) return undefined;
  if (time < 0) throw constraintError(time, member, 'have value greater than or equal to 0');
  return Math.min(time, timeMax);
}

/** Five bytes and a half: some thousand years. */
export const timeMax = 2 ** 47;

/** `logGroupName`, or a name or ARN as `logGroupIdentifier`; undefined when neither is there. */
function groupNameOf(input: Members): string | undefined {
  const identifier = textOf(input, 'logGroupIdentifier');
  return textOf(input, 'logGroupName') ?? (identifier === undefined ? undefined : nameInArn(identifier));
}

function nameInArn(text: string): string {
  const [arn, partition, service, , , kind, name] = text.split(':');
  return arn === 'arn' && partition === 'aws' && service === 'logs' && kind === 'log-group'
    ? (name ?? '')
    : text;
}

/** Of another account or region is nothing here. @throws AwsError */
export function requireGroupName(input: Members, scope: Scope): string {
  const identifier = textOf(input, 'logGroupIdentifier');
  if (identifier !== undefined && textOf(input, 'logGroupName') !== undefined)
    throw invalidParameter('LogGroupName and LogGroupIdentifier are mutually exclusive parameters.');
  const name = groupNameOf(input);
  if (name === undefined)
    throw invalidParameter('Either LogGroupName or LogGroupIdentifier must be specified.');
  if (identifier?.startsWith('arn:') === true && !identifier.startsWith(arnStart(scope)))
    throw groupNotFound();
  checkGroupName(name);
  return name;
}

const groupName = /^[.\-_/#A-Za-z0-9]+$/;

/** @throws AwsError */
export function checkGroupName(name: string): void {
  const { nameCharsMax } = logLimits;
  if (name.length > nameCharsMax)
    throw constraintError(name, 'logGroupName', `have length less than or equal to ${nameCharsMax}`);
  if (!groupName.test(name))
    throw constraintError(name, 'logGroupName', 'satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+');
}

/** @throws AwsError */
export function requireStreamName(input: Members): string {
  const name = textOf(input, 'logStreamName') ?? '';
  const { nameCharsMax } = logLimits;
  if (name.length < 1) throw constraintError(name, 'logStreamName', 'have length greater than or equal to 1');
  if (name.length > nameCharsMax)
    throw constraintError(name, 'logStreamName', `have length less than or equal to ${nameCharsMax}`);
  if (/[:*]/.test(name))
    throw constraintError(name, 'logStreamName', 'satisfy regular expression pattern: [^:*]*');
  return name;
}

/** @throws AwsError ResourceNotFoundException */
export async function findGroup({ logs, scope }: LogCall, name: string): Promise<StoredRecord<GroupRow>> {
  const found = await logs.base.domain.get(groupsTable, groupKey(scope, name));
  if (found === undefined) throw groupNotFound();
  return found;
}

/** Changes a group as it then is. @throws AwsError ResourceNotFoundException, OperationAbortedException */
export async function changeGroup(
  call: LogCall,
  name: string,
  change: (group: GroupRow) => GroupRow,
): Promise<void> {
  const { tables, domain } = call.logs.base;
  const { row, revision } = await findGroup(call, name);
  await tables.transact([
    {
      kind: 'put',
      domain,
      table: groupsTable,
      key: groupKey(call.scope, name),
      row: change(row),
      condition: { revision },
    },
  ]);
}
