/** A row of the table of operations: what is done, and on whose behalf. */
import { AwsError, type Call, type OperationRow, type ResourceRef } from '@hypergate/kit';
import { type ControlCall, type ControlContext, callOf } from './context.ts';
import { translated } from './errors.ts';
import { Input } from './input.ts';
import { controlLimits } from './limits.ts';
import { arnOf, parseArn, type ResourceKind } from './names.ts';

type Members = Readonly<Record<string, unknown>>;

export interface ControlOperation {
  readonly name: string;
  /** Members that name a resource, for authorisation; a listing without a name is about all of a kind. */
  readonly resources: Readonly<Record<string, ResourceKind>>;
  /** Changes records: one at a time. */
  readonly changes: boolean;
  operate(call: ControlCall): Promise<unknown>;
}

/** An operation that changes something. */
export function change(
  name: string,
  resources: ControlOperation['resources'],
  operate: ControlOperation['operate'],
): ControlOperation {
  return { name, resources, changes: true, operate };
}

/** An operation that only looks. */
export function look(
  name: string,
  resources: ControlOperation['resources'],
  operate: ControlOperation['operate'],
): ControlOperation {
  return { name, resources, changes: false, operate };
}

/** Where the service runs: waits until it does, or says why not. @throws AwsError */
export type WithContext = <Result>(work: (context: ControlContext) => Promise<Result>) => Promise<Result>;

export function rowOf(operation: ControlOperation, run: WithContext): OperationRow<Members> {
  return {
    name: operation.name,
    action: `rds:${operation.name}`,
    bodyBytesMax: controlLimits.bodyBytesMax,
    resources: (call) => resourcesOf(operation, call),
    handle: (call) =>
      run(async (context) => {
        const own = callOf(context, call);
        const work = () => operation.operate(own);
        try {
          return { output: await (operation.changes ? context.line.run(work) : work()) };
        } catch (error) {
          throw logged(context, operation.name, call.requestId, translated(error));
        }
      }),
  };
}

function logged({ logger }: ControlContext, operation: string, requestId: string, error: unknown): unknown {
  if (!(error instanceof AwsError))
    logger.error({ err: error, operation, requestId }, 'a call of RDS failed');
  return error;
}

/** Of other accounts are what ARNs of theirs name. */
function resourcesOf(operation: ControlOperation, call: Call<Members>): ResourceRef[] {
  const scope = { account: call.principal.accountId, region: call.region };
  const input = new Input(call.input);
  return Object.entries(operation.resources).flatMap(([member, kind]) => {
    const name = input.text(member);
    if (name === undefined) return [{ arn: arnOf(scope, kind, '*'), ownerAccountId: scope.account }];
    const parsed = parseArn(name);
    if (parsed === undefined)
      return [{ arn: arnOf(scope, kind, name.toLowerCase()), ownerAccountId: scope.account }];
    // What another account shares is its to give: that is checked with the record.
    return [{ arn: name, ownerAccountId: scope.account }];
  });
}
