/** GetCallerIdentity: account, user id and ARN of whoever signed. AWS lets everybody ask, whatever policies say. */
import type { OperationRow } from '@hypergate/kit';

interface Output {
  readonly UserId: string;
  readonly Account: string;
  readonly Arn: string;
}

export const getCallerIdentity: OperationRow<unknown, Output> = {
  name: 'GetCallerIdentity',
  action: 'sts:GetCallerIdentity',
  access: 'permissionless',
  resources: () => [],
  handle: async ({ principal }) => ({
    output: {
      // A root user's unique id is the number of its account.
      UserId: principal.kind === 'root' ? principal.accountId : (principal.roleSessionId ?? principal.userId),
      Account: principal.accountId,
      Arn: principal.arn,
    },
  }),
};
