/**
 * Leaky authenticated ANDs: shared bits x, y, z with z = x AND y, where a party that leaves the protocol may guess the other's part
 * of x: a wrong guess ends the computation. Katz, Ranellucci, Rosulek, Wang 2018, section 4.
 *
 * Write D for this party's delta, K for its keys of the other's bits, M for its MACs, D' for the other's delta. The lowest bit of
 * D + D' is 1. Each party computes
 *
 *     C = y D + K[y'] + M[y]              the sum of both parties' C is (y + y') (D + D')
 *     U = H(K[x']) + H(K[x'] + D) + C     sent to the other
 *     S = H(M[x]) + x U' + H(K[x']) + x C   the sum of both parties' S is (x + x') (y + y') (D + D')
 *
 * so the lowest bits of both S are parts of the product. A random shared bit r becomes z: the parties tell z + r, and the
 * other adds (z + r) D to its key. Then
 *
 *     T = z D + K[z'] + M[z] + S          is the same for both parties exactly when z + z' = (x + x')(y + y')
 *
 * since a difference would be D + D'. A digest of all T is compared by `equality.ts`.
 */
import type { Hash } from 'node:crypto';
import type { TweakedHash } from '../../block/tweaked-hash.ts';
import { allocateBlocks, readWords, viewWords } from '../../block/words.ts';
import type { AuthenticatedBitSource } from './authenticated-bits.ts';
import { kinds } from './kinds.ts';
import { maliciousLimits } from './limits.ts';
import { type Link, packed, packedBytes } from './link.ts';
import { domains, Tweaks } from './tweaks.ts';

/** This party's side of ANDs. By AND: bits x, y, z from the lowest on; words of the MACs and keys of x, y, z, four each. */
export interface AndTriples {
  readonly bits: Uint8Array;
  readonly macs: Int32Array;
  readonly keys: Int32Array;
}

/** Words of MACs, or of keys, of one AND. */
export const tripleWords = 12;

export function allocateTriples(count: number): AndTriples {
  return {
    bits: new Uint8Array(count),
    macs: new Int32Array(tripleWords * count),
    keys: new Int32Array(tripleWords * count),
  };
}

export function sliceTriples({ bits, macs, keys }: AndTriples, from: number, to: number): AndTriples {
  return {
    bits: bits.subarray(from, to),
    macs: macs.subarray(tripleWords * from, tripleWords * to),
    keys: keys.subarray(tripleWords * from, tripleWords * to),
  };
}

export class LeakyAndMaker {
  private readonly link: Link;
  private readonly source: AuthenticatedBitSource;
  private readonly hash: TweakedHash;
  /** Leaky ANDs of this session so far. */
  private made = 0;
  private readonly blocks = allocateBlocks(3 * maliciousLimits.leakyAndsAtOnce);
  private readonly words = viewWords(this.blocks);
  private readonly tweaks = new Tweaks(3 * maliciousLimits.leakyAndsAtOnce);
  private readonly c = new Int32Array(4 * maliciousLimits.leakyAndsAtOnce);

  constructor(link: Link, source: AuthenticatedBitSource, hash: TweakedHash) {
    this.link = link;
    this.source = source;
    this.hash = hash;
  }

  /** @returns ANDs that are not to be used before the digests of both parties were found equal */
  async make(count: number): Promise<{ readonly ands: AndTriples; readonly digest: Buffer }> {
    const ands = allocateTriples(count);
    // Not marked with a sender: the same for both.
    const digest = this.link.digest('leaky', this.link.nextStep(), true);
    for (let at = 0; at < count; at += maliciousLimits.leakyAndsAtOnce) {
      const end = Math.min(count, at + maliciousLimits.leakyAndsAtOnce);
      await this.makePiece(sliceTriples(ands, at, end), digest);
    }
    return { ands, digest: digest.digest() };
  }

  private async makePiece({ bits, macs, keys }: AndTriples, digest: Hash): Promise<void> {
    const { link } = this;
    const count = bits.length;
    const parts = await this.source.sharedInto(3 * count, macs, keys);
    const theirs = readWords(await link.exchange(kinds.leakyRows, this.rows(count, macs, keys, parts)));
    const differences = this.products(count, parts, theirs);
    const heard = await link.exchange(kinds.leakyDifferences, packed(differences));
    this.settle(bits, macs, keys, parts, link.unpack(heard.subarray(0, packedBytes(count)), count));
    digest.update(this.words.subarray(0, 4 * count));
  }

  /** Computes C, and H(K) + C, H(K + D) and H(M) into the first, second and third part of `words`. @returns U */
  private rows(count: number, macs: Int32Array, keys: Int32Array, bits: Uint8Array): Buffer {
    const { words, c, link } = this;
    const { delta } = this.source;
    const [second, third] = [4 * count, 8 * count];
    for (let i = 0; i < 4 * count; i++) {
      const and = i >> 2;
      const word = i & 3;
      const x = tripleWords * and + word;
      words[i] = keys[x]!;
      words[second + i] = keys[x]! ^ delta[word]!;
      words[third + i] = macs[x]!;
      c[i] = (delta[word]! & -bits[3 * and + 1]!) ^ keys[x + 4]! ^ macs[x + 4]!;
    }
    const [ours, theirs] = link.isGarbler
      ? [domains.garblerKeys, domains.evaluatorKeys]
      : [domains.evaluatorKeys, domains.garblerKeys];
    this.tweaks.fill(0, count, ours, this.made);
    this.tweaks.fill(count, count, ours, this.made);
    this.tweaks.fill(2 * count, count, theirs, this.made);
    this.made += count;
    this.hash.hash(this.blocks, this.tweaks.bytes, this.blocks, 3 * count);
    const sent = allocateBlocks(count);
    const rows = viewWords(sent);
    for (let i = 0; i < 4 * count; i++) rows[i] = words[i]! ^ words[second + i]! ^ c[i]!;
    return sent;
  }

  /** Computes S into the first part of `words`. @param bits x, y, r of each. @returns z + r of each; r becomes z */
  private products(count: number, bits: Uint8Array, theirs: Int32Array): Uint8Array {
    const { words, c } = this;
    const third = 8 * count;
    const differences = new Uint8Array(count);
    for (let i = 0; i < 4 * count; i++) {
      words[i]! ^= words[third + i]! ^ (-bits[3 * (i >> 2)]! & (theirs[i]! ^ c[i]!));
    }
    for (let and = 0; and < count; and++) {
      const z = words[4 * and]! & 1;
      differences[and] = z ^ bits[3 * and + 2]!;
      bits[3 * and + 2] = z;
    }
    return differences;
  }

  /** Makes the other's r its z, and adds to S what makes it T. */
  private settle(
    packedBits: Uint8Array,
    macs: Int32Array,
    keys: Int32Array,
    bits: Uint8Array,
    heard: Uint8Array,
  ): void {
    const { words } = this;
    const { delta } = this.source;
    for (let i = 0; i < 4 * heard.length; i++) {
      const and = i >> 2;
      const word = i & 3;
      const z = tripleWords * and + 8 + word;
      keys[z]! ^= delta[word]! & -heard[and]!;
      words[i]! ^= (delta[word]! & -bits[3 * and + 2]!) ^ keys[z]! ^ macs[z]!;
    }
    for (let and = 0; and < heard.length; and++) {
      packedBits[and] = bits[3 * and]! | (bits[3 * and + 1]! << 1) | (bits[3 * and + 2]! << 2);
    }
  }
}
