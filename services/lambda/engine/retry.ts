/**
 * When asynchronous invocations are tried again (developer guide, "How Lambda handles errors and retries with asynchronous invocation"): a
 * minute after the first error of the function and two after the second; after throttles and faults of our own from a second to five minutes.
 */
const backoffMsMin = 1000;
const backoffMsMax = 5 * 60_000;
const retryMs = [60_000, 120_000] as const;

/** @param attempts that failed one after the other, from 1 */
export const backoffMs = (attempts: number): number =>
  Math.min(backoffMsMax, backoffMsMin * 2 ** Math.min(attempts - 1, 16));

/** @param failures of the function so far, from 1 */
export const retryAfterMs = (failures: number): number => (failures <= 1 ? retryMs[0] : retryMs[1]);
