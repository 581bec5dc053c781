/** Random numbers that a seed repeats. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const seed = Number(process.env.HYPERGATE_SEED ?? 20_261_122);

export function randomBytes(random: () => number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = random() * 256;
  return bytes;
}

/** Like rows: some of it repeats. */
export function packableBytes(random: () => number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const words = ['hypergraph', 'vertex', 'a', '{"id":', '\0\0\0\x04', 'edge '];
  for (let at = 0; at < bytes.length; ) {
    const word =
      random() < 0.3
        ? randomBytes(random, 1 + random() * 40)
        : Buffer.from(words[Math.floor(random() * words.length)]!);
    at += word.copy(bytes, at);
  }
  return bytes;
}

/** In pieces of random lengths. */
export function randomSplit(random: () => number, bytes: Buffer, pieceMax: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + Math.floor(random() * pieceMax);
    // Copies, as chunks from a socket are.
    pieces.push(Buffer.from(bytes.subarray(at, at + length)));
    at += length;
  }
  return pieces;
}
