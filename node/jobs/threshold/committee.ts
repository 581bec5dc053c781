/**
 * The custodians of a gateway's keys: n of them, of which at most `threshold` (t) may be faulty, with n >= 3t + 1. A secret is shared
 * by polynomials of degree t: any t + 1 shares make it, t tell nothing.
 */
import type { TaggedKey } from '../../api/index.ts';
import { thresholdLimits } from './limits.ts';

export interface Committee {
  /** Counts changes of members. */
  readonly epoch: number;
  /** t, at least 1. */
  readonly threshold: number;
  /** By index, from 1 on: the member at position i has index i + 1. */
  readonly members: readonly Member[];
}

export interface Member {
  /** From 1 on: the place at which polynomials are evaluated for it. */
  readonly index: number;
  /** Ed25519, tagged: signs what it says. */
  readonly key: TaggedKey;
  /** X25519, 32 bytes: what only it may read is sealed to this key. */
  readonly sealingKey: Uint8Array;
}

/** @throws RangeError */
export function checkCommittee({ threshold, members }: Committee): void {
  const n = members.length;
  if (!Number.isInteger(threshold) || threshold < 1) throw new RangeError('threshold of the committee');
  if (n < 3 * threshold + 1 || n > thresholdLimits.custodiansMax)
    throw new RangeError('number of custodians');
  if (!members.every(({ index }, at) => index === at + 1)) throw new RangeError('indices of custodians');
}

export function indicesOf({ members }: Committee): number[] {
  return members.map(({ index }) => index);
}
