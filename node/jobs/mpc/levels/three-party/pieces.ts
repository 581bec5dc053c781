/** Bodies of any length over a channel, in messages of at most `pieceBytes`. The receiver knows the length beforehand. */
import type { Channel } from '../../channel.ts';
import { MpcAbort } from '../../errors.ts';
import { threePartyLimits } from './limits.ts';

const { pieceBytes } = threePartyLimits;

/** Lengths of the pieces of so many bytes. */
export function* pieceLengths(bytes: number): Generator<number, void, undefined> {
  for (let left = bytes; left > 0; left -= pieceBytes) yield Math.min(left, pieceBytes);
}

/** @param body sent as no message at all when it is empty */
export async function sendPieces(channel: Channel, kind: number, body: Uint8Array): Promise<void> {
  let at = 0;
  for (const length of pieceLengths(body.length)) {
    await channel.send(kind, body.subarray(at, at + length));
    at += length;
  }
}

/** @throws MpcAbort `malformed` for another length */
export async function receiveExactly(channel: Channel, kind: number, bytes: number): Promise<Buffer> {
  const body = await channel.receive(kind, bytes);
  if (body.length !== bytes) {
    throw new MpcAbort('malformed', channel.peer, `a message of ${body.length} bytes in place of ${bytes}`);
  }
  return body;
}

/** @throws MpcAbort */
export async function receivePieces(channel: Channel, kind: number, bytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (const length of pieceLengths(bytes)) pieces.push(await receiveExactly(channel, kind, length));
  return Buffer.concat(pieces);
}
