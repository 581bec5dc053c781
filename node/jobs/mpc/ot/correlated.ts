/**
 * Correlated oblivious transfer: the sender has a secret `delta` of 128 bits and gets blocks K, the receiver has bits c and gets
 * M = K ^ c * delta; neither learns more.
 */
import type { Channel, RandomSource } from '../channel.ts';

export { setupCotReceiver, setupCotSender } from './extension.ts';

/** Calls follow one another, in the same order on both sides. */
export interface CotSender {
  /** 16 bytes, secret. */
  readonly delta: Buffer;
  /**
   * @param count how many transfers; the receiver extends by as many at the same time
   * @returns 16 * count bytes: K of each transfer
   * @throws MpcAbort `cheating` when the receiver did not use the same choices throughout
   */
  extend(count: number): Promise<Buffer>;
}

export interface CotReceiver {
  /**
   * @param choices 0 or 1 for each transfer, secret
   * @returns 16 bytes for each: M = K ^ choice * delta
   */
  extend(choices: Uint8Array): Promise<Buffer>;
}

export interface CotOptions {
  readonly random: RandomSource;
  /** Public bytes that no other setup between these parties has, not even one in the other direction. */
  readonly sessionId: Uint8Array;
}

/** @param delta 16 bytes; a random one otherwise */
export type SetupCotSender = (
  channel: Channel,
  options: CotOptions & { readonly delta?: Buffer },
) => Promise<CotSender>;

export type SetupCotReceiver = (channel: Channel, options: CotOptions) => Promise<CotReceiver>;
