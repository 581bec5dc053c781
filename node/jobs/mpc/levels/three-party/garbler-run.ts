/** One run, as seen by a garbler. The protocol stands in three-party.ts. */
import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { equalConstantTime } from '../../../../crypto/compare.ts';
import type { Channel } from '../../channel.ts';
import { bitsOfBytes } from '../../circuit/bits.ts';
import { MpcAbort } from '../../errors.ts';
import { gatherLabels, labelsOf, permuteBits } from '../../garble/wires.ts';
import type { ProtocolOutputs, ProtocolRun } from '../../protocol.ts';
import { LabelCommitments } from './commitments.ts';
import { Garbling, type GarblingMessage, type RunContext, runContext } from './garbling.ts';
import {
  checkInputs,
  type GarblerRole,
  type InputPlan,
  type Part,
  planInputs,
  type Roles,
} from './input-plan.ts';
import { kinds } from './kinds.ts';
import { receiveExactly, receivePieces, sendPieces } from './pieces.ts';
import type { RunSeeds } from './seed.ts';

export interface GarblerParty {
  readonly roles: Roles;
  readonly role: GarblerRole;
  readonly other: Channel;
  readonly evaluator: Channel;
  readonly sessionId: Uint8Array;
  readonly seeds: RunSeeds;
}

export async function runGarbler(party: GarblerParty, run: ProtocolRun): Promise<ProtocolOutputs> {
  const { role, roles, evaluator } = party;
  const { circuit } = run;
  const me = roles[role];
  const plan = planInputs(circuit, roles);
  checkInputs(circuit, run.inputs, me);
  const share = await receiveShare(party, plan);
  const context = runContext(party.sessionId, run.runId);
  const secrets = party.seeds.next(run.runId, plan);
  const garbling = new Garbling(circuit, plan, secrets, context.hashKey, evaluator.peer);
  const commitments = new LabelCommitments(context.commitments);

  await give(
    party,
    garbling.front(commitments, commonBits(plan, run.inputs)),
    context.front,
    kinds.frontDigest,
  );
  const openings = plan.parts
    .filter(({ opener }) => opener === role)
    .map((part) => commitments.open(secrets, part.label, bitsOfPart(part, share, run.inputs)));
  await sendPieces(evaluator, kinds.openings, Buffer.concat(openings));
  await give(party, garbling.rear(), context.rear, kinds.rearDigest);
  return receiveOutputs(party, garbling, context);
}

/**
 * A share of the evaluator's inputs. No garbler says anything about the garbling before both have theirs, so that these inputs do
 * not depend on it.
 */
async function receiveShare({ evaluator, other }: GarblerParty, { shared }: InputPlan): Promise<Uint8Array> {
  if (shared === 0) return new Uint8Array(0);
  const share = bitsOfBytes(await receivePieces(evaluator, kinds.share, (shared + 7) >> 3), shared);
  await other.send(kinds.ready, new Uint8Array(0));
  await receiveExactly(other, kinds.ready, 0);
  return share;
}

function bitsOfPart(
  { input, share, bits }: Part,
  shares: Uint8Array,
  inputs: readonly (Uint8Array | undefined)[],
): Uint8Array {
  return share === undefined ? inputs[input]! : shares.subarray(share, share + bits);
}

function commonBits(plan: InputPlan, inputs: readonly (Uint8Array | undefined)[]): Uint8Array {
  const common = new Uint8Array(plan.common);
  for (const { opener, label, input } of plan.parts) if (opener === 'both') common.set(inputs[input]!, label);
  return common;
}

/** The first garbler sends the messages, the second a digest of them all. */
async function give(
  { role, evaluator }: GarblerParty,
  messages: Iterable<GarblingMessage>,
  context: Buffer,
  digestKind: number,
): Promise<void> {
  if (role === 0) {
    for (const { kind, body } of messages) await evaluator.send(kind, body);
    return;
  }
  const digest = createHash('sha256').update(context);
  for (const { body } of messages) {
    digest.update(body);
    // As sending does for the other garbler: who shares the thread gets its turn.
    await nextTurn();
  }
  await evaluator.send(digestKind, digest.digest());
}

/**
 * The evaluator gives the lowest bits of the labels that it has, and a hash of the labels: those that the bits stand for, unless
 * it guesses a label.
 */
async function receiveOutputs(
  { role, roles, evaluator }: GarblerParty,
  { garbler, secrets }: Garbling,
  context: RunContext,
): Promise<ProtocolOutputs> {
  const { circuit, zeroLabels } = garbler;
  const mine = circuit.outputs.map(({ to, wires }) => (to.includes(roles[role]) ? wires : undefined));
  const count = mine.reduce((sum, wires) => sum + (wires?.length ?? 0), 0);
  const lowest = bitsOfBytes(await receivePieces(evaluator, kinds.outputs, (count + 7) >> 3), count);
  const shown = await receiveExactly(evaluator, kinds.outputs, 32);
  const hash = createHash('sha256').update(context.outputs[role]);
  let at = 0;
  const outputs = mine.map((wires) => {
    if (wires === undefined) return undefined;
    const bits = permuteBits(zeroLabels, wires);
    for (let i = 0; i < bits.length; i++) bits[i]! ^= lowest[at++]!;
    hash.update(labelsOf(gatherLabels(zeroLabels, wires), bits, secrets.delta));
    return bits;
  });
  if (!equalConstantTime(shown, hash.digest())) {
    throw new MpcAbort('cheating', evaluator.peer, 'outputs that the evaluation did not give');
  }
  return outputs;
}
