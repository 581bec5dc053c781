/**
 * Streams in memory between two parties of a session, of which a test changes single frames: the messages of the handshake, then the
 * records of the channel.
 */
import type { Duplex } from 'node:stream';
import { recordHeadBytes } from '../../session/records.ts';
import { tamperedWire } from './tampered-wire.ts';

/** @param number from 0 on in its direction. @returns what goes on in its place */
export type FrameTamper = (direction: 0 | 1, number: number, frame: Buffer) => readonly Buffer[];

/** Messages of the handshake that the listener sends and that the dialer does. */
export const handshakeFrames = { listener: 1, dialer: 2 } as const;

/** Ends of a listener and of who dials it. Direction 0 is that of what the listener sends. */
export function framedWire(tamper: FrameTamper): readonly [Duplex, Duplex] {
  const cut = [new Frames(handshakeFrames.listener), new Frames(handshakeFrames.dialer)] as const;
  return tamperedWire((direction, _at, bytes) =>
    Buffer.concat(
      cut[direction].take(bytes).flatMap(({ number, frame }) => tamper(direction, number, frame)),
    ),
  );
}

/** Cuts the bytes of one direction. */
class Frames {
  readonly #handshakes: number;
  #number = 0;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(handshakes: number) {
    this.#handshakes = handshakes;
  }

  take(bytes: Buffer): { readonly number: number; readonly frame: Buffer }[] {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    const frames: { readonly number: number; readonly frame: Buffer }[] = [];
    for (;;) {
      const length = this.#length();
      if (length === undefined || this.#bytes.length < length) return frames;
      frames.push({ number: this.#number++, frame: this.#bytes.subarray(0, length) });
      this.#bytes = this.#bytes.subarray(length);
    }
  }

  #length(): number | undefined {
    const isHandshake = this.#number < this.#handshakes;
    if (this.#bytes.length < (isHandshake ? 2 : recordHeadBytes)) return undefined;
    return isHandshake ? 2 + this.#bytes.readUInt16BE() : recordHeadBytes + this.#bytes.readUInt32BE();
  }
}
