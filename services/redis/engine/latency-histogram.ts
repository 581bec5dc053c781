/**
 * How long calls of one command took: counters in buckets whose width doubles with each power of two, 128 to a power, so
 * that any value is known to 1 % from 256 ns to 1 s. Source: the layout of HdrHistogram (http://hdrhistogram.org), for two
 * significant digits.
 */

/** Longer calls count as this. */
const nanosecondsMax = 1_000_000_000;
const linearBits = 8;
const halfBuckets = 1 << (linearBits - 1);
const bucketCount = halfBuckets * (32 - linearBits + 1);
/** First of the limits of LATENCY HISTOGRAM, in nanoseconds; each is twice the one before. */
const firstLimit = 1024;

function bucketOf(nanoseconds: number): number {
  const shift = 32 - linearBits - Math.clz32(nanoseconds | (2 * halfBuckets - 1));
  return shift * halfBuckets + (nanoseconds >>> shift);
}

/** Largest value that falls in the same bucket. */
function highestAlike(nanoseconds: number): number {
  const shift = 32 - linearBits - Math.clz32(nanoseconds | (2 * halfBuckets - 1));
  return (((nanoseconds >>> shift) + 1) << shift) - 1;
}

function highestOf(bucket: number): number {
  if (bucket < 2 * halfBuckets) return bucket;
  const shift = Math.floor(bucket / halfBuckets) - 1;
  return (bucket - shift * halfBuckets + 1) * 2 ** shift - 1;
}

export class LatencyHistogram {
  private readonly counts = new Float64Array(bucketCount);
  total = 0;

  record(milliseconds: number, calls: number): void {
    const nanoseconds = Math.min(milliseconds * 1e6, nanosecondsMax) | 0;
    this.counts[bucketOf(nanoseconds < 1 ? 1 : nanoseconds)]! += calls;
    this.total += calls;
  }

  /** Microseconds that this share of the calls did not exceed. @param percent 0 to 100 */
  percentile(percent: number): number {
    const wanted = Math.max(1, Math.round((percent / 100) * this.total));
    let seen = 0;
    for (let i = 0; i < bucketCount; i++) {
      seen += this.counts[i]!;
      if (seen >= wanted) return highestOf(i) / 1000;
    }
    return 0;
  }

  /** Microseconds (whole) and how many calls took at most that long, where that number grows. */
  cumulative(): [microseconds: number, calls: number][] {
    const steps: [number, number][] = [];
    let seen = 0;
    let shown = 0;
    let at = 0;
    for (let limit = firstLimit; seen < this.total; limit *= 2) {
      const highest = highestAlike(limit);
      const end = limit > nanosecondsMax ? bucketCount - 1 : bucketOf(highest);
      for (; at <= end; at++) seen += this.counts[at]!;
      if (seen === shown) continue;
      steps.push([Math.floor(highest / 1000), seen]);
      shown = seen;
    }
    return steps;
  }
}
