/** GetAccessKeyInfo: the account that an access key id belongs to. */
import { type Account, AwsError, type OperationRow } from '@hypergate/kit';

interface Input {
  readonly AccessKeyId: string;
}

export function getAccessKeyInfo(
  accounts: readonly Account[],
): OperationRow<Input, { readonly Account: string }> {
  const accountOf = new Map(accounts.map((account) => [account.accessKeyId, account.accountId]));
  return {
    name: 'GetAccessKeyInfo',
    action: 'sts:GetAccessKeyInfo',
    resources: ({ principal }) => [{ arn: '*', ownerAccountId: principal.accountId }],
    handle: async ({ input }) => {
      const account = accountOf.get(input.AccessKeyId);
      if (account === undefined) {
        throw new AwsError('ValidationError', 400, 'No account of this gateway has the given access key id.');
      }
      return { output: { Account: account } };
    },
  };
}
