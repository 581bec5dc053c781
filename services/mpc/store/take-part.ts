/**
 * The gateway as a party: the node computes with others by its own key, in a thread of its own; or as all parties, in processes. Inputs
 * and outputs pass through and are not kept; what all parties signed is recorded.
 */
import {
  type AllPartiesAnswer,
  type AllPartiesTask,
  type ComputationEnd,
  type ComputationFile,
  ComputationRefused,
  type PartyAnswer,
  type PartyTask,
} from '@hypergate/kit';
import type {
  AllPartiesJob,
  AllPartiesJobResult,
  JobEnd,
  PartyJob,
  PartyJobResult,
} from '@hypergate/node/api';
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
  const job: Omit<PartyJob, 'interface'> = { session, as, inputs, meetMs, totalMs };
  const { outputs, computation } = await compute<PartyJobResult>('mpc.party', circuit, job, context);
  return { outputs, ...(await recorded(circuit, computation, context)) };
}

/** @throws ComputationRefused */
export async function playAll(
  { circuit, level, keys, inputs, totalMs }: AllPartiesTask,
  context: MpcContext,
): Promise<AllPartiesAnswer> {
  const job: Omit<AllPartiesJob, 'interface'> = { level, keys, inputs, totalMs };
  const { outputs, computation } = await compute<AllPartiesJobResult>(
    'mpc.all-parties',
    circuit,
    job,
    context,
  );
  return { outputs, ...(await recorded(circuit, computation, context)) };
}

/** Runs a job of a circuit that is kept here. @throws ComputationRefused */
async function compute<Result extends object>(
  kind: string,
  circuit: string,
  job: object,
  context: MpcContext,
): Promise<Exclude<Result, JobEnd>> {
  const record = await findCircuit(circuit, context);
  const encoding = record === undefined ? undefined : await findEncoding(circuit, context);
  if (record === undefined || encoding === undefined) {
    throw new ComputationRefused(404, 'there is no such circuit, or its encoding was not kept');
  }
  const types = record.interface === undefined ? {} : { interface: record.interface };
  const head = Buffer.from(JSON.stringify({ ...job, ...types }));
  if (head.length > mpcServiceLimits.partyTextBytesMax)
    throw new ComputationRefused(413, 'the inputs are too large');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  const pieces = [length, head];
  for await (const piece of encoding.bytes) pieces.push(Buffer.from(piece));
  const answer = await runJob(kind, Buffer.concat(pieces), context);
  const result = JSON.parse(answer.toString()) as Exclude<Result, JobEnd> | JobEnd;
  if (!('failed' in result)) return result;
  const { failed, reason, party } = result;
  throw new ComputationRefused(409, failed, {
    ended: { reason: reason as ComputationEnd['reason'], party },
  });
}

async function recorded(
  circuit: string,
  signed: unknown,
  context: MpcContext,
): Promise<{ readonly computation: ComputationFile; readonly recorded: boolean }> {
  const computation = computationJson(readComputation(signed));
  try {
    await recordComputation(computation, undefined, context);
    return { computation, recorded: true };
  } catch (error) {
    // The others have their outputs: those of this party are not to be lost with the record.
    context.logger.error({ err: error, circuit }, 'a computation cannot be recorded');
    return { computation, recorded: false };
  }
}
