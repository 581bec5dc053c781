/** How many squarings this machine can do, and how many fill a share of an interval. */
import { square } from './compose.ts';
import { discriminantOf, firstCandidate } from './discriminant.ts';
import { type ClassGroup, classGroup, generator } from './form.ts';
import { vdfLimits } from './limits.ts';

const seed = new TextEncoder().encode('hypergate VDF calibration');
/** Where the seed's discriminants stand, to spare the search; a test checks them. */
const knownHints: Readonly<Record<number, number>> = {
  256: 14,
  512: 38,
  1024: 126,
  2048: 395,
  3072: 185,
  4096: 760,
};
const candidateStep = 120_120n;

/** A group of the given length to measure in. */
export function calibrationGroup(bits: number): ClassGroup {
  const hint = knownHints[bits];
  if (hint === undefined) return discriminantOf(seed, bits).group;
  return classGroup(-(firstCandidate(seed, bits) + BigInt(hint) * candidateStep), bits);
}

export interface CalibrationOptions {
  /** Monotonic, in milliseconds. */
  readonly now: () => number;
  /** How long to measure; default 200 ms. */
  readonly forMs?: number;
  /** Asked between rounds. */
  readonly isAborted?: () => boolean;
}

/**
 * Squarings per second of this thread, measured in rounds; the best third of the rounds is averaged, because whatever else the
 * machine does can only slow a round down, and the first ones run before the code is compiled.
 */
export function measureSquaringRate(bits: number, options: CalibrationOptions): number {
  const { now, forMs = 200, isAborted } = options;
  const group = calibrationGroup(bits);
  let form = generator(group);
  // The first forms are small; a random one takes the full time.
  for (let n = 0; n < 4 * vdfLimits.squaringsPerLook; n++) form = square(form, group);
  const rounds: number[] = [];
  const end = now() + forMs;
  do {
    const start = now();
    for (let n = 0; n < vdfLimits.squaringsPerLook; n++) form = square(form, group);
    rounds.push(Math.max(now() - start, 1e-6));
  } while (now() < end && rounds.length < 100_000 && isAborted?.() !== true);
  rounds.sort((left, right) => left - right);
  const best = rounds.slice(0, Math.max(1, Math.floor(rounds.length / 3)));
  return (1000 * vdfLimits.squaringsPerLook * best.length) / best.reduce((sum, round) => sum + round, 0);
}

export interface IterationBudget {
  readonly squaringsPerSecond: number;
  readonly intervalSeconds: number;
  /** Part of the interval that one thread may be busy with the delay function; default 0.05. */
  readonly share?: number;
  /** Mean time of the discriminant's search; default 0. It comes off the share. */
  readonly discriminantSeconds?: number;
  /** Time of the proof as a part of the evaluation's; default 0.2. */
  readonly proofShare?: number;
}

/** Squarings whose search, evaluation and proof fill the share; at least one, at most `iterationsMax`. */
export function iterationsFor(budget: IterationBudget): number {
  const {
    squaringsPerSecond,
    intervalSeconds,
    share = 0.05,
    discriminantSeconds = 0,
    proofShare = 0.2,
  } = budget;
  for (const value of [squaringsPerSecond, intervalSeconds, share, discriminantSeconds, proofShare]) {
    if (!Number.isFinite(value) || value < 0)
      throw new RangeError('a budget is made of finite, positive numbers');
  }
  if (share > 1) throw new RangeError('the share of the interval is at most 1');
  const seconds = Math.max(0, share * intervalSeconds - discriminantSeconds) / (1 + proofShare);
  return Math.min(vdfLimits.iterationsMax, Math.max(1, Math.floor(seconds * squaringsPerSecond)));
}
