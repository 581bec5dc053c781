/**
 * Number of parties N and of opened parties t. A prover whose encryption cannot be decrypted is accepted with probability
 * 1 / C(N, t) per challenge (index.ts has the proof): log2 C(136, 64) = 131.79 for version 1.
 *
 * A proof has 32 (2N + t) bytes and a head; proving costs 2N + t and verifying 2t multiplications, and each of these an
 * encoding. bench.ts measures the alternatives; the smallest proof with 128 bits (N = 134, t = 58) saves 320 bytes of
 * 10,853.
 */
export interface Parameters {
  readonly parties: number;
  readonly opened: number;
}

/** Of format version 1. */
export const parametersV1: Parameters = { parties: 136, opened: 64 };

/** log2 of C(parties, opened): the soundness in bits. */
export function soundnessBits({ parties, opened }: Parameters): number {
  let bits = 0;
  for (let index = 0; index < opened; index += 1) bits += Math.log2((parties - index) / (index + 1));
  return bits;
}
