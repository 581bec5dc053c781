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
/** When the kill falls, in milliseconds after the load began. */
export const killAfterMsMin = 150;
export const killAfterMsMax = 4000;
/** Share of loops in which the gateway is killed a second time while it recovers. */
export const killInRecoveryShare = 0.2;
export const bucket = 'soak';
/** The data directory stays under `factor` times the live bytes plus `slack` (log segments, files not yet collected). */
export const directoryBytesFactor = 3;
export const directoryBytesSlack = 1024 * 1024 * 1024;
