/** @param text 64 hex digits. @throws RangeError */
export function parseTrustRoot(text: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new RangeError('the trust root has 64 hex digits');
  return Uint8Array.from({ length: 32 }, (_, at) => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16));
}
