/** PutFunctionCodeSigningConfig, GetFunctionCodeSigningConfig, DeleteFunctionCodeSigningConfig. */
import { changeFunction, functionRecord } from '../store/change.ts';
import { attachCodeSigning } from '../store/code-signing.ts';
import { onFunction } from './operation.ts';
import { wholeTargetOf } from './target.ts';

const put = onFunction('PutFunctionCodeSigningConfig', async (call) => {
  const { context, input } = call;
  const arn = String(input.CodeSigningConfigArn);
  const { function: known } = await wholeTargetOf(call);
  await changeFunction(context, known, async (row) => ({
    row: { ...row, codeSigningConfigArn: arn },
    writes: [await attachCodeSigning(context, row, arn)],
  }));
  return { CodeSigningConfigArn: arn, FunctionName: known.name };
});

const get = onFunction('GetFunctionCodeSigningConfig', async (call) => {
  const { function: known } = await wholeTargetOf(call);
  const { codeSigningConfigArn } = (await functionRecord(call.context, known)).row;
  if (codeSigningConfigArn === undefined) return {};
  return { CodeSigningConfigArn: codeSigningConfigArn, FunctionName: known.name };
});

const remove = onFunction('DeleteFunctionCodeSigningConfig', async (call) => {
  const { function: known } = await wholeTargetOf(call);
  await changeFunction(call.context, known, (row) => {
    if (row.codeSigningConfigArn === undefined) return undefined;
    const { codeSigningConfigArn: _, ...rest } = row;
    return rest;
  });
  return undefined;
});

export const functionCodeSigningOperations = [put, get, remove];
