/**
 * Finds repetitions for LZ4 and Snappy: greedy, with a table of the last place of each four bytes. Both look back 64 KiB at most.
 * Source: Y. Collet, "LZ4 Block Format Description", whose rules about the last bytes do no harm in Snappy.
 */

/** Takes what was found, in order. */
export interface SequenceSink {
  /** Bytes as they are, then `matchBytes` that stand `offset` before. */
  sequence(
    source: Uint8Array,
    literalFrom: number,
    literalTo: number,
    offset: number,
    matchBytes: number,
  ): void;
}

const tableBits = 13;
const matchBytesMin = 4;
const offsetMax = 65_535;
/** No match begins in the last so many bytes, and none goes on to the last five. */
const noMatchBytes = 12;
const lastLiterals = 5;
/** After so many misses, as a power of two, steps become longer: what cannot be packed is passed quickly. */
const skipBits = 6;
const placeMax = 0x3fff_ffff;

/** Places count on from one call to the next, so that the table need not be emptied. */
const table = new Int32Array(1 << tableBits);
let origin = 1;

/** @returns where the literals begin that are left over at the end */
export function findMatches(source: Uint8Array, sink: SequenceSink): number {
  const end = source.length;
  if (origin + end > placeMax) {
    table.fill(0);
    origin = 1;
  }
  const base = origin;
  origin += end;
  const lastStart = end - noMatchBytes;
  const matchEnd = end - lastLiterals;
  let literalFrom = 0;
  let at = 0;
  let misses = 1 << skipBits;
  while (at <= lastStart) {
    const word = source[at]! | (source[at + 1]! << 8) | (source[at + 2]! << 16) | (source[at + 3]! << 24);
    const slot = Math.imul(word, 0x9e3779b1) >>> (32 - tableBits);
    const earlier = table[slot]! - base;
    table[slot] = base + at;
    const isMatch =
      earlier >= 0 &&
      at - earlier <= offsetMax &&
      source[earlier] === source[at] &&
      source[earlier + 1] === source[at + 1] &&
      source[earlier + 2] === source[at + 2] &&
      source[earlier + 3] === source[at + 3];
    if (!isMatch) {
      at += misses++ >> skipBits;
      continue;
    }
    let matched = matchBytesMin;
    while (at + matched < matchEnd && source[earlier + matched] === source[at + matched]) matched++;
    sink.sequence(source, literalFrom, at, at - earlier, matched);
    at += matched;
    literalFrom = at;
    misses = 1 << skipBits;
  }
  return literalFrom;
}
