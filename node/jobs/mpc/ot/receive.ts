/** Messages whose length is known beforehand. */
import type { Channel } from '../channel.ts';
import { MpcAbort } from '../errors.ts';

/** @throws MpcAbort `malformed` for a message of another kind or length */
export async function receiveExactly(channel: Channel, kind: number, bytes: number): Promise<Buffer> {
  const message = await channel.receive(kind, bytes);
  if (message.length !== bytes) {
    const detail = `a message of ${message.length} bytes in place of ${bytes}`;
    throw new MpcAbort('malformed', channel.peer, detail);
  }
  return message;
}
