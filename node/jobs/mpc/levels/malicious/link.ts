/** The other party, as the steps of this level see it: messages of exact length, and hashes bound to the session, run and step. */
import { createHash, type Hash } from 'node:crypto';
import type { Channel } from '../../channel.ts';
import { bitsOfBytes, bytesOfBits } from '../../circuit/bits.ts';
import { MpcAbort } from '../../errors.ts';

export const digestBytes = 32;

export class Link {
  readonly peer: string;
  /** Whether this party is the garbler, who speaks first where an order is needed. */
  readonly isGarbler: boolean;
  private readonly channel: Channel;
  private context: Buffer;
  private steps = 0;

  constructor(channel: Channel, isGarbler: boolean, sessionId: Uint8Array) {
    this.channel = channel;
    this.peer = channel.peer;
    this.isGarbler = isGarbler;
    this.context = createHash('sha256').update('hypergate mpc malicious v1\0').update(sessionId).digest();
  }

  /** What follows belongs to this run. */
  bind(runId: Uint8Array): void {
    this.context = createHash('sha256').update(this.context).update('run').update(runId).digest();
  }

  send(kind: number, body: Uint8Array): Promise<void> {
    return this.channel.send(kind, body);
  }

  async receive(kind: number, bytes: number): Promise<Buffer> {
    const body = await this.channel.receive(kind, bytes);
    if (body.length !== bytes) throw this.malformed(`${body.length} bytes in place of ${bytes}`);
    return body;
  }

  /** Both send at once, and neither waits for room before it reads. @returns the other's message, of the same length */
  async exchange(kind: number, body: Uint8Array): Promise<Buffer> {
    const [received] = await Promise.all([this.receive(kind, body.length), this.send(kind, body)]);
    return received;
  }

  /** One for each step that hashes, so that no digest of one step is one of another; the same for both parties. */
  nextStep(): number {
    return this.steps++;
  }

  /** @param fromGarbler who sends the digest: one that is sent back is not the same */
  digest(use: string, step: number, fromGarbler: boolean): Hash {
    return createHash('sha256')
      .update(this.context)
      .update(`${use}\0${step}\0${fromGarbler ? 'garbler' : 'evaluator'}\0`);
  }

  /** Bits of a message's part. @throws MpcAbort when the last byte has others */
  unpack(bytes: Uint8Array, count: number): Uint8Array {
    if ((count & 7) !== 0 && bytes[bytes.length - 1]! >> (count & 7) !== 0) {
      throw this.malformed('bits beyond the last one');
    }
    return bitsOfBytes(bytes, count);
  }

  malformed(detail: string): MpcAbort {
    return new MpcAbort('malformed', this.peer, detail);
  }

  cheating(detail: string): MpcAbort {
    return new MpcAbort('cheating', this.peer, detail);
  }
}

export const packedBytes = (bits: number): number => (bits + 7) >> 3;

/** A message of bits and what follows them. */
export function packed(bits: Uint8Array, ...rest: readonly Uint8Array[]): Buffer {
  return rest.length === 0 ? bytesOfBits(bits) : Buffer.concat([bytesOfBits(bits), ...rest]);
}
