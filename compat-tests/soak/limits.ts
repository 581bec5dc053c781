/** Sizes of the kill loop. */

/** Callers that each keep one request in flight. */
export const workers = 32;
/** Keys that one worker owns: it alone writes them, one request at a time. */
export const smallKeysPerWorker = 18;
export const largeKeysPerWorker = 3;
export const smallBytesMax = 64 * 1024;
export const largeBytesMin = 100 * 1024;
export const largeBytesMax = 20 * 1024 * 1024;
/** S3's smallest part that is not the last. */
export const partBytes = 5 * 1024 * 1024;
export const counters = 4;
/** Further callers that each write a key of their own, have it proven, and so on; those keys are theirs alone. */
export const provers = 3;
/** Inline, one chunk, and several. */
export const provenBytesMax = 20 * 1024 * 1024;
/** Of the gateway: several frames fall into a load. */
export const frameInterval = '300ms';
/** Keys that are proven after each restart. */
export const keysProvenAfterRestart = 6;
/** How long the first frame after a restart may take. */
export const frameWaitMs = 60_000;
/** When the kill falls, in milliseconds after the load began. */
export const killAfterMsMin = 150;
export const killAfterMsMax = 4000;
/** Share of loops in which the gateway is killed a second time while it recovers. */
export const killInRecoveryShare = 0.2;
export const bucket = 'soak';
/**
 * Bound of the data directory after the last loop: `factor` times the live bytes plus `slack` (log segments, files not yet
 * collected). A gateway killed every few seconds may not get to collecting: it is left alone this long to come under it.
 */
export const directoryBytesFactor = 3;
export const directoryBytesSlack = 1024 * 1024 * 1024;
export const directoryWaitMs = 120_000;
