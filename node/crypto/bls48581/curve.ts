/**
 * The operations of BLS48-581 that commitments, signatures and their verifiers are built on. Two implementations: the
 * WebAssembly kernel, used everywhere, and a plain one in big integers, the oracle of the tests. Runs in browsers too:
 * bytes are `Uint8Array`, no Node.js built-in is imported.
 *
 * Curve (pairing-friendly family BLS, embedding degree 48; draft-irtf-cfrg-pairing-friendly-curves): E: y^2 = x^3 + 1 over
 * Fp, twist over Fp8, groups of prime order r (518 bits).
 *
 * Elements are opaque and immutable; two elements of one implementation are equal exactly when their bytes are. They may
 * be kept on a disk of the same machine, together with the name of the implementation (`Curve.name`).
 */

declare const g1Brand: unique symbol;
declare const g2Brand: unique symbol;
declare const preparedBrand: unique symbol;

/** An element of the subgroup G1, the identity included: never one that was not checked. */
export type G1 = Uint8Array & { readonly [g1Brand]: true };
/** An element of the subgroup G2, the identity included. */
export type G2 = Uint8Array & { readonly [g2Brand]: true };
/** An element of G2 with the lines of its Miller loop. */
export interface PreparedG2 {
  readonly [preparedBrand]: true;
}

/** Encoded lengths in bytes. Compressed: tag ‖ coordinates, big-endian, as in the reference protocol. */
export const curveSizes = {
  field: 73,
  g1: 74,
  g2: 585,
  scalar: 73,
} as const;

/** Order of the groups. */
export const scalarOrder =
  0x2386f8a925e2885e233a9ccc1615c0d6c635387a3f0b3cbe003fad6bc972c2e6e741969d34c4c92016a85c7cd0562303c4ccbe599467c24da118a5fe6fcd671c01n;

/** Multiplication of fixed points, with tables. */
export interface FixedBases {
  /** Number of points. */
  readonly length: number;
  /** Sum of scalars[i] * base[i]; undefined counts as zero. Scalars are reduced, not negative. */
  sum(scalars: readonly (bigint | undefined)[]): G1;
  /** start + sum of scalar * base[index] over the entries: a commitment of which some values changed. */
  addTo(start: G1, entries: readonly { readonly index: number; readonly scalar: bigint }[]): G1;
}

export interface Curve {
  readonly name: 'wasm' | 'plain';
  readonly g1: G1;
  readonly g2: G2;
  readonly g1Identity: G1;

  /**
   * 74 bytes: 0x02 (even y) or 0x03 (odd y) ‖ x. Strict: x below p, on the curve, in the subgroup; the identity is
   * 0x00 ‖ 73 zero bytes (our own rule: the reference has no usable one).
   * @returns undefined for anything else
   */
  decodeG1(bytes: Uint8Array): G1 | undefined;
  encodeG1(point: G1): Uint8Array;
  /** 585 bytes: tag (sign of y) ‖ 8 coordinates of x, most nested first. Strict as `decodeG1`; the identity is refused. */
  decodeG2(bytes: Uint8Array): G2 | undefined;
  encodeG2(point: G2): Uint8Array;

  isIdentity(point: G1): boolean;
  addG1(left: G1, right: G1): G1;
  negateG1(point: G1): G1;
  /** Scalar in [0, r). Not constant time: for public scalars. */
  multiplyG1(point: G1, scalar: bigint): G1;
  /** For secret scalars: the sequence of field operations and of memory accesses does not depend on the scalar. */
  multiplyG1Secret(point: G1, scalar: bigint): G1;
  /** Sum of scalars[i] * points[i]. Public scalars. */
  multiSumG1(points: readonly G1[], scalars: readonly bigint[]): G1;
  fixedBases(points: readonly G1[]): FixedBases;

  addG2(left: G2, right: G2): G2;
  negateG2(point: G2): G2;
  multiplyG2(point: G2, scalar: bigint): G2;
  /** secret * generator, as `multiplyG1Secret`. */
  publicKey(secret: bigint): G2;

  prepareG2(point: G2): PreparedG2;
  /** Whether the product of the pairings e(g1, g2) is one. */
  pairingProductIsOne(pairs: readonly { readonly g1: G1; readonly g2: PreparedG2 }[]): boolean;
  /** The value of the product of pairings, in the reference's encoding (48 coordinates of 73 bytes). For vectors. */
  pairingProduct(pairs: readonly { readonly g1: G1; readonly g2: PreparedG2 }[]): Uint8Array;
  /** RFC 9380: expand_message_xmd with SHA-512, SVDW, two elements of 105 bytes. @param domain the DST */
  hashToG1(message: Uint8Array, domain: string): G1;
}
