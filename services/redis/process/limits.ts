/** Limits of the engine's process and of its connections. Sizes in bytes. */
export const processLimits = {
  readBufferBytes: 64 * 1024,
  /** Answers a client has not taken beyond which nothing more is read from it. */
  outputPauseBytes: 1024 * 1024,
  /** Effects that are not yet durable beyond which nothing is read from any client. */
  unsavedBytesMax: 64 * 1024 * 1024,
  /** Without `appendfsync always`: effects are gathered until so many, or so long. */
  lazyEffectsBytes: 128 * 1024,
  lazyEffectsMs: 20,
  /** Answers gathered before they are handed to the socket. */
  turnOutputBytes: 1024 * 1024,
  /** Commands of one client in one turn; the others come in between. */
  commandsPerTurn: 10_000,
  /** Waiting for a TLS handshake, and for the first bytes before login. */
  handshakeMs: 10_000,
} as const;
