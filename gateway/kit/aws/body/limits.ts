/** Limits of request bodies. */

/** Longest line with a chunk's size and signature. Real ones are under 100 bytes. */
export const chunkLineBytesMax = 256;
/** Hexadecimal digits of a chunk size: 2^52 - 1 stays an exact number. */
export const chunkSizeDigitsMax = 13;
/** S3 allows only the last chunk to be smaller. */
export const chunkBytesMin = 8192;
/** Longest trailing header line, and the most of them. */
export const trailerLineBytesMax = 1024;
export const trailersMax = 8;
/** Decoded bytes waiting for the reader before the sender is held back; it goes on at half of this. */
export const queuedBytesMax = 512 * 1024;
/** A body that stands still for this long is given up. */
export const bodyIdleMs = 30_000;
/** How often standing transfers are looked for, as a part of the idle time. */
export const idleChecks = 4;
