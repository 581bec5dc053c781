/** Limits of the engine's process and of its connections. Sizes in bytes. */
export const processLimits = {
  readBufferBytes: 64 * 1024,
  /** Answers a client has not taken beyond which nothing more is read from it. */
  outputPauseBytes: 1024 * 1024,
  /** Effects that are not yet durable beyond which nothing is read from any client. */
  unsavedBytesMax: 64 * 1024 * 1024,
  /** While a batch of effects is on its way to being durable, more are gathered until so many. */
  gatheredEffectsBytes: 64 * 1024,
  /** Those who got their answers are waited for during this part of the time that a batch takes, or one millisecond. */
  gatherShare: 0.25,
  /** And so many of them, as a part of all: the last ones are not worth it. */
  returningShare: 0.9,
  /** Batches without waiting for anyone, after nobody came. */
  gatherRestMax: 64,
  /** Without `appendfsync always`: effects are gathered until so many, or so long. */
  lazyEffectsBytes: 128 * 1024,
  lazyEffectsMs: 20,
  /** Answers gathered before they are handed to the socket. */
  turnOutputBytes: 1024 * 1024,
  /** Commands of one client in one turn; the others come in between. */
  commandsPerTurn: 10_000,
  /** A connection must have made its TLS handshake, and logged in where it must, within this time. */
  handshakeMs: 10_000,
  /** TLS handshakes under way; each takes some tens of kilobytes. */
  handshakesMax: 384,
  /** A handshake that has taken so long is given up when another connection wants its place. */
  handshakeLeastMs: 2000,
  /** Connections that wait for their handshake to begin. */
  lobbyMax: 4096,
  /** Commands that are refused for want of a login before the connection is closed. */
  commandsBeforeLogin: 100,
  /** As `outputPauseBytes` and `turnOutputBytes`, before login. */
  outputBytesBeforeLogin: 16 * 1024,
  /** Commands that wait behind one that blocks, beyond which nothing more is read. */
  inputPauseBytes: 1024 * 1024,
  /** Part of the heap limit that the unread input and the output of all connections may take. */
  bufferedShare: 0.25,
  /** Connections that are looked at in one go while a script runs: more would slow the script down. */
  busyReadsPerPoll: 256,
  /** Bytes of a relayed connection, in one direction, that are on their way. */
  relayWindowBytes: 256 * 1024,
  /** Connections on their way to the engine's process, or relayed; `maxclients` counts after that. */
  arrivalsMax: 16_384,
  statsIntervalMs: 5000,
} as const;
