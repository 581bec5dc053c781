/** Messages whose length both parties know beforehand, whole or in pieces: what arrives with another length ends the computation. */
import type { Channel } from './channel.ts';
import { MpcAbort } from './errors.ts';

/** Of a piece of something long: neither side holds more than one of them on its way. */
export const messagePieceBytes = 256 * 1024;

/** @throws MpcAbort `malformed` for a message of another kind or length */
export async function receiveExactly(channel: Channel, kind: number, bytes: number): Promise<Buffer> {
  const message = await channel.receive(kind, bytes);
  if (message.length !== bytes) {
    const detail = `a message of ${message.length} bytes in place of ${bytes}`;
    throw new MpcAbort('malformed', channel.peer, detail);
  }
  return message;
}

/** Nothing is sent for no bytes. */
export async function sendPieces(channel: Channel, kind: number, body: Uint8Array): Promise<void> {
  for (let at = 0; at < body.length; at += messagePieceBytes) {
    await channel.send(kind, body.subarray(at, at + messagePieceBytes));
  }
}

/** @param bytes all together, as both parties know. @throws MpcAbort */
export async function* receivePieces(
  channel: Channel,
  kind: number,
  bytes: number,
): AsyncGenerator<Buffer, void, undefined> {
  for (let at = 0; at < bytes; at += messagePieceBytes) {
    yield await receiveExactly(channel, kind, Math.min(messagePieceBytes, bytes - at));
  }
}

/** @throws MpcAbort */
export async function receiveWhole(channel: Channel, kind: number, bytes: number): Promise<Buffer> {
  const whole = Buffer.from(new ArrayBuffer(bytes));
  let at = 0;
  for await (const piece of receivePieces(channel, kind, bytes)) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
