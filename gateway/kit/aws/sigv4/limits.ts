/** Limits of signature checking; the figures are AWS's own where it publishes one. */

/** Largest difference between the time a request was signed and ours. */
export const clockSkewMsMax = 15 * 60 * 1000;
/** A presigned URL lives at most seven days. */
export const presignExpirySecondsMax = 7 * 24 * 3600;
/** Derived signing keys kept, in each of two generations. One client uses one per day, region and service. */
export const signingKeysMax = 1024;
/** Longest Authorization value read. */
export const authorizationBytesMax = 8 * 1024;
/** Most headers a signature may name. */
export const signedHeadersMax = 128;
/** Longest access key id looked up. */
export const accessKeyIdCharsMax = 128;
/** Longest canonical request shown in an error document; the rest is cut. */
export const canonicalRequestShownMax = 16 * 1024;
