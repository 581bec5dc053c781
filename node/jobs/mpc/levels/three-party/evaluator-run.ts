/** One run, as seen by the evaluator. The protocol stands in three-party.ts. */
import { createHash, type Hash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { equalConstantTime } from '../../../../crypto/compare.ts';
import { allocateBlocks } from '../../block/words.ts';
import type { Channel, RandomSource } from '../../channel.ts';
import { bitsOfBytes, bytesOfBits } from '../../circuit/bits.ts';
import type { Circuit } from '../../circuit/circuit.ts';
import { MpcAbort } from '../../errors.ts';
import { Evaluator } from '../../garble/evaluator.ts';
import { gatherLabels, permuteBits } from '../../garble/wires.ts';
import type { ProtocolOutputs, ProtocolRun } from '../../protocol.ts';
import { LabelCommitments, openingBytes, pairBytes } from './commitments.ts';
import { type RunContext, runContext } from './garbling.ts';
import { checkInputs, type InputPlan, type Part, planInputs, type Roles } from './input-plan.ts';
import { kinds } from './kinds.ts';
import { threePartyLimits } from './limits.ts';
import { receiveExactly, receivePieces, sendPieces } from './pieces.ts';
import { inputLabels } from './seed.ts';

/** Openings that are checked at once: some five milliseconds. */
const turnBits = 8192;

export interface EvaluatorParty {
  readonly roles: Roles;
  /** By role. */
  readonly garblers: readonly [Channel, Channel];
  readonly random: RandomSource;
  readonly sessionId: Uint8Array;
}

/** Of the garbling, what the inputs need. */
interface Front {
  readonly commitments: Buffer;
  /** Lowest bits of the labels that mean 0, where the evaluator knows the bits. */
  readonly permutation: Uint8Array;
  readonly commonLabels: Buffer;
}

export async function runEvaluator(party: EvaluatorParty, run: ProtocolRun): Promise<ProtocolOutputs> {
  const { circuit } = run;
  const plan = planInputs(circuit, party.roles);
  checkInputs(circuit, run.inputs, party.roles[2]);
  const context = runContext(party.sessionId, run.runId);
  const shares = await sendShares(party, plan, run.inputs);
  const front = await receiveFront(party, plan, context);
  const committed = allocateBlocks(plan.committed);
  for (const role of [0, 1] as const) {
    const parts = plan.parts.filter(({ opener }) => opener === role);
    const from = party.garblers[role];
    for (const [part, labels] of await receiveOpenings(from, parts, front, context)) {
      if (part.checked !== undefined) {
        const known = part.share === undefined ? run.inputs[part.input]! : shares[role].subarray(part.share);
        checkKnown(from.peer, labels, known, front.permutation.subarray(part.checked));
      }
      labels.copy(committed, 16 * part.label);
    }
  }
  const labels = inputLabels(plan, committed, front.commonLabels);
  const evaluator = new Evaluator(circuit, labels, context.hashKey);
  const decoding = await receiveRear(party, evaluator, context);
  // All checks have passed: from here on outputs may leave.
  for (const role of [0, 1] as const) await sendOutputs(party, role, evaluator, context);
  return decode(circuit, party.roles[2], evaluator, decoding);
}

/** @returns bits of both shares. Random as they are each for itself, they tell neither garbler anything */
async function sendShares(
  { garblers, random }: EvaluatorParty,
  plan: InputPlan,
  inputs: readonly (Uint8Array | undefined)[],
): Promise<readonly [Uint8Array, Uint8Array]> {
  const { shared, parts } = plan;
  const first = bitsOfBytes(random((shared + 7) >> 3), shared);
  const second = Uint8Array.from(first);
  for (const { opener, share, input } of parts) {
    if (share === undefined || opener !== 1) continue;
    const bits = inputs[input]!;
    for (let i = 0; i < bits.length; i++) second[share + i]! ^= bits[i]! & 1;
  }
  await sendPieces(garblers[0], kinds.share, bytesOfBits(first));
  await sendPieces(garblers[1], kinds.share, bytesOfBits(second));
  return [first, second];
}

async function receiveFront(party: EvaluatorParty, plan: InputPlan, context: RunContext): Promise<Front> {
  const [first] = party.garblers;
  const digest = createHash('sha256').update(context.front);
  const receive = async (kind: number, bytes: number) => {
    const body = await receivePieces(first, kind, bytes);
    digest.update(body);
    return body;
  };
  const commitments = await receive(kinds.commitments, pairBytes * plan.committed);
  const permutation = bitsOfBytes(await receive(kinds.permutation, (plan.checked + 7) >> 3), plan.checked);
  const commonLabels = await receive(kinds.commonLabels, 16 * plan.common);
  await compareDigests(party, digest, kinds.frontDigest);
  return { commitments, permutation, commonLabels };
}

/** Which of the garblers lies cannot be seen: both could have sent what they did. */
async function compareDigests({ garblers }: EvaluatorParty, digest: Hash, kind: number): Promise<void> {
  const [first, second] = garblers;
  const theirs = await receiveExactly(second, kind, 32);
  if (!equalConstantTime(theirs, digest.digest())) {
    const detail = `${first.peer} and ${second.peer} do not garble the same: at least one of them cheats`;
    throw new MpcAbort('cheating', undefined, detail);
  }
}

/** @returns labels by part. The commitments are those of both garblers, so that the one who opens is to blame */
async function receiveOpenings(
  garbler: Channel,
  parts: readonly Part[],
  { commitments }: Front,
  context: RunContext,
): Promise<[Part, Buffer][]> {
  const check = new LabelCommitments(context.commitments);
  const count = parts.reduce((sum, { bits }) => sum + bits, 0);
  const openings = await receivePieces(garbler, kinds.openings, openingBytes * count);
  const opened: [Part, Buffer][] = [];
  let at = 0;
  for (const part of parts) {
    const labels = allocateBlocks(part.bits);
    for (let i = 0; i < part.bits; i += turnBits) {
      const bits = Math.min(turnBits, part.bits - i);
      const some = openings.subarray(at, (at += openingBytes * bits));
      if (!check.opened(commitments, part.label + i, some)) {
        throw new MpcAbort('cheating', garbler.peer, 'an opening that fits no commitment');
      }
      for (let j = 0; j < bits; j++) some.copy(labels, 16 * (i + j), openingBytes * j, openingBytes * j + 16);
      if (i + bits < part.bits) await nextTurn();
    }
    opened.push([part, labels]);
  }
  return opened;
}

/** @param known, permutation begin with those of the labels: bits, and lowest bits of the labels that mean 0 */
function checkKnown(garbler: string, labels: Buffer, known: Uint8Array, permutation: Uint8Array): void {
  let different = 0;
  for (let i = 0; 16 * i < labels.length; i++) different |= labels[16 * i]! ^ permutation[i]! ^ known[i]!;
  if ((different & 1) !== 0) {
    throw new MpcAbort('cheating', garbler, 'a bit that the evaluator knows was opened as the other one');
  }
}

/**
 * Evaluates the tables as they come: on its own this tells nobody anything, and the labels of a wrong table lead nowhere.
 * @returns what decodes the outputs of the evaluator, once both garblers gave the same tables
 */
async function receiveRear(
  party: EvaluatorParty,
  evaluator: Evaluator,
  context: RunContext,
): Promise<Uint8Array> {
  const [first] = party.garblers;
  const digest = createHash('sha256').update(context.rear);
  while (!evaluator.done) {
    const length = Math.min(evaluator.tableBytesLeft, threePartyLimits.pieceBytes);
    const tables = await receiveExactly(first, kinds.tables, length);
    digest.update(tables);
    evaluator.push(tables);
  }
  const mine = evaluator.circuit.outputs.filter(({ to }) => to.includes(party.roles[2]));
  const count = mine.reduce((sum, { wires }) => sum + wires.length, 0);
  const decoding = await receivePieces(first, kinds.decoding, (count + 7) >> 3);
  digest.update(decoding);
  await compareDigests(party, digest, kinds.rearDigest);
  return bitsOfBytes(decoding, count);
}

async function sendOutputs(
  { garblers, roles }: EvaluatorParty,
  role: 0 | 1,
  { circuit, labels }: Evaluator,
  context: RunContext,
): Promise<void> {
  const hash = createHash('sha256').update(context.outputs[role]);
  const lowest: Uint8Array[] = [];
  for (const { to, wires } of circuit.outputs) {
    if (!to.includes(roles[role])) continue;
    lowest.push(permuteBits(labels, wires));
    hash.update(gatherLabels(labels, wires));
  }
  await sendPieces(garblers[role], kinds.outputs, bytesOfBits(Buffer.concat(lowest)));
  await garblers[role].send(kinds.outputs, hash.digest());
}

function decode(circuit: Circuit, me: string, { labels }: Evaluator, decoding: Uint8Array): ProtocolOutputs {
  let at = 0;
  return circuit.outputs.map(({ to, wires }) => {
    if (!to.includes(me)) return undefined;
    const bits = permuteBits(labels, wires);
    for (let i = 0; i < bits.length; i++) bits[i]! ^= decoding[at++]!;
    return bits;
  });
}
