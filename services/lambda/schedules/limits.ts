/** Limits of EventBridge Scheduler with AWS's numbers (API reference, quotas), and our own of the runner. */
export const scheduleLimits = {
  nameCharsMax: 64,
  expressionCharsMax: 256,
  zoneCharsMax: 50,
  descriptionCharsMax: 512,
  arnCharsMax: 1600,
  tokenCharsMax: 64,
  /** Of a message group. */
  groupIdCharsMax: 128,
  /** Bytes of a target's input. */
  inputBytesMax: 256 * 1024,
  bodyBytesMax: 1024 * 1024,
  windowMinutesMax: 1440,
  attemptsMax: 185,
  attemptsDefault: 185,
  ageSecondsMin: 60,
  ageSecondsMax: 86_400,
  ageSecondsDefault: 86_400,
  tagsMax: 50,
  tagKeyCharsMax: 128,
  tagValueCharsMax: 256,
  pageMax: 100,
  /** A start that is earlier than this before now is refused. */
  startPastMs: 5 * 60_000,
  /** AWS promises no more than the minute: what is due in the one that has begun is still to come. */
  precisionMs: 60_000,
  /** How long a token of a client stands for its first call. */
  tokenMs: 8 * 3_600_000,
  /** Between looks at what is due. */
  tickMs: 1000,
  dueBatch: 256,
  parallelFirings: 8,
  /** Of a dead letter's attribute. */
  errorMessageCharsMax: 1024,
  retryDelayMs: 1000,
  retryDelayMaxMs: 5 * 60_000,
  sweepIntervalMs: 3_600_000,
  sweepRows: 256,
} as const;
