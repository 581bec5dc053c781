/** `mpc.party`: the node is one party of one computation. */
import type { PartyJob, PartyJobResult } from '../../../api/index.ts';
import { computationJson } from '../../../verifier/computation-file.ts';
import { jobLimits } from '../../limits.ts';
import { JobRefused } from '../../messages.ts';
import { circuitCommitment, decodeCircuit } from '../circuit/encode.ts';
import { CircuitError, MpcAbort } from '../errors.ts';
import {
  checkInterface,
  InterfaceError,
  parseInterface,
  plainInterface,
  ValueError,
} from '../language/index.ts';
import { CannotListen, type PartyTask, runParty } from '../run-party.ts';
import { identityFromSeed, readSessionDocument } from '../session/index.ts';

export async function run(payload: Uint8Array, seed?: Uint8Array): Promise<Uint8Array> {
  if (seed === undefined) throw new Error('no seed was given');
  const identity = identityFromSeed(seed);
  seed.fill(0);
  return Buffer.from(JSON.stringify(await resultOf(payload, identity)));
}

async function resultOf(payload: Uint8Array, identity: PartyTask['identity']): Promise<PartyJobResult> {
  try {
    const { outputs, receipt } = await runParty({ ...taskOf(payload), identity });
    return { outputs, computation: computationJson(receipt) };
  } catch (error) {
    if (error instanceof MpcAbort)
      return { failed: `nothing was computed (${error.reason}): ${error.message}` };
    if (error instanceof CannotListen) return { failed: error.message };
    const isCallers =
      error instanceof CircuitError ||
      error instanceof RangeError ||
      error instanceof ValueError ||
      error instanceof InterfaceError;
    if (!isCallers) throw error;
    throw new JobRefused(error.message, { cause: error });
  }
}

function taskOf(payload: Uint8Array): Omit<PartyTask, 'identity'> {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const end = bytes.length < 4 ? 0 : 4 + bytes.readUInt32BE(0);
  if (end === 0 || end > bytes.length) throw new JobRefused('the job is not whole');
  const job = JSON.parse(bytes.toString('utf8', 4, end)) as PartyJob;
  const circuit = decodeCircuit(bytes.subarray(end));
  const schema = job.interface === undefined ? plainInterface(circuit) : parseInterface(job.interface);
  checkInterface(schema, circuit);
  return {
    circuit,
    schema,
    document: readSessionDocument(job.session, circuitCommitment(circuit)),
    me: job.as,
    inputs: job.inputs,
    meetMs: timeOf(job.meetMs),
    totalMs: timeOf(job.totalMs),
  };
}

function timeOf(ms: number): number {
  if (ms >= 1 && ms <= jobLimits.partyMsMax) return ms;
  throw new JobRefused(`a limit of ${ms} ms is out of range`);
}
