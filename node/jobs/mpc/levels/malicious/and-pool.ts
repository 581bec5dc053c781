/**
 * Authenticated ANDs of a session. They do not depend on a circuit, so what a batch gives beyond a run's need is for the next run;
 * batches grow while small runs follow each other, since large ones take fewer leaky ANDs for each. Both parties come to the same
 * batches: sizes follow from the circuits alone.
 */
import type { RandomSource } from '../../channel.ts';
import type { AuthenticatedBitSource } from './authenticated-bits.ts';
import { batchFor, bucketSizes } from './bucket-size.ts';
import { combineBuckets } from './buckets.ts';
import { tossAfterEquality } from './equality.ts';
import { type AndTriples, allocateTriples, type LeakyAndMaker, sliceTriples } from './leaky-ands.ts';
import type { Link } from './link.ts';
import { shuffled } from './shuffle.ts';

/** Batches of small runs grow up to this: from here on, larger ones gain little. */
const growthMax = bucketSizes[1].andsMin;

export class AndPool {
  private readonly link: Link;
  private readonly source: AuthenticatedBitSource;
  private readonly maker: LeakyAndMaker;
  private readonly random: RandomSource;
  private readonly toss: typeof tossAfterEquality;
  private ands: AndTriples = allocateTriples(0);
  /** ANDs that the current run has still to take. */
  private wanted = 0;
  private lastBatch = 0;

  constructor(
    link: Link,
    source: AuthenticatedBitSource,
    maker: LeakyAndMaker,
    random: RandomSource,
    toss: typeof tossAfterEquality = tossAfterEquality,
  ) {
    this.link = link;
    this.source = source;
    this.maker = maker;
    this.random = random;
    this.toss = toss;
  }

  /** A run will take as many. */
  reserve(count: number): void {
    this.wanted += count;
  }

  /** @param count at most what is reserved. @throws MpcAbort */
  async take(count: number): Promise<AndTriples> {
    const parts: AndTriples[] = [];
    for (let missing = count; missing > 0; ) {
      if (this.ands.bits.length === 0) this.ands = await this.makeBatch();
      const taken = Math.min(missing, this.ands.bits.length);
      parts.push(sliceTriples(this.ands, 0, taken));
      this.ands = sliceTriples(this.ands, taken, this.ands.bits.length);
      this.wanted -= taken;
      missing -= taken;
    }
    return parts.length === 1 ? parts[0]! : joined(parts, count);
  }

  private async makeBatch(): Promise<AndTriples> {
    const batch = batchFor(Math.max(this.wanted, Math.min(2 * this.lastBatch, growthMax)));
    this.lastBatch = batch.ands;
    const { ands, digest } = await this.maker.make(batch.ands * batch.bucket);
    const seed = await this.toss(this.link, digest, this.random);
    const order = shuffled(seed, batch.ands * batch.bucket);
    return combineBuckets(this.link, this.source.delta, ands, order, batch.bucket);
  }
}

function joined(parts: readonly AndTriples[], count: number): AndTriples {
  const all = allocateTriples(count);
  let at = 0;
  for (const part of parts) {
    const to = sliceTriples(all, at, at + part.bits.length);
    to.bits.set(part.bits);
    to.macs.set(part.macs);
    to.keys.set(part.keys);
    at += part.bits.length;
  }
  return all;
}
