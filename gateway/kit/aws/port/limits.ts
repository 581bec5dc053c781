/** Limits of the AWS port. */

/** Request line and headers together; S3 itself allows 8 KB of headers, long presigned URLs come on top. */
export const headerBytesMax = 32 * 1024;
export const headerFieldsMax = 200;
/** Time for a request's headers to arrive. Bodies have their own idle limit, since an upload may take hours. */
export const headersTimeoutMs = 30_000;
export const keepAliveTimeoutMs = 75_000;
/** How often Node looks for connections past their timeouts. */
export const timeoutCheckMs = 5_000;
/** A response whose reader takes nothing for this long is given up. */
export const writeIdleMs = 60_000;
/** Largest collected body where the operation's row names no limit. */
export const collectedBodyBytesMax = 1024 * 1024;
/** An unread request body up to this length is read and dropped, so that the connection can be used again. */
export const drainBytesMax = 256 * 1024;
/** With a longer one the connection closes, after reading on a little: closing at once would reset it, and the client would lose the answer. */
export const lingerBytesMax = 8 * 1024 * 1024;
export const lingerMs = 2_000;
/** Request ids made from one draw of randomness. */
export const requestIdsPerDraw = 512;
/** Largest piece given to a socket at once from a whole body in memory. */
export const writePieceBytesMax = 1024 * 1024;
/** First byte of a TLS handshake record (RFC 8446 section 5.1). */
export const tlsHandshakeByte = 0x16;
