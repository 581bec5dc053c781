/**
 * The gateway as a party: the node computes with others by its own key, in a thread of its own. Inputs and outputs pass through and are
 * not kept; what all parties signed is recorded.
 */
import { ComputationRefused, type PartyAnswer, type PartyTask } from '@hypergate/kit';
import type { PartyJob, PartyJobResult } from '@hypergate/node/api';
import { computationJson, readComputation } from '@hypergate/node/verifier';
import { mpcServiceLimits } from '../limits.ts';
import { findCircuit, findEncoding } from './circuits.ts';
import { recordComputation } from './computations.ts';
import type { MpcContext } from './context.ts';
import { runJob } from './refusals.ts';

export async function partyKey(context: MpcContext): Promise<string> {
  return (await runJob('mpc.party-key', new Uint8Array(0), context)).toString('hex');
}

/** @throws ComputationRefused */
export async function takePart(
  { circuit, session, as, inputs, meetMs, totalMs }: PartyTask,
  context: MpcContext,
): Promise<PartyAnswer> {
  const record = await findCircuit(circuit, context);
  const encoding = record === undefined ? undefined : await findEncoding(circuit, context);
  if (record === undefined || encoding === undefined) {
    throw new ComputationRefused(404, 'there is no such circuit, or its encoding was not kept');
  }
  const types = record.interface === undefined ? {} : { interface: record.interface };
  const job: PartyJob = { session, as, inputs, meetMs, totalMs, ...types };
  const head = Buffer.from(JSON.stringify(job));
  if (head.length > mpcServiceLimits.partyTextBytesMax)
    throw new ComputationRefused(413, 'the inputs are too large');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  const pieces = [length, head];
  for await (const piece of encoding.bytes) pieces.push(Buffer.from(piece));
  const answer = await runJob('mpc.party', Buffer.concat(pieces), context);
  const result = JSON.parse(answer.toString()) as PartyJobResult;
  if ('failed' in result) throw new ComputationRefused(409, result.failed);
  const { outputs } = result;
  const computation = computationJson(readComputation(result.computation));
  try {
    await recordComputation(computation, undefined, context);
    return { outputs, computation, recorded: true };
  } catch (error) {
    // The others have their outputs: those of this party are not to be lost with the record.
    context.logger.error({ err: error, circuit }, 'a computation cannot be recorded');
    return { outputs, computation, recorded: false };
  }
}
