/** ListKeys: of the caller's account, in the order of their ids. */
import { keyArn } from '../engine/key-record.ts';
import { kmsLimits } from '../engine/limits.ts';
import { keysByAccount } from '../model/tables.ts';
import { readPage } from '../store/pages.ts';
import { operation } from './row.ts';
import { requireLeave } from './subject.ts';

export const listKeys = operation('ListKeys', async ({ domain }, call) => {
  const { input, region } = call;
  const account = call.principal.accountId;
  requireLeave(call);
  const { items, more } = await readPage(
    {
      input,
      name: ['ListKeys', account],
      entriesDefault: kmsLimits.pageEntriesDefault,
      entriesMax: kmsLimits.pageEntriesMax,
    },
    (options) => domain.cursorSecondary(keysByAccount, Buffer.from(account), options),
    async ({ sort }) => {
      const keyId = Buffer.from(sort).toString();
      return { KeyId: keyId, KeyArn: keyArn({ account, region, keyId }) };
    },
  );
  return { Keys: items, ...more };
});
