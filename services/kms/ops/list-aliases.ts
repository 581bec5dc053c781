/** ListAliases: of the caller's account, or of one of its keys. */
import { textOf } from '../engine/input.ts';
import { type AliasRecord, aliasArn } from '../engine/key-record.ts';
import { kmsLimits } from '../engine/limits.ts';
import { resolveKey } from '../engine/view.ts';
import { gatewayLimits } from '../limits.ts';
import { decodeAlias } from '../model/records.ts';
import { aliasesByKey, aliasesTable, aliasKey } from '../model/tables.ts';
import { readPage } from '../store/pages.ts';
import { operation } from './row.ts';
import { requireLeave } from './subject.ts';

export const listAliases = operation('ListAliases', async (context, call) => {
  const { domain, view } = context;
  const { input, region } = call;
  const account = call.principal.accountId;
  requireLeave(call);
  const named = textOf(input, 'KeyId');
  const key =
    named === undefined ? undefined : (await resolveKey(view, named, { account, region }, 'ListAliases')).key;
  if (key !== undefined) call.keyIds.add(key.keyId);
  const { items, more } = await readPage(
    {
      input,
      name: ['ListAliases', account, key?.keyId ?? ''],
      entriesDefault: kmsLimits.grantPageEntriesDefault,
      entriesMax: gatewayLimits.pageEntriesMax,
    },
    (options) =>
      key === undefined
        ? domain.cursor(aliasesTable, aliasKey(account, '').partition, options)
        : domain.cursorSecondary(aliasesByKey, Buffer.from(key.keyId), options),
    async ({ projection }) => {
      const alias = decodeAlias(projection);
      // Another account's names for a key are none of the caller's business.
      return alias.account === account ? entryOf(alias, region) : undefined;
    },
  );
  return { Aliases: items, ...more };
});

const entryOf = ({ name, account, targetKeyId, createdMs, updatedMs }: AliasRecord, region: string) => ({
  AliasName: name,
  AliasArn: aliasArn(region, account, name),
  TargetKeyId: targetKeyId,
  CreationDate: new Date(createdMs),
  LastUpdatedDate: new Date(updatedMs),
});
