/** Everything of invocations that can grow. Sizes in bytes unless the name says otherwise; AWS's own where AWS has one. */
const hourMs = 3_600_000;

export const invokeLimits = {
  /** `X-Amz-Client-Context`, decoded. */
  clientContextBytesMax: 3583,
  traceIdCharsMax: 1024,
  /** Times that one chain of requests may invoke one function. */
  lineageInvocationsMax: 16,
  /** Functions of a chain that are remembered. */
  lineageEntriesMax: 32,
  /** An idle environment stands still after so long: handlers often end with work that is just about to finish. */
  freezeAfterMs: 500,
  idleMs: 10 * 60_000,
  upkeepMs: 10_000,
  /** An environment that takes longer to start no longer keeps others from starting. */
  startTurnMs: 1000,
  /** Good for the time that an environment lives. */
  credentialsMs: 12 * hourMs,
  /** An invocation that begins has its longest time, and this, before its credentials end. */
  credentialsMarginMs: 5 * 60_000,
  /** After an environment of provisioned concurrency failed to start. */
  provisionRetryMs: 60_000,
  throttleRetrySeconds: 1,
  /** Records of invocations are written together after at most so long: what a crash may lose. */
  recordDelayMs: 200,
  /** Sealing and applying one record takes a tenth of a millisecond: longer transactions would keep calls waiting. */
  recordsPerTransaction: 64,
  /** Records that could not be written yet; beyond, nothing is invoked. */
  recordsWaitingMax: 20_000,
  recordRetryMs: 1000,
  recordsKeptMs: 30 * 24 * hourMs,
  /** In one transaction of a sweep. */
  recordsSweptAtOnce: 128,
} as const;
