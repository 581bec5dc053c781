/**
 * Ids of stream entries: `milliseconds-sequence`, both unsigned 64-bit. A part is a number while that is exact (below 2^53,
 * as all are that a clock made) and a bigint beyond; JavaScript compares the two with each other exactly, so the usual case
 * never touches a bigint.
 */

/** A number when it is a safe integer, else a bigint: never the other way round, so `===` is equality. */
export type U64 = number | bigint;

const u64Max = 2n ** 64n - 1n;
const safeMax = Number.MAX_SAFE_INTEGER;
/** Longest text that is read as an id. */
const idCharsMax = 127;

export function canonical(value: bigint): U64 {
  return value <= safeMax && value >= -safeMax ? Number(value) : value;
}

/** `a + b` modulo 2^64. @param b may be negative */
export function wrappingAdd(a: U64, b: U64): U64 {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (sum >= 0 && sum <= safeMax) return sum;
  }
  return canonical(BigInt.asUintN(64, BigInt(a) + BigInt(b)));
}

/** `a - b` as a signed 64-bit number. */
export function wrappingSubtract(a: U64, b: U64): U64 {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return canonical(BigInt.asIntN(64, BigInt(a) - BigInt(b)));
}

export class StreamId {
  readonly ms: U64;
  readonly seq: U64;

  constructor(ms: U64, seq: U64) {
    this.ms = ms;
    this.seq = seq;
  }

  /** Negative, 0 or positive. */
  compare(other: StreamId): number {
    if (this.ms !== other.ms) return this.ms < other.ms ? -1 : 1;
    if (this.seq !== other.seq) return this.seq < other.seq ? -1 : 1;
    return 0;
  }

  equals(other: StreamId): boolean {
    return this.ms === other.ms && this.seq === other.seq;
  }

  get isZero(): boolean {
    return this.ms === 0 && this.seq === 0;
  }

  /** The id right after; undefined after the last. */
  next(): StreamId | undefined {
    if (this.seq !== maxPart) return new StreamId(this.ms, wrappingAdd(this.seq, 1));
    if (this.ms !== maxPart) return new StreamId(wrappingAdd(this.ms, 1), 0);
    return undefined;
  }

  /** The id right before; undefined before the first. */
  previous(): StreamId | undefined {
    if (this.seq !== 0) return new StreamId(this.ms, wrappingAdd(this.seq, -1));
    if (this.ms !== 0) return new StreamId(wrappingAdd(this.ms, -1), maxPart);
    return undefined;
  }

  toString(): string {
    return `${this.ms}-${this.seq}`;
  }
}

export const maxPart: U64 = u64Max;
export const zeroId = new StreamId(0, 0);
export const maxId = new StreamId(maxPart, maxPart);

/** Decimal digits of an unsigned 64-bit number between two places of a text. Leading zeros are accepted, as Redis does. */
function parsePart(text: string, from: number, to: number): U64 | undefined {
  if (from >= to) return undefined;
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  if (value <= safeMax) return value;
  const exact = BigInt(text.slice(from, to));
  return exact > u64Max ? undefined : canonical(exact);
}

/**
 * `ms-seq` or `ms`.
 * @param missingSeq what stands for a sequence that is left out
 * @returns undefined when the text is none
 */
export function parseId(text: string, missingSeq: U64): StreamId | undefined {
  if (text.length > idCharsMax) return undefined;
  const dash = text.indexOf('-');
  const ms = parsePart(text, 0, dash < 0 ? text.length : dash);
  if (ms === undefined) return undefined;
  if (dash < 0) return new StreamId(ms, missingSeq);
  const seq = parsePart(text, dash + 1, text.length);
  return seq === undefined ? undefined : new StreamId(ms, seq);
}

/** The milliseconds of `ms-*`. @returns undefined when the text has another form */
export function parseAutoSeq(text: string): U64 | undefined {
  if (text.length > idCharsMax || !text.endsWith('-*')) return undefined;
  return parsePart(text, 0, text.length - 2);
}
