/** Limits of what is read from connections. Sizes in bytes. */
export const wireLimits = {
  /** A first packet without its length; PostgreSQL's own limit. */
  startupBytesMax: 10_000,
  /** Names of roles and databases are cut to this length, as PostgreSQL does. */
  nameBytesMax: 63,
  /** A message of a client that has not logged in. Signed tokens of IAM have up to some 1,500 bytes. */
  loginMessageBytesMax: 8192,
  /** A message of the engine before its first ReadyForQuery: settings, notices of login triggers. */
  engineMessageBytesMax: 1024 * 1024,
  /** A longer notice is looked at as it passes, and cannot be kept from the client. */
  noticeBytesMax: 64 * 1024,
  /** As protocol 3.2 allows. */
  cancelKeyBytesMax: 256,
} as const;
