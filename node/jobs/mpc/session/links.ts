/** The channels of a session: what fails on one ends all, with one reason. */
import { CircuitError, MpcAbort } from '../errors.ts';
import { asAbort } from './errors.ts';
import type { SecureChannel } from './secure-channel.ts';

export class Links {
  readonly #channels = new Map<string, SecureChannel>();
  readonly #failed = new AbortController();
  #failure: MpcAbort | undefined;
  #isClosing = false;

  /** By name of the other party. */
  get channels(): ReadonlyMap<string, SecureChannel> {
    return this.#channels;
  }

  get failure(): MpcAbort | undefined {
    return this.#failure;
  }

  /** Aborted, with the failure as its reason, when the session fails. */
  get signal(): AbortSignal {
    return this.#failed.signal;
  }

  add(channel: SecureChannel): void {
    this.#channels.set(channel.peer, channel);
    if (this.#failure !== undefined) channel.abort(this.#failure);
    if (this.#isClosing) void channel.close();
  }

  /** Ends the session on all channels, unless it ended before. @returns why it ended */
  fail(error: unknown): MpcAbort {
    if (this.#failure === undefined) {
      this.#failure = asAbort(error);
      for (const channel of this.#channels.values()) channel.abort(this.#failure);
      this.#failed.abort(this.#failure);
    }
    return this.#failure;
  }

  /**
   * Settles with the work, or with the failure of the session if that comes first; whatever the work throws ends the session.
   * @throws MpcAbort
   */
  async guard<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#failure !== undefined) throw this.#failure;
    const failed = Promise.withResolvers<never>();
    const stop = (): void => failed.reject(this.#failure);
    this.signal.addEventListener('abort', stop, { once: true });
    try {
      return await Promise.race([work(), failed.promise]);
    } catch (error) {
      const failure = this.fail(error);
      // What does not fit the level is the caller's to know; the others hear that something failed.
      throw error instanceof CircuitError ? error : failure;
    } finally {
      this.signal.removeEventListener('abort', stop);
    }
  }

  /**
   * Sends each other party a message of the session and takes one of the same kind and length from each.
   * @throws MpcAbort
   */
  async exchange(
    kind: number,
    bytes: number,
    body: (peer: string) => Uint8Array,
  ): Promise<ReadonlyMap<string, Buffer>> {
    const channels = [...this.#channels.values()];
    for (const channel of channels) channel.sendControl(kind, body(channel.peer));
    const replies = await Promise.all(
      channels.map(async (channel) => [channel.peer, await channel.receiveControl(kind, bytes)] as const),
    );
    return new Map(replies);
  }

  /**
   * The same with what all must have the same of.
   * @throws MpcAbort `disagreement`
   */
  async agree(kind: number, own: Uint8Array, what: string): Promise<void> {
    const replies = await this.exchange(kind, own.length, () => own);
    for (const [peer, reply] of replies) {
      if (Buffer.compare(reply, own) !== 0)
        throw new MpcAbort('disagreement', peer, `it has another ${what}`);
    }
  }

  /** Resolves when no channel is left. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const channels = [...this.#channels.values()];
    await Promise.all(channels.map((channel) => channel.close()));
  }
}
