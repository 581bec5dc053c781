/**
 * Policies of functions as AddPermission forms their statements
 * (https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html).
 */
import { lambdaLimits } from '../limits.ts';
import type { FunctionPolicy, PolicyStatement } from '../model/function-rows.ts';
import { lambdaError } from './errors.ts';
import { parameterError, requireLength, requireOneOf, requirePattern } from './requirements.ts';
import { settingLimits } from './setting-limits.ts';

export interface Permission {
  readonly statementId: string;
  readonly action: string;
  readonly principal: string;
  readonly sourceArn?: string | undefined;
  readonly sourceAccount?: string | undefined;
  readonly principalOrgId?: string | undefined;
  readonly functionUrlAuthType?: string | undefined;
  readonly invokedViaFunctionUrl?: boolean | undefined;
  readonly eventSourceToken?: string | undefined;
}

/** @param resource ARN of the function, with its qualifier if the permission is for one. @throws AwsError */
export function statementOf(permission: Permission, resource: string): PolicyStatement {
  requireLength(permission.statementId, 'statementId', settingLimits.statementIdMax, 1);
  requirePattern(permission.statementId, 'statementId', /^[a-zA-Z0-9-_]+$/, '([a-zA-Z0-9-_]+)');
  const action = /^(?:lambda:\*|lambda:[a-zA-Z]+|\*)$/;
  requirePattern(permission.action, 'action', action, '(lambda:[*]|lambda:[a-zA-Z]+|[*])');
  const Condition = conditionOf(permission);
  return {
    Sid: permission.statementId,
    Effect: 'Allow',
    Principal: principalOf(permission.principal),
    Action: permission.action,
    Resource: resource,
    ...(Condition === undefined ? {} : { Condition }),
  };
}

const accountId = /^\d{12}$/;
const iamArn = /^arn:aws[a-z-]*:(?:iam|sts)::\d{12}:(?:root|(?:user|role|assumed-role)\/[\w+=,.@/-]{1,600})$/;
const service =
  /^[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,4}\.(?:amazonaws\.com|amazonaws\.com\.cn|amazon\.com)$/;

function principalOf(principal: string): PolicyStatement['Principal'] {
  if (principal === '*') return '*';
  if (accountId.test(principal)) return { AWS: `arn:aws:iam::${principal}:root` };
  if (iamArn.test(principal)) return { AWS: principal };
  if (service.test(principal)) return { Service: principal };
  throw parameterError('The provided principal was invalid. Please check the principal and try again.');
}

function conditionOf(permission: Permission): PolicyStatement['Condition'] {
  const { sourceArn, sourceAccount, principalOrgId, functionUrlAuthType, eventSourceToken } = permission;
  const equals: Record<string, string> = {};
  const condition: Record<string, Record<string, string>> = {};
  if (sourceAccount !== undefined) {
    requirePattern(sourceAccount, 'sourceAccount', accountId, '\\d{12}');
    equals['AWS:SourceAccount'] = sourceAccount;
  }
  if (principalOrgId !== undefined) {
    requirePattern(principalOrgId, 'principalOrgID', /^o-[a-z0-9]{10,32}$/, '^o-[a-z0-9]{10,32}$');
    equals['aws:PrincipalOrgID'] = principalOrgId;
  }
  if (eventSourceToken !== undefined) {
    requireLength(eventSourceToken, 'eventSourceToken', settingLimits.eventSourceTokenMax);
    requirePattern(eventSourceToken, 'eventSourceToken', /^[a-zA-Z0-9._-]+$/, '[a-zA-Z0-9._\\-]+');
    equals['lambda:EventSourceToken'] = eventSourceToken;
  }
  if (functionUrlAuthType !== undefined) {
    requireOneOf(functionUrlAuthType, 'functionUrlAuthType', ['NONE', 'AWS_IAM']);
    if (permission.action !== 'lambda:InvokeFunctionUrl')
      throw parameterError('FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action');
    equals['lambda:FunctionUrlAuthType'] = functionUrlAuthType;
  }
  if (permission.invokedViaFunctionUrl === true) {
    if (permission.action !== 'lambda:InvokeFunction')
      throw parameterError('InvokedViaFunctionUrl is only supported for lambda:InvokeFunction action');
    condition.Bool = { 'lambda:InvokedViaFunctionUrl': 'true' };
  }
  if (Object.keys(equals).length > 0) condition.StringEquals = equals;
  if (sourceArn !== undefined) {
    requireLength(sourceArn, 'sourceArn', settingLimits.sourceArnMax);
    const arn = /^arn:aws[a-zA-Z0-9-]*:[a-zA-Z0-9-]+:(?:[a-z]{2}(?:-[a-z]+)+-\d)?:(?:\d{12})?:.*$/s;
    const shown = 'arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:([a-z]{2}(-gov)?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)';
    requirePattern(sourceArn, 'sourceArn', arn, shown);
    condition.ArnLike = { 'AWS:SourceArn': sourceArn };
  }
  return Object.keys(condition).length === 0 ? undefined : condition;
}

/** As GetPolicy shows it. */
export function policyDocument({ statements }: FunctionPolicy): string {
  return JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: statements });
}

/** What a caller knows of the policy that it changes, and what the changed one is called. */
export interface Revisions {
  readonly expected: string | undefined;
  readonly next: string;
}

/** @throws AwsError */
export function withStatement(
  policy: FunctionPolicy | undefined,
  statement: PolicyStatement,
  revisions: Revisions,
): FunctionPolicy {
  requireRevision(policy, revisions.expected);
  const before = policy?.statements ?? [];
  if (before.some(({ Sid }) => Sid === statement.Sid))
    throw lambdaError(
      'ResourceConflictException',
      `The statement id (${statement.Sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
    );
  const after = { revisionId: revisions.next, statements: [...before, statement] };
  const size = Buffer.byteLength(policyDocument(after));
  if (size > lambdaLimits.policyBytesMax)
    throw lambdaError(
      'PolicyLengthExceededException',
      `The final policy size (${size}) is bigger than the limit (${lambdaLimits.policyBytesMax}).`,
    );
  return after;
}

/** @returns undefined when nothing is left of it. @throws AwsError */
export function withoutStatement(
  policy: FunctionPolicy | undefined,
  statementId: string,
  revisions: Revisions,
): FunctionPolicy | undefined {
  if (policy === undefined)
    throw lambdaError('ResourceNotFoundException', 'No policy is associated with the given resource.');
  const statements = policy.statements.filter(({ Sid }) => Sid !== statementId);
  if (statements.length === policy.statements.length)
    throw lambdaError(
      'ResourceNotFoundException',
      `Statement ${statementId.slice(0, settingLimits.statementIdMax)} is not found in resource policy.`,
    );
  requireRevision(policy, revisions.expected);
  return statements.length === 0 ? undefined : { revisionId: revisions.next, statements };
}

function requireRevision(policy: FunctionPolicy | undefined, expected: string | undefined): void {
  if (expected === undefined || expected === policy?.revisionId) return;
  throw lambdaError(
    'PreconditionFailedException',
    'The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id',
  );
}
