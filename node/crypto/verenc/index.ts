/**
 * Verifiable encryption of a domain's epoch key: everybody can check that the holder of the read key can recover it.
 *
 * Relation: { k : K = kG and Dec(r, ciphertext) = k } over ristretto255, for K and R = rG of the domain's configuration.
 *
 * Scheme: Takahashi and Zaverucha, "Verifiable Encryption from MPC-in-the-Head" (IACR ePrint 2021/1704), the robust variant
 * of DKG-in-the-head (protocol 5), made non-interactive by Fiat-Shamir, with N = 136 parties, t = 64 of them opened, one
 * repetition, all N - t hidden ciphertexts kept, and hashed ElGamal:
 *
 *   1. f of degree t with f(0) = k and random other coefficients a_j; x_i = f(i) for i = 1 … N; A_j = a_j G for j = 1 … t.
 *      A_0 is not sent: it is K of the statement.
 *   2. Each share is encrypted: E_i = r_i G, c_i = x_i + H(context, i, E_i, r_i R).
 *   3. challenge = H(context, A_1 … A_t, E_1, c_1, …, E_N, c_N), context = domain, epoch, R, K, N, t; it selects a set S of t
 *      parties. The proof shows x_i and r_i for i in S, and (E_i, c_i) of all others.
 *   4. The verifier encrypts the opened shares again, computes the challenge anew over all ciphertexts and compares it, and
 *      checks x_i G = sum_j i^j A_j for i in S.
 *   5. The holder of r decrypts a hidden share, interpolates f(0) through it and the t opened ones, and checks it against K;
 *      if it is the wrong scalar, the next hidden party is tried.
 *
 * Soundness. Call party i good if the share that r decrypts from (E_i, c_i) is x with x G = P(i) := sum_j i^j A_j, A_0 = K.
 * (a) An opened party that passes is good: r_i and x_i give exactly (E_i, c_i), and r E_i = r_i R. (b) If one hidden party is
 * good, t + 1 points of a polynomial g of degree at most t satisfy g(i) G = P(i), so the two agree everywhere and
 * g(0) G = A_0 = K: recovery succeeds. So a proof that verifies and cannot be recovered from has exactly the parties of S
 * good. Which parties are good is fixed by what is hashed into the challenge (r is fixed by R), and the challenge is uniform:
 * it selects exactly that set with probability 1 / C(N, t). With q hash queries a cheating prover succeeds with probability
 * at most (q + 1) (1 / C(N, t) + 1 / order) (1 + 2^-50), the middle term for checking step 4's equations as one weighted sum:
 *
 *   1 / C(136, 64) = 2^-131.79 per query, against 2^-128 asked for. (The reference's C(64, 22) is 2^56.2.)
 *
 * The two holes of the reference cannot be here. Its A_0 comes from the prover and is never compared with the statement;
 * here A_0 is no field of the proof, the statement itself enters the sum of step 4 and the challenge. Its ciphertext is not
 * bound to the statement; here the context is in every mask and in the challenge, the challenge covers all N ciphertexts
 * whole, and it is computed anew from the bytes that the verifier got. What was cut to the ciphertext is never verified.
 *
 * Secrecy. t shares of a polynomial of degree t say nothing about k, the A_j nothing beyond K, and the hidden shares are
 * under hashed ElGamal (computational Diffie-Hellman, random oracles). K itself lets a guess of k be tested, so k must be a
 * random scalar, which epoch keys are.
 *
 * What verifies and what recovers runs in browsers. Measurements: bench.ts.
 */
export type { Checked } from '../checked.ts';
export {
  decodeEpochProof,
  type EpochKeysConfig,
  encodeEpochProof,
  epochProofSlot,
  epochStatements,
  verifyEpochProof,
} from './epoch-proof.ts';
export { ciphertextBytes, proofBytes } from './format/v1.ts';
export { type Parameters, parametersV1, soundnessBits } from './parameters.ts';
export { proofRandomBytes, proveEncryption } from './prove.ts';
export { compressProof, type RecoveredKey, recoverEncrypted } from './recover.ts';
export type { EpochStatement } from './transcript.ts';
export { verifyEncryption } from './verify.ts';
