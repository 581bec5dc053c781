/** `mpc.party`: the node is one party of one computation. */
import type { PartyJob, PartyJobResult } from '../../../api/index.ts';
import { computationJson } from '../../../verifier/computation-file.ts';
import { circuitCommitment } from '../circuit/encode.ts';
import { type PartyTask, runParty } from '../run-party.ts';
import { identityFromSeed, readSessionDocument } from '../session/index.ts';
import { endOf, readTask, timeOf } from './task.ts';

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
    return endOf(error);
  }
}

function taskOf(payload: Uint8Array): Omit<PartyTask, 'identity'> {
  const { head, circuit, schema } = readTask<PartyJob>(payload);
  return {
    circuit,
    schema,
    document: readSessionDocument(head.session, circuitCommitment(circuit)),
    me: head.as,
    inputs: head.inputs,
    meetMs: timeOf(head.meetMs),
    totalMs: timeOf(head.totalMs),
  };
}
