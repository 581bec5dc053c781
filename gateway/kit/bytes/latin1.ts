/**
 * Byte strings of one character per byte. Node's buffers have direct methods for them, several times quicker than `toString`
 * and `write` with the name of an encoding; they are stable but not in the type definitions.
 */
declare global {
  interface Buffer {
    latin1Slice(start?: number, end?: number): string;
    latin1Write(text: string, offset?: number, length?: number): number;
  }
}

/** The bytes of a text in UTF-8 as a byte string. */
export function utf8(text: string): string {
  return Buffer.from(text, 'utf8').latin1Slice();
}
