/** CreateGrant, ListGrants, ListRetirableGrants. */
import { newGrantId } from '../engine/access/grants.ts';
import { filterGrants, grantListEntry, mayListRetirable } from '../engine/control/grants.ts';
import { kmsError } from '../engine/errors.ts';
import { required, textOf } from '../engine/input.ts';
import { type GrantRecord, keyArn } from '../engine/key-record.ts';
import { kmsLimits } from '../engine/limits.ts';
import { gatewayLimits } from '../limits.ts';
import { grantKey, grantsByRetiring, grantsTable } from '../model/tables.ts';
import type { KmsContext } from '../store/context.ts';
import { control } from '../store/control-call.ts';
import { readPage } from '../store/pages.ts';
import { operation } from './row.ts';
import { readableKey, requireLeave } from './subject.ts';

const limits = {
  entriesDefault: kmsLimits.grantPageEntriesDefault,
  entriesMax: gatewayLimits.pageEntriesMax,
} as const;

export const createGrant = operation('CreateGrant', (context, call) => {
  const grantee = required(textOf(call.input, 'GranteePrincipal'), 'GranteePrincipal');
  return control(context, call, { grantId: newGrantId(grantee, context.random.bytes(31)) });
});

export const listGrants = operation('ListGrants', async (context, call) => {
  const { input } = call;
  const key = await readableKey(context, call);
  // A grant ID that is none is refused also when there are no grants.
  filterGrants([], input);
  const { domain } = context;
  const { partition } = grantKey(key.keyId, '');
  const narrowed = [textOf(input, 'GrantId') ?? '', textOf(input, 'GranteePrincipal') ?? ''];
  const { items, more } = await readPage(
    { ...limits, input, name: ['ListGrants', key.keyId, ...narrowed] },
    (options) => domain.cursor(grantsTable, partition, options),
    async ({ sort }) => {
      const grant = await grantAt(context, key.keyId, sort);
      return grant === undefined ? undefined : filterGrants([grant], input)[0];
    },
  );
  return { Grants: items.map((grant) => grantListEntry(grant, keyArn(key))), ...more };
});

export const listRetirableGrants = operation('ListRetirableGrants', async (context, call) => {
  const { input, caller } = call;
  requireLeave(call);
  const retiring = required(textOf(input, 'RetiringPrincipal'), 'RetiringPrincipal');
  if (!mayListRetirable(caller, retiring)) {
    throw kmsError(
      'AccessDeniedException',
      `User: ${caller.principal.arn} is not authorized to perform: kms:ListRetirableGrants for ${retiring}`,
    );
  }
  const { domain, view } = context;
  const { items, more } = await readPage(
    { ...limits, input, name: ['ListRetirableGrants', caller.principal.arn, retiring] },
    (options) => domain.cursorSecondary(grantsByRetiring, Buffer.from(retiring), options),
    async ({ sort }) => {
      // Key id, then grant id (32).
      const bytes = Buffer.from(sort);
      const key = await view.key(bytes.toString('utf8', 0, bytes.length - 32));
      // Grants of a key that is gone are removed after it.
      if (key === undefined || key.state === 'Deleted') return undefined;
      const grant = await grantAt(context, key.keyId, bytes.subarray(bytes.length - 32));
      return grant === undefined ? undefined : grantListEntry(grant, keyArn(key));
    },
  );
  return { Grants: items, ...more };
});

async function grantAt(
  { domain }: Pick<KmsContext, 'domain'>,
  keyId: string,
  sort: Uint8Array,
): Promise<GrantRecord | undefined> {
  return (await domain.get(grantsTable, { partition: grantKey(keyId, '').partition, sort }))?.row;
}
