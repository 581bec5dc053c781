/**
 * Seeded pseudo-random numbers: xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number generators",
 * 2021), seeded by a 32-bit mixer. Not for secrets.
 */
export interface SeededRandom {
  readonly seed: number;
  /** 0 .. 2^32 - 1 */
  uint32(): number;
  /** 0 .. bound - 1; bound from 1 to 2^32 */
  below(bound: number): number;
  /** True with the probability given, 0 .. 1. */
  chance(probability: number): boolean;
  bytes(length: number): Buffer;
  pick<T>(items: readonly T[]): T;
  /** An independent sequence, so that one part's draws do not move another's. */
  fork(): SeededRandom;
}

const rotate = (value: number, by: number): number => ((value << by) | (value >>> (32 - by))) >>> 0;

/** Finaliser with full avalanche, over a counter. */
function mixer(seed: number): () => number {
  let counter = seed >>> 0;
  return () => {
    counter = (counter + 0x9e3779b9) >>> 0;
    let mixed = counter;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
}

export function seededRandom(seed: number): SeededRandom {
  const next = mixer(seed);
  const state = [next(), next(), next(), next() | 1] as [number, number, number, number];

  const uint32 = (): number => {
    const result = Math.imul(rotate(Math.imul(state[1], 5) >>> 0, 7), 9) >>> 0;
    const shifted = (state[1] << 9) >>> 0;
    state[2] = (state[2] ^ state[0]) >>> 0;
    state[3] = (state[3] ^ state[1]) >>> 0;
    state[1] = (state[1] ^ state[2]) >>> 0;
    state[0] = (state[0] ^ state[3]) >>> 0;
    state[2] = (state[2] ^ shifted) >>> 0;
    state[3] = rotate(state[3], 11);
    return result;
  };

  const below = (bound: number): number => Math.floor((uint32() / 2 ** 32) * bound);

  return {
    seed,
    uint32,
    below,
    chance: (probability) => uint32() < probability * 2 ** 32,
    bytes(length) {
      const out = Buffer.allocUnsafe(length);
      let at = 0;
      for (; at + 4 <= length; at += 4) out.writeUInt32LE(uint32(), at);
      for (; at < length; at += 1) out[at] = uint32() & 0xff;
      return out;
    },
    pick<T>(items: readonly T[]): T {
      if (items.length === 0) throw new RangeError('nothing to pick from');
      return items[below(items.length)] as T;
    },
    fork: () => seededRandom(uint32()),
  };
}
