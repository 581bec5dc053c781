/**
 * Continuation tokens: opaque to clients. Inside: a version marker and the last key or common prefix of the page before,
 * in base64url. Changing one only starts the listing elsewhere in the same bucket.
 */
const version = 1;

export function encodeToken(last: Uint8Array): string {
  const bytes = Buffer.allocUnsafe(last.length + 1);
  bytes[0] = version;
  bytes.set(last, 1);
  return bytes.toString('base64url');
}

/** @returns undefined for text that this service did not make */
export function decodeToken(token: string): Uint8Array | undefined {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length < 2 || bytes[0] !== version || bytes.toString('base64url') !== token) return undefined;
  return bytes.subarray(1);
}
