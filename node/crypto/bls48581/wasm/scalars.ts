/** Scalars as digits. Public scalars only, but for `secretBytes`. */
import { scalarOrder } from '../curve.ts';
import { seed } from './numbers.ts';

/** @throws RangeError unless the scalar is in [0, r) */
export function checkScalar(scalar: bigint): bigint {
  if (scalar < 0n || scalar >= scalarOrder) throw new RangeError('a scalar outside [0, r)');
  return scalar;
}

/** 72 bytes, little-endian. */
export function scalarBytes(scalar: bigint): Uint8Array {
  const view = new DataView(new ArrayBuffer(72));
  let rest = scalar;
  for (let offset = 0; offset < 72; offset += 8) {
    view.setBigUint64(offset, BigInt.asUintN(64, rest), true);
    rest >>= 64n;
  }
  return new Uint8Array(view.buffer);
}

const seed8 = seed ** 8n;

/**
 * k = low + high * seed^8, both below seed^8 (259 bits): seed^8 is the eigenvalue of G1's endomorphism (Gallant, Lambert and
 * Vanstone 2001), and r < seed^16.
 */
export function splitByEndomorphism(scalar: bigint): readonly [low: bigint, high: bigint] {
  const high = scalar / seed8;
  return [scalar - high * seed8, high];
}

/**
 * k = sum of digit_i * x^i with 16 digits below the seed s: psi acts on G2 as x = -s. (-1)^i is left to the caller, who negates
 * the odd powers: k = sum of digit_i * s^i.
 */
export function splitBySeed(scalar: bigint): readonly bigint[] {
  const digits: bigint[] = [];
  let rest = scalar;
  for (let index = 0; index < 16; index++) {
    digits.push(rest % seed);
    rest /= seed;
  }
  return digits;
}

/** Up to 16 bits from a position; zeros behind the end. */
function bitsAt(bytes: Uint8Array, position: number, count: number): number {
  const index = position >> 3;
  const word = (bytes[index] ?? 0) | ((bytes[index + 1] ?? 0) << 8) | ((bytes[index + 2] ?? 0) << 16);
  return (word >> (position & 7)) & ((1 << count) - 1);
}

/**
 * Signed digits of `bits` bits: in [-2^(bits-1), 2^(bits-1)], lowest first.
 * @param target called with (window, digit) for each digit, zeros included
 */
export function signedWindows(
  scalar: bigint,
  bits: number,
  windows: number,
  target: (window: number, digit: number) => void,
): void {
  const bytes = scalarBytes(scalar);
  let carry = 0;
  for (let window = 0; window < windows; window++) {
    const value = bitsAt(bytes, window * bits, bits) + carry;
    carry = value > 1 << (bits - 1) ? 1 : 0;
    target(window, value - (carry << bits));
  }
  if (carry !== 0 || scalar >> BigInt(bits * windows) !== 0n) {
    throw new RangeError('a scalar with more digits than windows');
  }
}

/** Digits of the width-5 non-adjacent form, odd and below 16: calls target for those that are not zero. */
export function nonAdjacentForm(scalar: bigint, target: (position: number, digit: number) => void): void {
  const bytes = scalarBytes(scalar);
  let carry = 0;
  const end = 8 * bytes.length;
  for (let position = 0; position < end; ) {
    if (bitsAt(bytes, position, 1) === carry) {
      position++;
      continue;
    }
    const value = bitsAt(bytes, position, 5) + carry;
    carry = value >> 4;
    target(position, value - (carry << 5));
    position += 5;
  }
}

export const bitLength = (value: bigint): number => (value === 0n ? 0 : value.toString(2).length);

/** 65 bytes, little-endian; the number of steps does not depend on the value. */
export function secretBytes(scalar: bigint): Uint8Array {
  return scalarBytes(checkScalar(scalar)).subarray(0, 65);
}
