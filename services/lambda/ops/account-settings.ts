/** GetAccountSettings: the limits that hold here, and what is used. */
import { lambdaLimits } from '../limits.ts';
import { accountUsage } from '../store/usage.ts';
import type { LambdaOperation } from './operation.ts';

const l = lambdaLimits;

export const getAccountSettings: LambdaOperation = {
  name: 'GetAccountSettings',
  resources: () => [],
  operate: async ({ context, scope }) => {
    const { functions, codeBytes, reserved } = await accountUsage(context, scope);
    return {
      output: {
        AccountLimit: {
          TotalCodeSize: l.codeStorageMax,
          CodeSizeUnzipped: l.unpackedMax,
          CodeSizeZipped: l.zipUploadMax,
          ConcurrentExecutions: l.concurrencyPerAccount,
          UnreservedConcurrentExecutions: l.concurrencyPerAccount - reserved,
        },
        AccountUsage: { TotalCodeSize: codeBytes, FunctionCount: functions },
      },
    };
  },
};
