/** Channels between parties in one process, where a test may come between. */
import type { Channel } from '../../channel.ts';
import { MpcAbort } from '../../errors.ts';

export interface Message {
  readonly kind: number;
  readonly body: Buffer;
}

/**
 * Sees each message on its way, by sender and number from 0 on.
 * @returns what arrives instead: usually the message itself; none when it is lost and the connection ends there
 */
export type Interceptor = (from: string, number: number, message: Message) => readonly Message[] | 'end';

class MemoryEnd implements Channel {
  readonly peer: string;
  readonly arrived: Message[] = [];
  other!: MemoryEnd;
  sent = 0;
  bytes = 0;
  private readonly me: string;
  private readonly intercept: Interceptor | undefined;
  private ended = false;
  private wake: (() => void) | undefined;

  constructor(me: string, peer: string, intercept: Interceptor | undefined) {
    this.me = me;
    this.peer = peer;
    this.intercept = intercept;
  }

  async send(kind: number, body: Uint8Array): Promise<void> {
    if (this.ended) throw new MpcAbort('disconnected', this.peer, 'the connection ended');
    const message = { kind, body: Buffer.from(body) };
    this.bytes += body.length;
    const number = this.sent++;
    const passed = this.intercept?.(this.me, number, message) ?? [message];
    if (passed === 'end') return this.end();
    for (const each of passed) this.other.arrived.push(each);
    this.other.wake?.();
    // The other party takes its turn, as it would over a wire.
    await new Promise((resolve) => setImmediate(resolve));
  }

  async receive(kind: number, bytesMax: number): Promise<Buffer> {
    while (this.arrived.length === 0) {
      if (this.ended) throw new MpcAbort('disconnected', this.peer, 'the connection ended');
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    const { kind: got, body } = this.arrived.shift()!;
    if (got !== kind)
      throw new MpcAbort('malformed', this.peer, `a message of kind ${got} in place of ${kind}`);
    if (body.length > bytesMax)
      throw new MpcAbort('malformed', this.peer, `a message of ${body.length} bytes`);
    return body;
  }

  /** Both ends learn that nothing more comes. */
  end(): void {
    for (const each of [this, this.other]) {
      each.ended = true;
      each.wake?.();
    }
  }
}

/** Both ends of a channel; what the first has is named after the second. */
export function memoryChannels(a: string, b: string, intercept?: Interceptor): [MemoryEnd, MemoryEnd] {
  const ends: [MemoryEnd, MemoryEnd] = [new MemoryEnd(a, b, intercept), new MemoryEnd(b, a, intercept)];
  ends[0].other = ends[1];
  ends[1].other = ends[0];
  return ends;
}
