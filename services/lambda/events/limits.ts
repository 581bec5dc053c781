/** Everything of asynchronous invocations that can grow, and how long things take. */
export const eventLimits = {
  /** Unless the function is configured otherwise: retries of function errors, and how old an event may be. */
  retryAttemptsDefault: 2,
  eventAgeSecondsDefault: 21_600,
  /** Nothing is put off for longer: what is due later than this was written by a clock that has been set back, and is due now. */
  putOffMsMax: 10 * 60_000,
  /** Twice the same within it is once. */
  onceMs: 60 * 60_000,
  idempotencyKeyCharsMax: 2048,
  /** Invocations and deliveries of this gateway at once, and of one function or queue. */
  inFlightMax: 128,
  laneInFlightMax: 64,
  /** A function begins with so many; each success is one more. */
  laneInFlightFirst: 8,
  /** Names of events that a lane keeps in memory, and below how many it reads on. */
  laneReadyMax: 512,
  laneReadyLow: 128,
  /** How often what other gateways put is looked for. */
  lookEveryMs: 1000,
  /** Another gateway waits so long until it carries on with what one that died left. */
  leaseMs: 10_000,
  leaseRetryMs: 1000,
  /** Longest rest before what came of an event is written again, while the store refuses it. */
  writeRetryMsMax: 10_000,
  sweepEveryMs: 60_000,
  sweepBatch: 250,
  /** Of a dead letter's attribute. */
  errorMessageCharsMax: 1024,
} as const;
