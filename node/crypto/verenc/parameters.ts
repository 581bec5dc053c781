/**
 * Number of parties N and of opened parties t. A prover whose encryption cannot be decrypted is accepted with probability
 * 1 / C(N, t) per challenge (index.ts has the proof): log2 C(136, 64) = 131.79 for version 1.
 *
 * A proof has 101 + 32 (2N + t) bytes; proving costs 2N + t fixed-base multiplications with an encoding each, verifying 2t of
 * them, N + 1 decodings and one sum of t + 1. Measured with bench.ts (Node 24, milliseconds of CPU on one core):
 *
 *     N    t   bits  prove  verify  recover   proof  ciphertext
 *   136   64  131.8    106      59      3.6  10,853       6,757   version 1
 *   134   58  128.4     94      54      3.4  10,533       6,821   the smallest with 128 bits
 *   144   48  128.4    100      56      2.5  10,853       7,781
 *   144   96  128.4    118      82      3.8  12,389       6,245
 *   165   40  128.1    106      46      2.3  11,941       9,381
 *   221   32  128.1    137      48      2.0  15,269      13,221
 *
 * DKG-in-the-head with seed trees (protocol 4 of the paper), 32 repetitions of 16 parties, would have about 7,300 bytes with
 * seeds of 32 bytes, but 1,056 multiplications to prove and 992 to verify instead of 336 and 128 (by counting).
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
