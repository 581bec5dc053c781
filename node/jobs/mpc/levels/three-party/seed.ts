/**
 * The seed that both garblers have and the evaluator has not, and the secrets of each run, which it determines. Each garbler adds
 * 32 random bytes. That one of them could choose its part last and steer the seed does not matter: who steers it is not honest, has
 * to know the seed in any case, and the evaluator is honest then; the garbling is correct for every seed.
 */
import { createCipheriv, createHmac, type KeyObject } from 'node:crypto';
import { equalConstantTime } from '../../../../crypto/compare.ts';
import { hkdf, secretKey } from '../../../../crypto/hkdf.ts';
import { allocateBlocks, blockBytes, readWords, viewWords } from '../../block/words.ts';
import type { Channel, RandomSource } from '../../channel.ts';
import { MpcAbort } from '../../errors.ts';
import type { GarblerRole, InputPlan } from './input-plan.ts';
import { kinds } from './kinds.ts';
import { receiveExactly } from './pieces.ts';

const seedBytes = 32;

/** @throws MpcAbort `cheating` when the other garbler does not show that it has the same seed */
export async function agreeOnSeed(
  other: Channel,
  role: GarblerRole,
  random: RandomSource,
  sessionId: Uint8Array,
): Promise<RunSeeds> {
  const mine = Buffer.from(random(seedBytes));
  await other.send(kinds.seedPart, mine);
  const theirs = await receiveExactly(other, kinds.seedPart, seedBytes);
  const parts = Buffer.concat(role === 0 ? [mine, theirs] : [theirs, mine]);
  const derive = (use: string) =>
    hkdf(secretKey(parts), sessionId, Buffer.from(`hypergate mpc three-party v1 ${use}`), seedBytes);
  const proofKey = secretKey(derive('seed proof'));
  const proof = (of: GarblerRole) => createHmac('sha256', proofKey).update(Buffer.of(of)).digest();
  await other.send(kinds.seedProof, proof(role));
  const shown = await receiveExactly(other, kinds.seedProof, seedBytes);
  if (!equalConstantTime(shown, proof(role === 0 ? 1 : 0))) {
    throw new MpcAbort('cheating', other.peer, 'the garblers have different seeds');
  }
  return new RunSeeds(secretKey(derive('seed')));
}

/** What both garblers draw for one run. */
export interface RunSecrets {
  /** 16 bytes; the lowest bit of the first is 1. */
  readonly delta: Buffer;
  /** Labels that mean 0 of the committed inputs, 16 bytes each. */
  readonly committed: Buffer;
  /** Those of the inputs that both garblers know. */
  readonly common: Buffer;
  /** 16 bytes for each commitment: two for each committed label, in the order of the labels' lowest bits. */
  readonly randomness: Buffer;
}

export class RunSeeds {
  private readonly seed: KeyObject;
  private runs = 0;

  constructor(seed: KeyObject) {
    this.seed = seed;
  }

  /** Runs are counted, so that no two of them have the same secrets even if a caller gave two of them the same id. */
  next(runId: Uint8Array, plan: InputPlan): RunSecrets {
    const use = Buffer.from(`hypergate mpc three-party v1 run ${this.runs++}`);
    const key = hkdf(this.seed, runId, use, 32);
    const stream = createCipheriv('aes-256-ctr', key, Buffer.alloc(blockBytes));
    const draw = (blocks: number) => stream.update(Buffer.alloc(blockBytes * blocks));
    const delta = draw(1);
    delta[0]! |= 1;
    return {
      delta,
      committed: draw(plan.committed),
      common: draw(plan.common),
      randomness: draw(2 * plan.committed),
    };
  }
}

/** Labels that mean 0 of the circuit's inputs: of two shares the XOR. @param labelsOf those of the parts */
export function inputLabels(plan: InputPlan, committed: Uint8Array, common: Uint8Array): Buffer {
  const labels = allocateBlocks(plan.inputBits);
  const words = viewWords(labels);
  const from = { committed: readWords(committed), common: readWords(common) };
  for (const { opener, wire, bits, label } of plan.parts) {
    const source = opener === 'both' ? from.common : from.committed;
    for (let i = 0; i < 4 * bits; i++) words[4 * wire + i]! ^= source[4 * label + i]!;
  }
  return labels;
}
