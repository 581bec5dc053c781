/** Keys as the tree sees them: pieces of 6 bits, highest first; the last is filled with zeros. */
export const nibbleBits = 6;
export const branchWidth = 64;

export const nibbleCount = (keyBytes: number): number => Math.ceil((8 * keyBytes) / nibbleBits);

export function nibblesOf(key: Uint8Array): number[] {
  return Array.from({ length: nibbleCount(key.length) }, (_, index) => {
    const bit = nibbleBits * index;
    const at = bit >> 3;
    const window = (key[at]! << 8) | (key[at + 1] ?? 0);
    return (window >> (16 - nibbleBits - (bit & 7))) & 63;
  });
}
