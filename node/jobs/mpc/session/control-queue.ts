/** Messages of the session that arrived on a channel: few, small, and asked for one at a time. */
import { MpcAbort } from '../errors.ts';
import { sessionLimits } from './limits.ts';

interface Waiting {
  readonly kind: number;
  readonly bytes: number;
  readonly resolve: (body: Buffer) => void;
  readonly reject: (error: MpcAbort) => void;
}

export class ControlQueue {
  readonly #peer: string;
  #arrived: Buffer[] = [];
  #waiting: Waiting | undefined;
  #ended: MpcAbort | undefined;

  constructor(peer: string) {
    this.#peer = peer;
  }

  /** @throws MpcAbort `malformed` when there are too many */
  push(message: Buffer): void {
    if (message.length === 0 || message.length > sessionLimits.controlBytesMax) throw this.#malformed();
    if (this.#arrived.length >= sessionLimits.controlsMax) throw this.#malformed();
    this.#arrived.push(message);
    this.#serve();
  }

  receive(kind: number, bytes: number): Promise<Buffer> {
    if (this.#waiting !== undefined) throw new Error('a session waits for two messages of one party at once');
    return new Promise((resolve, reject) => {
      this.#waiting = { kind, bytes, resolve, reject };
      this.#serve();
    });
  }

  /** Nothing more comes. */
  end(error: MpcAbort): void {
    this.#ended ??= error;
    this.#serve();
  }

  fail(error: MpcAbort): void {
    this.#ended = error;
    this.#arrived = [];
    this.#serve();
  }

  #serve(): void {
    const waiting = this.#waiting;
    const message = this.#arrived[0];
    if (waiting === undefined || (message === undefined && this.#ended === undefined)) return;
    this.#waiting = undefined;
    if (message === undefined) {
      waiting.reject(this.#ended!);
      return;
    }
    this.#arrived.shift();
    if (message[0] !== waiting.kind || message.length !== 1 + waiting.bytes)
      waiting.reject(this.#malformed());
    else waiting.resolve(message.subarray(1));
  }

  #malformed(): MpcAbort {
    return new MpcAbort('malformed', this.#peer, 'a message of the session that is not expected here');
  }
}
