/**
 * What a protocol sees of another party: messages in order, each with a kind. Whoever makes a channel authenticates and encrypts
 * it, binds its transcript to the session and sees to timeouts; a protocol sees none of this, and is tested over memory.
 */
export interface Channel {
  /** Name of the other party. */
  readonly peer: string;
  /**
   * Takes the bytes: they are not to be changed afterwards. Resolves when there is room for more, so that who sends much awaits it.
   *
   * @param kind 0 to 255, meaningful within one protocol
   * @throws MpcAbort
   */
  send(kind: number, body: Uint8Array): Promise<void>;
  /**
   * The next message.
   *
   * @param kind that it must have
   * @param bytesMax longest body that is taken; longer ones end the computation before they are held
   * @throws MpcAbort `malformed` for another kind or a longer one, and whatever ended the computation
   */
  receive(kind: number, bytesMax: number): Promise<Buffer>;
}

/** Bytes from a cryptographic source, or from a seed in tests. */
export type RandomSource = (bytes: number) => Uint8Array;
