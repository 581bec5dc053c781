/**
 * The CRC of a whole from the CRCs of its parts, without the bytes.
 *
 * For CRCs whose initial value equals their final XOR, crc(A ‖ B) = crc(A) · x^(8 |B|) + crc(B) over GF(2) modulo the
 * polynomial (M. Adler's crc32_combine in zlib; the derivation is in Williams, "A Painless Guide to CRC", section 10).
 * Values are reflected: the highest bit is the coefficient of x^0. 64-bit values are held as two 32-bit halves, since
 * a CompleteMultipartUpload of 10,000 parts combines 10,000 of them.
 */
import { CHECKSUM_BYTES, type CrcAlgorithm } from './algorithms.ts';

export interface ChecksummedPart {
  readonly digest: Uint8Array;
  /** Bytes of the part. */
  readonly length: number;
}

/** [upper, lower] half; 32-bit CRCs stand in the upper half with a polynomial whose lower half is zero. */
type Value = readonly [high: number, low: number];

interface Field {
  readonly polynomial: Value;
  /** x^(2^k) for k = 0 … 63: enough for any length. */
  readonly powers: readonly Value[];
}

const ONE: Value = [0x80000000, 0];
const X: Value = [0x40000000, 0];

const FIELDS: Readonly<Record<CrcAlgorithm, Field>> = {
  CRC32: fieldOf([0xedb88320, 0]),
  CRC32C: fieldOf([0x82f63b78, 0]),
  CRC64NVME: fieldOf([0x9a6c9329, 0xac4bc9b5]),
};

/** @returns the digest of all parts' bytes one after the other; no parts are the digest of nothing */
export function combineCrcs(algorithm: CrcAlgorithm, parts: Iterable<ChecksummedPart>): Uint8Array {
  const field = FIELDS[algorithm];
  const bytes = CHECKSUM_BYTES[algorithm];
  let total: Value = [0, 0];
  // Parts of one upload mostly have one length.
  let length = -1;
  let shift: Value = ONE;
  for (const part of parts) {
    if (part.digest.byteLength !== bytes) throw new RangeError(`a ${algorithm} digest has ${bytes} bytes`);
    if (part.length !== length) {
      length = part.length;
      shift = powerOfX(field, length);
    }
    const value = read(part.digest);
    const [high, low] = multiply(field, shift, total);
    total = [(high ^ value[0]) >>> 0, (low ^ value[1]) >>> 0];
  }
  return write(total, bytes);
}

function fieldOf(polynomial: Value): Field {
  const powers: Value[] = [X];
  const field = { polynomial, powers };
  while (powers.length < 64) {
    const last = powers[powers.length - 1]!;
    powers.push(multiply(field, last, last));
  }
  return field;
}

/** x^(8 n) */
function powerOfX(field: Field, n: number): Value {
  if (!Number.isSafeInteger(n) || n < 0) throw new RangeError('a length is a whole number of bytes');
  let result = ONE;
  let rest = n;
  for (let k = 3; rest > 0; k++) {
    if (rest % 2 === 1) result = multiply(field, field.powers[k]!, result);
    rest = Math.floor(rest / 2);
  }
  return result;
}

/** a · b: b is multiplied by x step by step, and added where a has the power. */
function multiply({ polynomial }: Field, a: Value, b: Value): Value {
  let [aHigh, aLow] = a;
  let [bHigh, bLow] = b;
  let high = 0;
  let low = 0;
  while (aHigh !== 0 || aLow !== 0) {
    if (aHigh & 0x80000000) {
      high ^= bHigh;
      low ^= bLow;
    }
    aHigh = ((aHigh << 1) | (aLow >>> 31)) >>> 0;
    aLow = (aLow << 1) >>> 0;
    // A 32-bit value leaves through the lower half's top; its polynomial has no lower half.
    const carry = polynomial[1] === 0 ? bHigh & 1 : bLow & 1;
    bLow = polynomial[1] === 0 ? 0 : ((bLow >>> 1) | (bHigh << 31)) >>> 0;
    bHigh >>>= 1;
    if (carry) {
      bHigh = (bHigh ^ polynomial[0]) >>> 0;
      bLow = (bLow ^ polynomial[1]) >>> 0;
    }
  }
  return [high >>> 0, low >>> 0];
}

function read(digest: Uint8Array): Value {
  const view = new DataView(digest.buffer, digest.byteOffset, digest.byteLength);
  return [view.getUint32(0), digest.byteLength === 8 ? view.getUint32(4) : 0];
}

function write(value: Value, bytes: number): Uint8Array {
  const digest = new Uint8Array(bytes);
  const view = new DataView(digest.buffer);
  view.setUint32(0, value[0]);
  if (bytes === 8) view.setUint32(4, value[1]);
  return digest;
}
