/**
 * Pseudo-random secret sharing (Cramer, Damgard, Ishai, "Share conversion, pseudorandom secret-sharing and applications to secure
 * computation", TCC 2005, sections 3 and 4): custodians that once got a key for each set of n - t of them have, without a message, shares of as
 * many random values, and of as many zeros, as they like.
 *
 * With a pseudo-random value v(A) of each set A, and the polynomial f(A) of degree t that is 1 at 0 and 0 outside of A:
 * - a random value: custodian i has the sum of v(A) f(A)(i) over its sets; the value is the sum of all v(A);
 * - zero, of degree 2t: the sum of v(A, j) i^j f(A)(i), for j = 1..t as well.
 * Of the set that has no faulty member those that are faulty know nothing: its value is random to them, and so are t of the honest
 * shares of a zero, whichever t these are.
 *
 * Values are a function of keys, purpose and label, so a label that came twice would make the same nonce twice: with two
 * signatures under one nonce the key is found by division. Custodians keep no list of used labels, which would have to outlive crashes and
 * restored backups. Instead each of them puts 32 random bytes of its own, drawn for this use and taken out of memory when used, into the hash
 * that is the label: whatever a coordinator replays, and wherever a custodian was restarted, to that custodian the label is new.
 */
import { createCipheriv, createHmac, type KeyObject } from 'node:crypto';
import type { Bytes } from '../../../api/index.ts';
import { secretKey } from '../../../crypto/hkdf.ts';
import type { Committee } from '../committee.ts';
import { type Group, modulo } from '../groups/index.ts';
import type { PrssKeySet } from './keys.ts';
import { prssLimits } from './limits.ts';
import { positionsWith, subsetPolynomialAt, subsetsOf } from './subsets.ts';

export type PrssDegree = 't' | '2t';

const zeroBlock = Buffer.alloc(16);
/** What a scalar is longer drawn by, so that its remainder is uniform but for 2^-128. */
const surplusBytes = 16;

export class Prss {
  readonly epoch: number;
  readonly id: Bytes;
  /** Positions of this custodian's sets, in the order of `subsetsOf`. */
  readonly positions: readonly number[];
  readonly #committee: Committee;
  readonly #me: number;
  readonly #keys: readonly KeyObject[];
  readonly #factors = new Map<string, readonly bigint[]>();

  /** @throws RangeError when these are not the keys of its sets */
  constructor(committee: Committee, me: number, { epoch, id, keys }: PrssKeySet) {
    this.positions = positionsWith(committee, me);
    if (keys.length !== this.positions.length || keys.some(({ length }) => length !== prssLimits.keyBytes))
      throw new RangeError('keys of other sets');
    this.epoch = epoch;
    this.id = id;
    this.#committee = committee;
    this.#me = me;
    this.#keys = keys.map(secretKey);
  }

  /** Shares of `count` random values, degree t. @param label 32 bytes, never used before for this purpose */
  randomShares(purpose: string, label: Uint8Array, group: Group, count = 1): bigint[] {
    return this.#shares('t', purpose, label, group, count);
  }

  /** Shares of `count` zeros, degree 2t. @param label 32 bytes, never used before for this purpose */
  zeroShares(purpose: string, label: Uint8Array, group: Group, count = 1): bigint[] {
    return this.#shares('2t', purpose, label, group, count);
  }

  /**
   * What the sets of this custodian put into these sharings: by set, then sharing, then power (one for degree t, t of them for 2t).
   * They are secret as keys are; multiples of the base may be shown of a sharing that has been given up.
   */
  values(degree: PrssDegree, purpose: string, label: Uint8Array, group: Group, count = 1): bigint[][][] {
    if (label.length !== prssLimits.labelBytes) throw new RangeError('length of a label');
    if (!(count > 0 && count <= prssLimits.countMax)) throw new RangeError('number of sharings');
    const powers = degree === 't' ? 1 : this.#committee.threshold;
    const width = group.scalarBytes + surplusBytes;
    const zeros = Buffer.alloc(count * powers * width);
    return this.#keys.map((key) => {
      const seed = createHmac('sha256', key)
        .update(`hypergate/prss/v1\0${degree}\0${group.name}\0${purpose}\0`)
        .update(label)
        .digest();
      const stream = createCipheriv('aes-256-ctr', seed, zeroBlock).update(zeros);
      seed.fill(0);
      return Array.from({ length: count }, (_, at) =>
        Array.from({ length: powers }, (_, power) => {
          const from = (at * powers + power) * width;
          return BigInt(`0x${stream.toString('hex', from, from + width)}`) % group.order;
        }),
      );
    });
  }

  #shares(degree: PrssDegree, purpose: string, label: Uint8Array, group: Group, count: number): bigint[] {
    const values = this.values(degree, purpose, label, group, count);
    const factors = this.#factorsOf(group);
    const place = BigInt(this.#me);
    return Array.from({ length: count }, (_, at) => {
      let share = 0n;
      for (const [set, factor] of factors.entries()) {
        const ofSet = values[set]![at]!;
        const inside =
          degree === 't' ? ofSet[0]! : ofSet.reduceRight((sum, value) => (sum + value) * place, 0n);
        share += factor * inside;
      }
      return modulo(share, group.order);
    });
  }

  #factorsOf(group: Group): readonly bigint[] {
    const known = this.#factors.get(group.name);
    if (known !== undefined) return known;
    const subsets = subsetsOf(this.#committee);
    const made = this.positions.map((position) =>
      subsetPolynomialAt(this.#committee, subsets[position]!, this.#me, group.order),
    );
    this.#factors.set(group.name, made);
    return made;
  }
}

/**
 * A custodian's share times the base, from what the sets put in times the base: for those who check a share of a sharing that was given up.
 *
 * @param commitments by position of the set, then power, as `values` has them
 * @throws RangeError when the share is 0
 */
export function shareCommitment(
  committee: Committee,
  degree: PrssDegree,
  commitments: ReadonlyMap<number, readonly Uint8Array[]>,
  member: number,
  group: Group,
): Uint8Array {
  const subsets = subsetsOf(committee);
  const terms = positionsWith(committee, member).flatMap((position) => {
    const factor = subsetPolynomialAt(committee, subsets[position]!, member, group.order);
    const elements = commitments.get(position);
    if (elements === undefined) throw new RangeError('no commitment of a set');
    return elements.map((element, power) => ({
      element,
      factor: degree === 't' ? factor : modulo(factor * BigInt(member) ** BigInt(power + 1), group.order),
    }));
  });
  return group.combine(terms);
}
