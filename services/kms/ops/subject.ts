/** The key that a reading operation is about: found, allowed, noted for the trail. */
import { requireAccess, requireIdentity } from '../engine/access/require-access.ts';
import { required, textOf } from '../engine/input.ts';
import type { KeyRecord } from '../engine/key-record.ts';
import { checkState } from '../engine/states.ts';
import { resolveKey } from '../engine/view.ts';
import type { KmsCall } from '../store/call.ts';
import type { KmsContext } from '../store/context.ts';

/** @throws KmsError */
export async function readableKey(
  { view }: Pick<KmsContext, 'view'>,
  call: KmsCall,
  member = 'KeyId',
): Promise<KeyRecord> {
  const { operation, input, caller } = call;
  const account = caller.principal.accountId;
  const text = required(textOf(input, member), member);
  const found = await resolveKey(view, text, { account, region: call.region }, operation);
  call.keyIds.add(found.key.keyId);
  await requireAccess(view, caller, { operation, input, ...found });
  checkState(found.key, operation);
  return found.key;
}

/** For operations about all that an account has. @throws KmsError AccessDeniedException */
export function requireLeave({ operation, input, caller }: KmsCall, arn = '*'): void {
  requireIdentity(caller, { operation, input }, arn, caller.principal.accountId);
}
