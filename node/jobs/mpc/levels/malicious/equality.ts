/**
 * Whether both parties hold the same secret, and a coin toss that neither could foresee when it said so.
 *
 * The garbler commits to its secret and to a seed; the evaluator tells its secret and its seed; the garbler compares, and opens
 * only when they are the same; the evaluator sees whether the commitment opens to its own secret. So each party's secret is fixed
 * before it hears of the other's, and both seeds are fixed before either is known to both: whoever is about to fail cannot
 * wait for the toss. Secrets are digests here. This is F_EQ of Wang, Ranellucci, Katz (2017) together with their coin tossing.
 */
import { equalConstantTime } from '../../../../crypto/compare.ts';
import type { RandomSource } from '../../channel.ts';
import { kinds } from './kinds.ts';
import { digestBytes, type Link } from './link.ts';

const seedBytes = 32;

/** @param secret a digest. @returns a seed of 32 bytes, public from now on. @throws MpcAbort `cheating` when the secrets differ */
export async function tossAfterEquality(link: Link, secret: Buffer, random: RandomSource): Promise<Buffer> {
  const step = link.nextStep();
  const seed = Buffer.from(random(seedBytes));
  const tossed = (garblers: Uint8Array, evaluators: Uint8Array) =>
    link.digest('toss', step, true).update(garblers).update(evaluators).digest();
  const commitment = (opening: Uint8Array) =>
    link.digest('commitment', step, true).update(secret).update(opening).digest();

  if (link.isGarbler) {
    const opening = Buffer.concat([seed, random(digestBytes)]);
    await link.send(kinds.equalityCommitment, commitment(opening));
    const answer = await link.receive(kinds.equalityAnswer, digestBytes + seedBytes);
    if (!equalConstantTime(answer.subarray(0, digestBytes), secret)) throw link.cheating(differ);
    await link.send(kinds.equalityOpening, opening);
    return tossed(seed, answer.subarray(digestBytes));
  }
  const committed = await link.receive(kinds.equalityCommitment, digestBytes);
  await link.send(kinds.equalityAnswer, Buffer.concat([secret, seed]));
  const opening = await link.receive(kinds.equalityOpening, seedBytes + digestBytes);
  if (!equalConstantTime(commitment(opening), committed)) throw link.cheating(differ);
  return tossed(opening.subarray(0, seedBytes), seed);
}

const differ = 'an authenticated AND is not what it should be';
