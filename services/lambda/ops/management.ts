/** Put and Get of RuntimeManagementConfig (of a version) and of FunctionRecursionConfig (of a function). */
import { functionNotFound } from '../engine/errors.ts';
import { parameterError, requireOneOf, requirePattern } from '../engine/requirements.ts';
import type { VersionRow } from '../model/function-rows.ts';
import { versionKey, versionsTable } from '../model/tables.ts';
import { changeFunction, functionArn, functionRecord, retried } from '../store/change.ts';
import { onFunction, textOf } from './operation.ts';
import { targetOf, wholeTargetOf } from './target.ts';

const runtimeForm = /^arn:aws[a-zA-Z0-9-]*:lambda:[a-z]{2}(?:-[a-z]+)+-\d::runtime:.{1,256}$/;

/** @throws AwsError */
function runtimeUpdateOf(mode: string, arn: string | undefined): VersionRow['runtimeUpdate'] {
  const known = requireOneOf(mode, 'updateRuntimeOn', ['Auto', 'Manual', 'FunctionUpdate']);
  if (known !== 'Manual') {
    if (arn !== undefined)
      throw parameterError(`RuntimeVersionArn cannot be given when UpdateRuntimeOn is ${known}.`);
    return { mode: known };
  }
  if (arn === undefined) throw parameterError('RuntimeVersionArn is needed when UpdateRuntimeOn is Manual.');
  const shown = '^arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\\d{1}::runtime:.+$';
  requirePattern(arn, 'runtimeVersionArn', runtimeForm, shown);
  return { mode: known, arn };
}

const putRuntime = onFunction('PutRuntimeManagementConfig', async (call) => {
  const { context, input } = call;
  const runtimeUpdate = runtimeUpdateOf(String(input.UpdateRuntimeOn), textOf(input, 'RuntimeVersionArn'));
  const { function: row, version } = await targetOf(call);
  const arn = functionArn(row, version.version);
  const key = versionKey(row.id, version.version);
  await retried(async () => {
    const found = await context.domain.get(versionsTable, key);
    if (found === undefined) throw functionNotFound(arn);
    const after: VersionRow = { ...found.row, runtimeUpdate };
    const { revision } = found;
    await context.tables.transact([
      { kind: 'put', domain: context.domain, table: versionsTable, key, row: after, condition: { revision } },
    ]);
  });
  return {
    UpdateRuntimeOn: runtimeUpdate.mode,
    FunctionArn: arn,
    ...(runtimeUpdate.arn === undefined ? {} : { RuntimeVersionArn: runtimeUpdate.arn }),
  };
});

const getRuntime = onFunction('GetRuntimeManagementConfig', async (call) => {
  const { function: row, version } = await targetOf(call);
  const found = await call.context.domain.get(versionsTable, versionKey(row.id, version.version));
  const arn = functionArn(row, version.version);
  if (found === undefined) throw functionNotFound(arn);
  const { mode, arn: RuntimeVersionArn } = found.row.runtimeUpdate;
  return {
    UpdateRuntimeOn: mode,
    FunctionArn: arn,
    ...(RuntimeVersionArn === undefined ? {} : { RuntimeVersionArn }),
  };
});

const putRecursion = onFunction('PutFunctionRecursionConfig', async (call) => {
  const wanted = String(call.input.RecursiveLoop);
  const recursiveLoop = requireOneOf(wanted, 'recursiveLoop', ['Allow', 'Terminate']);
  const { function: known } = await wholeTargetOf(call);
  await changeFunction(call.context, known, (row) => ({ ...row, recursiveLoop }));
  return { RecursiveLoop: recursiveLoop };
});

const getRecursion = onFunction('GetFunctionRecursionConfig', async (call) => {
  const { function: known } = await wholeTargetOf(call);
  return { RecursiveLoop: (await functionRecord(call.context, known)).row.recursiveLoop };
});

export const managementOperations = [putRuntime, getRuntime, putRecursion, getRecursion];
