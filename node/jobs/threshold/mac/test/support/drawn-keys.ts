/** Sees shares of new keys: opens what custodians seal to each other, as only a test can that has all of them. */
import { MessageReader } from '../../../codec.ts';
import { contextOf } from '../../compute.ts';
import { readDraw } from '../../handlers/create.ts';
import type { MacScheme } from '../../schemes.ts';
import type { MacNetwork } from './custodians.ts';

/** @returns by session, the shares of keys that were drawn in it so far */
export function watchDrawing(
  network: MacNetwork,
  handle: Uint8Array,
  scheme: MacScheme,
): Map<string, Buffer[]> {
  const shares = new Map<string, Buffer[]>();
  network.tamper = (custodian, kind, reply, body) => {
    if (kind !== 'mac.draw') return reply;
    const session = body.subarray(0, 16);
    const triple = [...body.subarray(16, 19)];
    const { sealed } = readDraw(new MessageReader(reply));
    const to = triple[(triple.indexOf(custodian) + 1) % 3]!;
    const context = contextOf('draw', handle, session, Buffer.from(triple));
    const plain = network.parties[to - 1]!.identity.open(custodian, 'mac.draw', context, sealed);
    const key = Buffer.from(session).toString('hex');
    shares.set(key, [...(shares.get(key) ?? []), Buffer.from(plain.subarray(0, scheme.tagBytes))]);
    return reply;
  };
  return shares;
}
