/** CreateKey: the gateway chooses id and handle, custodians make the key, and only then it is there. */
import { flagOf } from '../engine/input.ts';
import type { KmsContext } from '../store/context.ts';
import { control, newHandle } from '../store/control-call.ts';
import { operation } from './row.ts';

export const createKey = operation('CreateKey', (context, call) =>
  control(
    context,
    call,
    {
      keyId: flagOf(call.input, 'MultiRegion') ? multiRegionId(context) : keyId(context),
      handle: newHandle(context),
    },
    // Keys of services count for nobody.
    call.caller.via === undefined ? { admit: () => context.quota.requireRoom(call.principal.accountId) } : {},
  ),
);

type Random = Pick<KmsContext, 'random'>;

const multiRegionId = (context: Random): string => `mrk-${newHandle(context)}`;

/** A UUID of version 4 (RFC 9562, section 5.4). */
function keyId({ random }: Random): string {
  const bytes = Buffer.from(random.bytes(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
