/** AddPermission, RemovePermission, GetPolicy. */

import { policyDocument, statementOf, withoutStatement, withStatement } from '../engine/policy.ts';
import { parameterError } from '../engine/requirements.ts';
import type { FunctionPolicy, FunctionRow } from '../model/function-rows.ts';
import { changeFunction, functionArn, functionRecord } from '../store/change.ts';
import { randomUuid } from '../store/random-ids.ts';
import { type LambdaCall, onFunction, textOf } from './operation.ts';
import { settingNotFound, targetOf } from './target.ts';

/** A policy of its own for each version and alias; that of $LATEST would be the function's, which AWS does not allow to be named so. */
async function subjectOf(call: LambdaCall) {
  const target = await targetOf(call);
  if (target.qualifier === '$LATEST')
    throw parameterError('We currently do not support adding policies for $LATEST.');
  if (target.qualifier === '__proto__') throw parameterError('An alias of this name cannot have a policy.');
  return {
    known: target.function,
    place: target.qualifier ?? '',
    arn: functionArn(target.function, target.qualifier),
  };
}

/** Aliases are called as people like: also as what every object has. */
const policyAt = ({ policies }: FunctionRow, place: string): FunctionPolicy | undefined =>
  Object.hasOwn(policies, place) ? policies[place] : undefined;

const add = onFunction('AddPermission', async (call) => {
  const { context, input } = call;
  const { known, place, arn } = await subjectOf(call);
  const statement = statementOf(
    {
      statementId: String(input.StatementId),
      action: String(input.Action),
      principal: String(input.Principal),
      sourceArn: textOf(input, 'SourceArn'),
      sourceAccount: textOf(input, 'SourceAccount'),
      principalOrgId: textOf(input, 'PrincipalOrgID'),
      functionUrlAuthType: textOf(input, 'FunctionUrlAuthType'),
      invokedViaFunctionUrl: input.InvokedViaFunctionUrl === true,
      eventSourceToken: textOf(input, 'EventSourceToken'),
    },
    arn,
  );
  const revisions = { expected: textOf(input, 'RevisionId'), next: randomUuid(context.random) };
  await changeFunction(context, known, (row) => ({
    ...row,
    policies: { ...row.policies, [place]: withStatement(policyAt(row, place), statement, revisions) },
  }));
  return { Statement: JSON.stringify(statement) };
});

const remove = onFunction('RemovePermission', async (call) => {
  const { context, input } = call;
  const { known, place } = await subjectOf(call);
  const revisions = { expected: textOf(input, 'RevisionId'), next: randomUuid(context.random) };
  await changeFunction(context, known, (row) => {
    const after = withoutStatement(policyAt(row, place), String(input.StatementId), revisions);
    const { [place]: _, ...others } = row.policies;
    return { ...row, policies: after === undefined ? others : { ...others, [place]: after } };
  });
  return undefined;
});

const get = onFunction('GetPolicy', async (call) => {
  const target = await targetOf(call);
  const { row } = await functionRecord(call.context, target.function);
  const place = target.qualifier ?? '';
  const policy = policyAt(row, place);
  if (policy === undefined) throw settingNotFound();
  return { Policy: policyDocument(policy), RevisionId: policy.revisionId };
});

export const permissionOperations = [add, remove, get];
