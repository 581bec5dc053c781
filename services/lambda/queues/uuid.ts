/** Random UUIDs (RFC 9562, version 4) out of the randomness that is given. */

/** @param bytes 16 random ones */
export function uuidOf(bytes: Uint8Array): string {
  const own = Buffer.from(bytes);
  own[6] = (own[6]! & 0x0f) | 0x40;
  own[8] = (own[8]! & 0x3f) | 0x80;
  const text = own.toString('hex');
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`;
}
