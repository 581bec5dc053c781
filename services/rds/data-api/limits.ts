/** Limits of the Data API (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.limitations.html). */
export const dataLimits = {
  /** Of the records of one answer. */
  resultBytesMax: 1024 * 1024,
  statementTimeoutMs: 45_000,
  transactionIdleMs: 3 * 60_000,
  transactionMs: 24 * 3_600_000,
  /** A statement that goes on after its call was answered (`continueAfterTimeout`). */
  continuedMs: 24 * 3_600_000,
  sqlCharsMax: 64 * 1024,
  bodyBytesMax: 4 * 1024 * 1024,
  parametersMax: 1000,
  parameterSetsMax: 1000,
  arrayDepthMax: 8,
  connectionsPerInstance: 100,
  transactionsMax: 1000,
  /** Connections that nobody uses end after this, so that their instance can sleep. */
  connectionIdleMs: 10_000,
} as const;
