/**
 * Authenticated ANDs from leaky ones: in random buckets of B, each is summed into one AND whose x the other party knows something of
 * only when every member leaked. With the members' y opened relative to the first,
 *
 *     x = sum of x_i,   y = y_1,   z = sum of z_i + (y_1 + y_i) x_i
 *
 * Wang, Ranellucci, Katz 2017, section 5 (after Nielsen, Nordholt, Orlandi, Burra 2012).
 */
import { kinds } from './kinds.ts';
import { type AndTriples, allocateTriples, sliceTriples, tripleWords } from './leaky-ands.ts';
import { maliciousLimits } from './limits.ts';
import type { Link } from './link.ts';
import { openShared } from './opening.ts';

/**
 * @param leaky as many as `order` is long
 * @param order by place in a bucket, bucket after bucket
 * @throws MpcAbort `cheating`
 */
export async function combineBuckets(
  link: Link,
  delta: Int32Array,
  leaky: AndTriples,
  order: Uint32Array,
  bucket: number,
): Promise<AndTriples> {
  const count = order.length / bucket;
  const ands = allocateTriples(count);
  const others = bucket - 1;
  const atOnce = Math.max(1, Math.floor(maliciousLimits.openedBitsAtOnce / others));
  const rest = allocateOthers(Math.min(count, atOnce) * others);
  for (let from = 0; from < count; from += atOnce) {
    const to = Math.min(count, from + atOnce);
    const sums = sliceTriples(ands, from, to);
    const part = sliceOthers(rest, (to - from) * others);
    gather(leaky, order.subarray(bucket * from, bucket * to), bucket, sums, part);
    const theirs = await openShared(
      link,
      kinds.bucketDifferences,
      delta,
      { bits: part.bits, macs: part.macs },
      part.keys,
    );
    addProducts(sums, part, theirs, others);
  }
  return ands;
}

/** Of the members but the first, bucket after bucket: y_1 + y_i, and x_i. */
interface Others {
  readonly bits: Uint8Array;
  readonly macs: Int32Array;
  readonly keys: Int32Array;
  readonly xBits: Uint8Array;
  readonly xMacs: Int32Array;
  readonly xKeys: Int32Array;
}

function allocateOthers(count: number): Others {
  return {
    bits: new Uint8Array(count),
    macs: new Int32Array(4 * count),
    keys: new Int32Array(4 * count),
    xBits: new Uint8Array(count),
    xMacs: new Int32Array(4 * count),
    xKeys: new Int32Array(4 * count),
  };
}

function sliceOthers(all: Others, count: number): Others {
  return {
    bits: all.bits.subarray(0, count),
    macs: all.macs.subarray(0, 4 * count),
    keys: all.keys.subarray(0, 4 * count),
    xBits: all.xBits.subarray(0, count),
    xMacs: all.xMacs.subarray(0, 4 * count),
    xKeys: all.xKeys.subarray(0, 4 * count),
  };
}

/** Sums of the members without what depends on the opened bits. Members are far apart in memory, so each is read here alone. */
function gather(
  leaky: AndTriples,
  members: Uint32Array,
  bucket: number,
  sums: AndTriples,
  others: Others,
): void {
  const { bits } = leaky;
  let at = 0;
  for (let first = 0, sum = 0; first < members.length; first += bucket, sum++) {
    const head = members[first]!;
    let sumBits = bits[head]!;
    copyTriple(leaky.macs, head, sums.macs, sum);
    copyTriple(leaky.keys, head, sums.keys, sum);
    for (let other = first + 1; other < first + bucket; other++, at++) {
      const member = members[other]!;
      others.bits[at] = ((bits[head]! ^ bits[member]!) >> 1) & 1;
      others.xBits[at] = bits[member]! & 1;
      sumBits ^= bits[member]! & 5;
      addTriple(leaky.macs, member, sums.macs, sum, others.macs, others.xMacs, at);
      addTriple(leaky.keys, member, sums.keys, sum, others.keys, others.xKeys, at);
    }
    sums.bits[sum] = sumBits;
  }
}

function copyTriple(from: Int32Array, triple: number, to: Int32Array, sum: number): void {
  for (let word = 0; word < tripleWords; word++) {
    to[tripleWords * sum + word] = from[tripleWords * triple + word]!;
  }
}

/** Adds x and z of a triple to those of the sum; @param differences, xs get the sum of both y, and x */
function addTriple(
  from: Int32Array,
  triple: number,
  to: Int32Array,
  sum: number,
  differences: Int32Array,
  xs: Int32Array,
  at: number,
): void {
  const out = tripleWords * sum;
  const inn = tripleWords * triple;
  for (let word = 0; word < 4; word++) {
    const x = from[inn + word]!;
    xs[4 * at + word] = x;
    differences[4 * at + word] = to[out + 4 + word]! ^ from[inn + 4 + word]!;
    to[out + word]! ^= x;
    to[out + 8 + word]! ^= from[inn + 8 + word]!;
  }
}

/** Adds (y_1 + y_i) x_i to each z. @param theirs the other party's parts of the differences */
function addProducts(sums: AndTriples, others: Others, theirs: Uint8Array, perBucket: number): void {
  for (let at = 0; at < theirs.length; at++) {
    const difference = theirs[at]! ^ others.bits[at]!;
    const sum = Math.floor(at / perBucket);
    const z = tripleWords * sum + 8;
    sums.bits[sum]! ^= (difference & others.xBits[at]!) << 2;
    for (let word = 0; word < 4; word++) {
      sums.macs[z + word]! ^= others.xMacs[4 * at + word]! & -difference;
      sums.keys[z + word]! ^= others.xKeys[4 * at + word]! & -difference;
    }
  }
}
