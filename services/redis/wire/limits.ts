/** Limits of the protocol. Sizes in bytes; the first four are Redis' own. */
export const wireLimits = {
  /** A line: inline commands, counts and lengths. */
  lineBytesMax: 64 * 1024,
  argumentsMax: 2 ** 31 - 1,
  /** Before login. */
  argumentsBeforeLogin: 10,
  bulkBytesBeforeLogin: 16 * 1024,
  /** One argument: the longest string V8 holds, 24 bytes below the 512 MiB of Redis. */
  bulkBytesMax: 536_870_888,
  /** What one connection may have sent of a command that is not complete, and of commands that wait. */
  queryBytesMax: 1024 * 1024 * 1024,
  /** A login with a password of 16 KiB, and what may be sent behind it. */
  queryBytesBeforeLogin: 24 * 1024,
  /** Holds that much, and what was consumed before it. */
  entryBufferBytes: 32 * 1024,
  /** Buffers kept for further connections. */
  entryBuffersKept: 1024,
  /** An argument longer than this is gathered in a buffer of its own. */
  largeBulkBytes: 32 * 1024,
  /** Which begins with this. */
  largeBulkStep: 256 * 1024,
} as const;
