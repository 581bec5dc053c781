/** A client's first packet that is no request for encryption, after any such request was answered. */
import type { SecureContext } from 'node:tls';
import { Fatal } from '../wire/errors.ts';
import { gssRefused, tlsAccepted } from '../wire/messages.ts';
import {
  type FirstPacket,
  firstPacketBytes,
  parseFirstPacket,
  repeatedRequest,
  tlsFirstByte,
} from '../wire/startup.ts';
import type { ClientSocket } from './client-socket.ts';

/** @throws Fatal, Breach */
export async function readFirstPacket(
  client: ClientSocket,
  secureContext: SecureContext,
): Promise<FirstPacket & { readonly kind: 'startup' | 'cancel' }> {
  const isDirect = (await client.bytes(1))[0] === tlsFirstByte;
  if (isDirect) await client.secure(secureContext, true);
  for (let gssAsked = false; ; ) {
    const packet = await readPacket(client);
    const first = parseFirstPacket(packet);
    if (first.kind === 'startup' || first.kind === 'cancel') return first;
    // Encrypted already, or asked twice.
    if (client.isEncrypted || (first.kind === 'gss' && gssAsked)) throw repeatedRequest(first.kind);
    // Such bytes would count as if they had come encrypted, whoever put them there.
    if (client.hasBytes) {
      const name = first.kind === 'tls' ? 'SSL' : 'GSSAPI encryption';
      throw new Fatal('08P01', `received unencrypted data after ${name} request`);
    }
    if (first.kind === 'gss') {
      gssAsked = true;
      client.write(gssRefused);
    } else {
      client.write(tlsAccepted);
      await client.secure(secureContext, false);
    }
  }
}

async function readPacket(client: ClientSocket): Promise<Buffer> {
  const length = firstPacketBytes(await client.bytes(4));
  await client.bytes(length);
  return client.take(length);
}
