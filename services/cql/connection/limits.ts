/** Limits of connections. Sizes in bytes, times in milliseconds. */
const megabyte = 1024 * 1024;

export const connectionLimits = {
  /** In all. */
  connectionsMax: 16_384,
  /** That have not logged in and are listened to, in all and of one address; who has taken long gives way when others wait. */
  guestsMax: 512,
  guestsOfAddressMax: 384,
  guestLeastMs: 2000,
  /** That wait to be listened to, in all and of one address. */
  waitingMax: 8192,
  waitingOfAddressMax: 4096,
  /** To start and log in; and to wait for that. */
  loginMs: 10_000,
  /** Requests of one connection before it has logged in. */
  requestsBeforeLogin: 32,
  /** What may come while its login is being checked. */
  bytesBeforeLogin: 32 * 1024,
  /** Requests of one connection that are worked on; beyond it nothing more is read from it. */
  inFlightMax: 1024,
  /** Bodies of those. */
  inFlightBytesMax: 32 * megabyte,
  /** Requests of one connection in one turn; others come in between. */
  requestsPerTurn: 128,
  /** Answers that a client has not taken beyond which nothing more is read from it. */
  outputPauseBytes: megabyte,
  /** What an answer is taken to have until some were given, and how much each one counts from then on. */
  answerBytesFirst: 8 * 1024,
  answerBytesShare: 0.125,
  /** Answers not taken beyond which the connection ends: events, and answers to what was asked before. */
  outputBytesMax: 512 * megabyte,
  /** Of whole and half requests in memory, of all connections: whoever comes to more loses the connection. */
  heldBytesMax: 512 * megabyte,
  /** A connection that holds less than this does not lose it for others' sake. */
  heldLeastBytes: 256 * 1024,
  /** For the rest of a request that has begun to come, and for a client to take any of its answers. */
  stallMs: 120_000,
  /** How often that is looked at. */
  sweepMs: 1000,
  /** Silence after which the system asks whether the other end is still there. */
  keepAliveMs: 60_000,
  /** For a client to take the last words. */
  lingerMs: 2000,
  /** Of what comes meanwhile; more is not read. */
  discardBytesMax: megabyte / 2,
  /** Pieces of answers that are put together before they are written. */
  joinBytesMax: 64 * 1024,
} as const;
