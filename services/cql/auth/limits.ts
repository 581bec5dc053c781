/** Limits of roles and logins. Sizes in bytes. */
export const authLimits = {
  /** Of a SASL answer. */
  tokenBytesMax: 8 * 1024,
  passwordBytesMax: 1024,
  roleNameBytesMax: 1024,
  /** Passwords that are checked at the same time: each takes 16 MiB. */
  checksAtOnce: 2,
  /** Logins that wait for that. */
  checksWaitingMax: 512,
  /** Logins whose password was right lately, so that a pool of connections costs one check. */
  provenMax: 1024,
  provenMs: 60_000,
  /** Failed logins of one address, at once and then each so often. */
  failuresAtOnce: 60,
  failureRestMs: 1000,
  addressesMax: 10_000,
  /** What is known of roles is read again after so long: another gateway may have changed it. As `permissions_validity_in_ms`. */
  validMs: 2000,
  rolesKept: 1000,
  /** Roles that one has, with those of those. */
  inheritedMax: 1000,
} as const;
