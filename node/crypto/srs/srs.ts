/**
 * Structured reference strings: multiples of the generators by powers of a secret tau that nobody knows.
 *
 * What a width of N needs: [tau]G2 to verify, and the Lagrange basis [L_i(tau)]G1 of N points to prove. Its hash names it in
 * proofs and in the genesis document: SHA-256 of the label, N as u32 big-endian, [tau]G1 and [tau]G2 compressed. The basis
 * follows from tau, so it is not hashed; `checkSrs` tells whether it belongs to them.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import type { Curve, G1, G2 } from '../bls48581/index.ts';

export interface Srs {
  /** N, a power of two. */
  readonly width: number;
  readonly tauG1: G1;
  readonly tauG2: G2;
  readonly lagrange: readonly G1[];
}

/** What a ceremony or the reference protocol publishes. */
export interface PowersOfTau {
  /** tau^0, tau^1, … times the generator. */
  readonly g1: readonly G1[];
  /** At least two. */
  readonly g2: readonly G2[];
}

const label = new TextEncoder().encode('hypergate/srs/v1');

/** @param encoded compressed points */
export function srsHashOf(width: number, encoded: { tauG1: Uint8Array; tauG2: Uint8Array }): Uint8Array {
  const count = new Uint8Array(4);
  new DataView(count.buffer).setUint32(0, width);
  return sha256(concatBytes(label, count, encoded.tauG1, encoded.tauG2));
}

/** 32 bytes. */
export function srsHash(curve: Curve, srs: Pick<Srs, 'width' | 'tauG1' | 'tauG2'>): Uint8Array {
  return srsHashOf(srs.width, { tauG1: curve.encodeG1(srs.tauG1), tauG2: curve.encodeG2(srs.tauG2) });
}
