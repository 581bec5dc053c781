/** Limits of sessions. Sizes in bytes, times in milliseconds. */
export const sessionLimits = {
  sessionNameCharsMax: 128,
  /** Rows of a description that say which circuits run, in order. */
  runRowsMax: 1024,
  runsMax: 2 ** 32 - 1,

  /** Frames before the parties know each other; the largest is 261 bytes. */
  handshakeFrameBytesMax: 320,
  handshakeMs: 10_000,
  /** Connections to one listener that have not shown who they are. */
  strangersMax: 64,
  strangersPerAddressMax: 16,
  connectionsMax: 1024,

  /** Plaintext of one record. */
  recordBytesMax: 65536,
  /**
   * Records under one key. With records of 64 KiB these are 2^32 blocks: the advantage of whoever tells AES-GCM from a random
   * function stays under 2^-64 (compare RFC 8446, section 5.5).
   */
  recordsPerKey: 2 ** 20,
  messageBytesMax: 2 ** 30,
  /** What a party may send that the other has not asked for yet; then its sending waits. Protocols in which both sides send first and then receive must stay below. */
  unreadBytesMax: 32 * 1024 * 1024,
  /** Handed to the stream and not sent; then `send` waits. */
  unsentBytesMax: 1 * 1024 * 1024,
  controlsMax: 16,
  controlBytesMax: 8 * 1024,
  abortTextBytesMax: 256,
  /** Of a run: bytes beside the circuit that all parties have to have alike. */
  contextBytesMax: 64 * 1024,

  /** Silence of the other party after which it counts as gone. */
  idleMs: 60_000,
  /** Until all parties of a session are connected. */
  meetMs: 60_000,
  totalMs: 60 * 60_000,
  timeMsMin: 10,
  /** Longest time that the runtime's timers can wait. */
  timeMsMax: 2 ** 31 - 1,
  /** How long a connection that ends waits for the other side to have read what was sent. */
  lingerMs: 2_000,
  retryMsMin: 20,
  retryMsMax: 1_000,

  /** Bytes on their way through a message port. */
  portWindowBytes: 4 * 1024 * 1024,
  /** How long a party in a thread or process has to end by itself once it was asked to. */
  partyEndMs: 5_000,
} as const;
