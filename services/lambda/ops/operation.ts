/** A row of the table of operations: what is done, on whose behalf, and who may. */
import { AwsError, type Call, type OperationRow, type Reply, type ResourceRef } from '@hypergate/kit';
import { ConditionFailed } from '@hypergate/table';
import { lambdaError } from '../engine/errors.ts';
import { lambdaLimits } from '../limits.ts';
import type { Scope } from '../model/tables.ts';
import type { LambdaContext } from '../store/context.ts';

export type Members = Readonly<Record<string, unknown>>;

/** One call: who asks and for what. */
export interface LambdaCall {
  readonly context: LambdaContext;
  readonly scope: Scope;
  readonly input: Members;
  readonly sent: Call<Members>;
}

export interface LambdaOperation {
  readonly name: string;
  /** `lambda:NAME` unless given. */
  readonly action?: string;
  /** None stands for everything of the account. */
  resources(call: LambdaCall): Promise<readonly ResourceRef[]> | readonly ResourceRef[];
  readonly bodyBytesMax?: number;
  readonly access?: OperationRow['access'];
  operate(call: LambdaCall): Promise<Reply<Members>>;
}

/** On a function, named by `FunctionName` and `Qualifier`. */
export function onFunction(
  name: string,
  operate: (call: LambdaCall) => Promise<Members | undefined>,
  options: Partial<LambdaOperation> = {},
): LambdaOperation {
  return {
    name,
    resources: async ({ context, scope, input }) => [
      await context.functions.access(String(input.FunctionName), textOf(input, 'Qualifier'), scope),
    ],
    operate: async (call) => ({ output: (await operate(call)) ?? {} }),
    ...options,
  };
}

/** On something else of the caller's account. @param arnOf without the part before the kind: `layer:NAME` */
export function onAccount(
  name: string,
  arnOf: (input: Members) => string,
  operate: (call: LambdaCall) => Promise<Members | undefined>,
  options: Partial<LambdaOperation> = {},
): LambdaOperation {
  return {
    name,
    resources: ({ scope, input }) => [
      {
        arn: `arn:aws:lambda:${scope.region}:${scope.account}:${arnOf(input)}`,
        ownerAccountId: scope.account,
      },
    ],
    operate: async (call) => ({ output: (await operate(call)) ?? {} }),
    ...options,
  };
}

export function textOf(input: Members, member: string): string | undefined {
  const value = input[member];
  return typeof value === 'string' ? value : undefined;
}

export function numberOf(input: Members, member: string): number | undefined {
  const value = input[member];
  return typeof value === 'number' ? value : undefined;
}

/** Where the service runs. @throws AwsError when it does not */
export type WithContext = <Result>(work: (context: LambdaContext) => Promise<Result>) => Promise<Result>;

export function rowOf(operation: LambdaOperation, run: WithContext): OperationRow<Members, Members> {
  const { name, access } = operation;
  return {
    name,
    action: operation.action ?? `lambda:${name}`,
    bodyBytesMax: operation.bodyBytesMax ?? lambdaLimits.controlBodyMax,
    ...(access === undefined ? {} : { access }),
    resources: (sent) => run(async (context) => operation.resources(callOf(context, sent))),
    handle: (sent) =>
      run(async (context) => {
        try {
          return await operation.operate(callOf(context, sent));
        } catch (error) {
          if (error instanceof AwsError) throw error;
          if (error instanceof ConditionFailed)
            throw lambdaError(
              'ResourceConflictException',
              'The operation cannot be performed at this time. An update is in progress for this resource.',
            );
          context.logger.error(
            { err: error, operation: name, requestId: sent.requestId },
            'a call of Lambda failed',
          );
          throw lambdaError('ServiceException', 'An error occurred. Please try again.', { Type: 'Service' });
        }
      }),
  };
}

function callOf(context: LambdaContext, sent: Call<Members>): LambdaCall {
  const scope = { account: sent.principal.accountId, region: sent.region };
  return { context, scope, input: sent.input, sent };
}
