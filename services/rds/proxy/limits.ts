/** Limits of the proxy's process and of its connections. Sizes in bytes. */
const megabyte = 1024 * 1024;

export const proxyLimits = {
  heapBytes: 512 * megabyte,
  readBufferBytes: 64 * 1024,
  /** Unread bytes of somebody who logs in, beyond which nothing more is read; the largest message has room. */
  gatheredBytes: 16 * 1024,
  /** As PostgreSQL's authentication_timeout. */
  loginMs: 60_000,
  /** For an engine that sleeps or is restored: whoever connects waits so long. */
  wakeMs: 300_000,
  /** Connections that have not logged in. */
  lobbyMax: 512,
  /** One that has taken so long is given up when another wants its place. */
  lobbyLeastMs: 2000,
  /** For a client to take the last words. */
  lingerMs: 2000,
  /** For an answer on the connection of the administrator. */
  adminMs: 10_000,
  /** After a backend was signalled: it takes a moment to notice. */
  cancelWatchMs: 5000,
  /** Between reports of what connections are doing. */
  usageMs: 1000,
  /** Silence after which a client is asked whether it is still there. */
  keepAliveMs: 60_000,
  /** Sockets on their way to the process. */
  arrivalsMax: 4096,
} as const;
