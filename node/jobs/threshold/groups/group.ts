/**
 * Groups of prime order, as threshold protocols use them. Elements are bytes in the group's canonical encoding throughout: they
 * travel, are hashed and are compared as such. The identity is no element here: it never appears in an honest run, and an operation
 * whose result it would be throws.
 */

export type GroupName = 'ristretto255' | 'ed25519' | 'secp256k1' | 'p256' | 'p384' | 'p521';

export interface Term {
  readonly element: Uint8Array;
  /** Of either sign; public. */
  readonly factor: bigint;
}

export interface Group {
  readonly name: GroupName;
  readonly order: bigint;
  readonly scalarBytes: number;
  readonly elementBytes: number;
  /** In [0, order), in the byte order of the group's standard. */
  encodeScalar(scalar: bigint): Uint8Array;
  /** @throws RangeError when it is not canonical */
  decodeScalar(bytes: Uint8Array): bigint;
  /** Whether these are the canonical bytes of an element of the prime-order group, and not the identity. */
  isElement(bytes: Uint8Array): boolean;
  /** Secret scalar in [1, order). @throws RangeError for 0 */
  baseMultiply(scalar: bigint): Uint8Array;
  /** Secret scalar in [1, order). */
  multiply(element: Uint8Array, scalar: bigint): Uint8Array;
  /** Public scalar in [1, order): may be faster, and take a time that depends on it. */
  multiplyPublic(element: Uint8Array, scalar: bigint): Uint8Array;
  /** @throws RangeError when the result is the identity */
  add(left: Uint8Array, right: Uint8Array): Uint8Array;
  negate(element: Uint8Array): Uint8Array;
  /** The sum of factor * element; factors may be any size and are reduced, small ones are cheap. @throws RangeError for the identity */
  combine(terms: readonly Term[]): Uint8Array;
}

/** In [0, order). */
export function modulo(value: bigint, order: bigint): bigint {
  const rest = value % order;
  return rest < 0n ? rest + order : rest;
}

/** Of a number that is not 0, modulo a prime. Public numbers only: its time depends on them. */
export function invert(value: bigint, order: bigint): bigint {
  let [a, b] = [modulo(value, order), order];
  if (a === 0n) throw new RangeError('0 has no inverse');
  let [x, y] = [1n, 0n];
  while (a > 1n) {
    const quotient = b / a;
    [b, a] = [a, b - quotient * a];
    [y, x] = [x, y - quotient * x];
  }
  return modulo(x, order);
}

/** Uniform in [1, order) but for 2^-128. */
export function randomScalar(group: Group, random: { bytes(length: number): Uint8Array }): bigint {
  const bytes = random.bytes(group.scalarBytes + 16);
  const scalar = BigInt(`0x${Buffer.from(bytes).toString('hex')}`) % group.order;
  return scalar === 0n ? 1n : scalar;
}
