/**
 * The garbling of a run as bytes in order, cut into messages: the same for both garblers. The front is all that the inputs need,
 * the rear the tables and what decodes the outputs of the evaluator.
 */
import { createHash } from 'node:crypto';
import { publicKeyFor } from '../../block/fixed-key-permutation.ts';
import { bytesOfBits } from '../../circuit/bits.ts';
import type { Circuit } from '../../circuit/circuit.ts';
import { Garbler } from '../../garble/garbler.ts';
import { labelsOf, permuteBits } from '../../garble/wires.ts';
import { type LabelCommitments, pairBytes } from './commitments.ts';
import type { InputPlan } from './input-plan.ts';
import { kinds } from './kinds.ts';
import { threePartyLimits } from './limits.ts';
import { pieceLengths } from './pieces.ts';
import { inputLabels, type RunSecrets } from './seed.ts';

const { pieceBytes } = threePartyLimits;

export interface GarblingMessage {
  readonly kind: number;
  readonly body: Buffer;
}

export class Garbling {
  readonly garbler: Garbler;
  readonly secrets: RunSecrets;
  private readonly plan: InputPlan;
  private readonly evaluator: string;

  /** @param evaluator name of the party that learns the outputs which are decoded openly */
  constructor(circuit: Circuit, plan: InputPlan, secrets: RunSecrets, hashKey: Buffer, evaluator: string) {
    this.plan = plan;
    this.secrets = secrets;
    this.evaluator = evaluator;
    const labels = inputLabels(plan, secrets.committed, secrets.common);
    this.garbler = new Garbler(circuit, { delta: secrets.delta, inputLabels: labels }, hashKey);
  }

  /**
   * Commitments; what labels mean whose bits the evaluator knows; labels of the bits that both garblers know.
   * @param commonBits those bits
   */
  *front(commitments: LabelCommitments, commonBits: Uint8Array): Generator<GarblingMessage, void, undefined> {
    const { plan, secrets } = this;
    let label = 0;
    for (const length of pieceLengths(pairBytes * plan.committed)) {
      const until = label + length / pairBytes;
      yield { kind: kinds.commitments, body: commitments.make(secrets, label, until) };
      label = until;
    }
    yield* cut(kinds.permutation, bytesOfBits(this.checkedPermutation()));
    yield* cut(kinds.commonLabels, labelsOf(secrets.common, commonBits, secrets.delta));
  }

  /** Tables, as they are garbled; then the lowest bits of the labels that mean 0, for the outputs of the evaluator. */
  *rear(): Generator<GarblingMessage, void, undefined> {
    const { garbler, evaluator } = this;
    for (const body of garbler.tables(pieceBytes)) yield { kind: kinds.tables, body };
    const outputs = garbler.circuit.outputs.filter(({ to }) => to.includes(evaluator));
    const bits = outputs.map(({ wires }) => permuteBits(garbler.zeroLabels, wires));
    yield* cut(kinds.decoding, bytesOfBits(Buffer.concat(bits)));
  }

  private checkedPermutation(): Uint8Array {
    const bits = new Uint8Array(this.plan.checked);
    for (const part of this.plan.parts) {
      if (part.checked === undefined) continue;
      for (let i = 0; i < part.bits; i++)
        bits[part.checked + i] = this.secrets.committed[16 * (part.label + i)]! & 1;
    }
    return bits;
  }
}

function* cut(kind: number, body: Buffer): Generator<GarblingMessage, void, undefined> {
  let at = 0;
  for (const length of pieceLengths(body.length)) {
    yield { kind, body: body.subarray(at, at + length) };
    at += length;
  }
}

/** What names a run apart from all others, for digests, commitments and the hash. */
export interface RunContext {
  /** 32 bytes each, public. */
  readonly commitments: Buffer;
  readonly front: Buffer;
  readonly rear: Buffer;
  /** By role of the garbler. */
  readonly outputs: readonly [Buffer, Buffer];
  /** 16 bytes. */
  readonly hashKey: Buffer;
}

/** @param sessionId 32 bytes. @param runId 32 bytes */
export function runContext(sessionId: Uint8Array, runId: Uint8Array): RunContext {
  const of = (use: string) =>
    createHash('sha256')
      .update(`hypergate mpc three-party v1\0${use}\0`)
      .update(sessionId)
      .update(runId)
      .digest();
  return {
    commitments: of('commitments'),
    front: of('front'),
    rear: of('rear'),
    outputs: [of('outputs 0'), of('outputs 1')],
    hashKey: publicKeyFor('three-party', sessionId, runId),
  };
}
