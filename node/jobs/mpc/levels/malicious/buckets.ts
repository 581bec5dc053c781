/**
 * Authenticated ANDs from leaky ones: in random buckets of B, each is summed into one AND whose x the other party knows something of
 * only when every member leaked. With the members' y opened relative to the first,
 *
 *     x = sum of x_i,   y = y_1,   z = sum of z_i + (y_1 + y_i) x_i
 *
 * Wang, Ranellucci, Katz 2017, section 5 (after Nielsen, Nordholt, Orlandi, Burra 2012).
 */
import { kinds } from './kinds.ts';
import { type AndTriples, allocateTriples, tripleWords } from './leaky-ands.ts';
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
  const atOnce = Math.max(1, Math.floor(maliciousLimits.openedBitsAtOnce / (bucket - 1)));
  for (let from = 0; from < count; from += atOnce) {
    const to = Math.min(count, from + atOnce);
    const members = order.subarray(bucket * from, bucket * to);
    const differences = await openDifferences(link, delta, leaky, members, bucket);
    sumBuckets(ands, from, leaky, members, bucket, differences);
  }
  return ands;
}

/** @returns y_1 + y_i of the members but the first of each bucket */
async function openDifferences(
  link: Link,
  delta: Int32Array,
  { bits, macs, keys }: AndTriples,
  members: Uint32Array,
  bucket: number,
): Promise<Uint8Array> {
  const opened = (members.length / bucket) * (bucket - 1);
  const own = { bits: new Uint8Array(opened), macs: new Int32Array(4 * opened) };
  const openedKeys = new Int32Array(4 * opened);
  let at = 0;
  for (let first = 0; first < members.length; first += bucket) {
    const a = members[first]!;
    for (let other = first + 1; other < first + bucket; other++, at++) {
      const b = members[other]!;
      own.bits[at] = ((bits[a]! ^ bits[b]!) >> 1) & 1;
      const [ya, yb] = [tripleWords * a + 4, tripleWords * b + 4];
      for (let word = 0; word < 4; word++) {
        own.macs[4 * at + word] = macs[ya + word]! ^ macs[yb + word]!;
        openedKeys[4 * at + word] = keys[ya + word]! ^ keys[yb + word]!;
      }
    }
  }
  const theirs = await openShared(link, kinds.bucketDifferences, delta, own, openedKeys);
  for (let i = 0; i < opened; i++) theirs[i]! ^= own.bits[i]!;
  return theirs;
}

function sumBuckets(
  sums: AndTriples,
  from: number,
  leaky: AndTriples,
  members: Uint32Array,
  bucket: number,
  differences: Uint8Array,
): void {
  let difference = 0;
  for (let first = 0, sum = from; first < members.length; first += bucket, sum++) {
    addWords(sums.macs, sum, leaky.macs, members[first]!, -1, 0);
    addWords(sums.keys, sum, leaky.keys, members[first]!, -1, 0);
    let bits = leaky.bits[members[first]!]!;
    for (let other = first + 1; other < first + bucket; other++) {
      const member = members[other]!;
      const d = differences[difference++]!;
      addWords(sums.macs, sum, leaky.macs, member, 0, -d);
      addWords(sums.keys, sum, leaky.keys, member, 0, -d);
      const theirs = leaky.bits[member]!;
      bits ^= (theirs & 5) ^ ((theirs & d) << 2);
    }
    sums.bits[sum] = bits;
  }
}

/** Adds x to x; y to y where `takeY`; z, and x where `xToZ`, to z. Both are masks. */
function addWords(
  to: Int32Array,
  sum: number,
  from: Int32Array,
  member: number,
  takeY: number,
  xToZ: number,
): void {
  const out = tripleWords * sum;
  const inn = tripleWords * member;
  for (let word = 0; word < 4; word++) {
    const x = from[inn + word]!;
    to[out + word]! ^= x;
    to[out + 4 + word]! ^= from[inn + 4 + word]! & takeY;
    to[out + 8 + word]! ^= from[inn + 8 + word]! ^ (x & xToZ);
  }
}
