/** Limits of what is done for keys beside the calls. Milliseconds, counts. */
export const upkeepLimits = {
  /** Handles on one page of those that a custodian has. */
  pageHandlesMax: 256,
  schemeCharsMax: 64,
  /** Handles that one custodian lists and too few others, before a walk goes on without it. */
  unsharedMax: 1024,

  /** Keys that wait to be looked at; of more, the next call tells again. */
  noticedMax: 4096,
  /** From the first complaint to the first look: what is being refreshed settles by itself. */
  noticeMs: 250,
  retryMsMin: 1_000,
  retryMsMax: 300_000,
  attemptsMax: 10,
  /** A key that could not be helped, or wanted no help, is looked at again no sooner. */
  againMs: 5_000,
  hopelessMs: 3_600_000,
  /** Keys that this is remembered of. */
  rememberedMax: 8192,

  /** After a key, as many times its work is rested: in the course of a period, and when the operator asked. */
  restShare: 4,
  askedRestShare: 1,
  restMsMax: 10_000,
  /** So long is waited for a moment without calls, looking so often. */
  quietMsMax: 500,
  quietLookMs: 20,
  /** A walk that waits longer begins anew where it is. */
  walkMsMax: 60_000,
  /** For keys that were made since the last look. */
  looksPerPeriod: 16,
  /** The loop looks at the clock at least so often. */
  lookMsMax: 3_600_000,
  /** After one was replaced, the refresh of all keys waits so long for all custodians. */
  replacedWaitMs: 30_000,
  /** From a course that did not complete it to the next. */
  replacedAgainMsMin: 5_000,
  replacedAgainMsMax: 300_000,
  /** With too few custodians nothing is tried again before. */
  waitMs: 2_000,
} as const;
