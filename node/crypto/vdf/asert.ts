/**
 * Difficulty of the next frame: aserti3-2d, the absolutely scheduled exponentially rising target, turned around for a number of
 * squarings (more time passed than planned means fewer squarings). Integers only: the same answer everywhere.
 *
 *   difficulty = anchor * 2^(-(elapsed - ideal * (frames + 1)) / half-life)
 *
 * with the exponent in 1/65,536ths and 2^x on [0, 1) by a cubic. Sources: M. Lundeberg, "Static difficulty adjustments, with
 * absolutely scheduled exponentially rising targets" (2020); J. Toomim, M. Lundeberg et al., specification "aserti3-2d" (2020),
 * section "Algorithm description".
 */

/** Times in whole milliseconds; difficulties in squarings. */
export interface AsertParameters {
  readonly idealIntervalMs: number;
  /** A delay of this length halves the difficulty. */
  readonly halfLifeMs: number;
  readonly floor: bigint;
  /** Default 2^64 - 1. A proof carries at most 2^32 - 1 squarings (vdfLimits.iterationsMax). */
  readonly ceiling?: bigint;
}

export interface AsertAnchor {
  readonly frame: number;
  /** Time of the frame before the anchor's. */
  readonly parentTimeMs: number;
  readonly difficulty: bigint;
}

/** Parameters of the reference protocol. */
export const referenceAsert = { idealIntervalMs: 10_000, halfLifeMs: 7_200_000, floor: 50_000n } as const;

const radix = 65_536n;
const u64Max = 2n ** 64n - 1n;

function requireWhole(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw new RangeError(`${name} must be a whole number from ${least}`);
}

/**
 * Difficulty after `frame`, whose time is `timeMs`.
 *
 * @throws RangeError when an argument is not a safe integer, negative, or a bound is out of order
 */
export function asertDifficulty(
  anchor: AsertAnchor,
  frame: number,
  timeMs: number,
  parameters: AsertParameters,
): bigint {
  const { idealIntervalMs, halfLifeMs, floor, ceiling = u64Max } = parameters;
  requireWhole('idealIntervalMs', idealIntervalMs, 1);
  requireWhole('halfLifeMs', halfLifeMs, 1);
  requireWhole('frame', frame, 0);
  requireWhole('anchor.frame', anchor.frame, 0);
  requireWhole('timeMs', timeMs, 0);
  requireWhole('anchor.parentTimeMs', anchor.parentTimeMs, 0);
  if (anchor.difficulty < 0n || floor < 0n || floor > ceiling || ceiling > u64Max) {
    throw new RangeError(
      '0 <= floor <= ceiling <= 2^64 - 1 and a difficulty that is not negative are needed',
    );
  }
  const elapsed = BigInt(timeMs) - BigInt(anchor.parentTimeMs);
  const planned = BigInt(idealIntervalMs) * (BigInt(frame) - BigInt(anchor.frame) + 1n);
  // Division truncates toward zero; the shift and the mask below floor.
  const exponent = -((elapsed - planned) * radix) / BigInt(halfLifeMs);
  const whole = exponent >> 16n;
  const part = exponent & (radix - 1n);
  const factor =
    radix +
    ((195_766_423_245_049n * part + 971_821_376n * part ** 2n + 5_127n * part ** 3n + 2n ** 47n) >> 48n);
  const scaled = anchor.difficulty * factor;
  let difficulty: bigint;
  // 2^64 times an anchor of at least 1 is beyond any ceiling, and 2^-81 times one of 2^64 is nothing.
  if (whole > 64n) difficulty = anchor.difficulty === 0n ? 0n : u64Max;
  else if (whole < -128n) difficulty = 0n;
  else difficulty = whole >= 0n ? (scaled << whole) >> 16n : scaled >> (16n - whole);
  if (difficulty < floor) return floor;
  return difficulty > ceiling ? ceiling : difficulty;
}
