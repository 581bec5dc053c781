/** One invocation is one computation: with others, as one party; or all parties here, which the answer says. */
import type { ComputationFile, Computations, PartyAnswer } from '@hypergate/kit';
import { computationId, hex, readComputation } from '@hypergate/node/verifier';
import type { MpcInvocation, MpcRuntimeModules } from './api.ts';
import { MpcFailure, unavailable } from './failure.ts';
import { gatherInputs } from './inputs.ts';
import { mpcLimits } from './limits.ts';
import type { Manifest } from './manifest.ts';
import { Places } from './places.ts';
import type { Inputs, MpcRequest } from './request.ts';
import { checkAddresses, documentOf } from './session-document.ts';

/** What the caller gets. */
export interface MpcAnswer {
  /** What the party learned by name; of all parties, by party. */
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly party: string | readonly string[];
  /** All parties were played here: the gateway saw the inputs of all. */
  readonly parties?: 'local';
  readonly level: string;
  /** Commitment. */
  readonly circuit: string;
  readonly transcriptHash: string;
  /** Id of its record, `mpc://computations/ID`; null: it could not be written, and `computation` is to be recorded later. */
  readonly recorded: string | null;
  readonly computation?: ComputationFile;
}

export interface ComputeTask {
  readonly request: MpcRequest;
  readonly manifest: Manifest;
  readonly invocation: MpcInvocation;
  /** Nobody waits for it any more. */
  readonly signal: AbortSignal;
}

/** @throws MpcFailure, ComputationRefused, AwsError */
export type Compute = (task: ComputeTask) => Promise<MpcAnswer>;

export function createCompute(modules: MpcRuntimeModules): Compute {
  const places = {
    party: new Places(mpcLimits.partiesAtOnce, mpcLimits.waitingMax),
    all: new Places(mpcLimits.allPartiesAtOnce, mpcLimits.waitingMax),
  };
  return async (task) => {
    const { request, manifest, invocation, signal } = task;
    const { account } = invocation;
    if (request.way === 'party') checkAddresses(request.session, { as: request.as, account, ports: modules });
    const played = request.way === 'party' ? [request.as] : manifest.parties;
    const sources = { manifest, invocation, signal, ports: modules };
    const inputs = await gatherInputs(played, request.inputs, sources);
    return await places[request.way].with(signal, () => computed(task, inputs, modules));
  };
}

async function computed(
  { request, manifest, invocation }: ComputeTask,
  inputs: Inputs,
  modules: MpcRuntimeModules,
): Promise<MpcAnswer> {
  const computations = requireComputations(modules);
  const leftMs = invocation.deadlineMs - modules.base.clock.now();
  if (leftMs < 1) throw new MpcFailure('Timeout', 'the time of the function is over');
  const totalMs = Math.min(manifest.totalMs, leftMs);
  const { level, keys } = manifest;
  const { commitment: circuit } = invocation.circuit;
  if (request.way === 'all') {
    const answer = await computations.playAll({ circuit, level, keys, inputs, totalMs });
    return { ...describe(answer), party: manifest.parties, parties: 'local' };
  }
  const { as } = request;
  const answer = await computations.takePart({
    circuit,
    session: documentOf(request.session, manifest),
    as,
    inputs: inputs[as] ?? {},
    meetMs: Math.min(manifest.meetMs, totalMs),
    totalMs,
  });
  return { ...describe(answer), party: as };
}

function requireComputations({ computations }: MpcRuntimeModules): Computations {
  const found = computations();
  if (found === undefined) throw unavailable('no service here keeps them');
  return found;
}

function describe({ outputs, computation, recorded }: PartyAnswer): Omit<MpcAnswer, 'party'> {
  const { level, circuit, transcriptHash } = computation.statement;
  const id = hex(computationId(readComputation(computation).statement));
  return {
    outputs,
    level,
    circuit,
    transcriptHash,
    ...(recorded ? { recorded: id } : { recorded: null, computation }),
  };
}
