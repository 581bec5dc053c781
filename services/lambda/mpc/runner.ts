/** One invocation is one computation: with others, as one party; or all parties here, which the answer says. */
import type { ComputationFile, Computations, PartyAnswer } from '@hypergate/kit';
import { computationId, hex, readComputation } from '@hypergate/node/verifier';
import type { InvocationOutcome } from '../executor/api.ts';
import { lambdaLimits } from '../limits.ts';
import type { MpcInvocation, MpcResult, MpcRunner, MpcRuntimeModules } from './api.ts';
import { failureOf, MpcFailure, unavailable } from './failure.ts';
import { gatherInputs } from './inputs.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { type MpcRequest, readRequest } from './request.ts';
import { checkAddresses, documentOf } from './session-document.ts';
import { within } from './within.ts';

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

export function createMpcRunner(modules: MpcRuntimeModules): MpcRunner {
  return { invoke: (invocation) => invoke(invocation, modules) };
}

async function invoke(invocation: MpcInvocation, modules: MpcRuntimeModules): Promise<MpcResult> {
  const { clock } = modules.base;
  const log = (message: string) => invocation.log({ timeMs: clock.now(), message });
  const manifest = readManifest(Buffer.from(invocation.circuit.manifest));
  let request: MpcRequest | undefined;
  const shown = (part: object) => Buffer.from(JSON.stringify(part));
  const result = (outcome: InvocationOutcome, answer: object): MpcResult => ({
    outcome,
    recordable: { payload: shown(withoutInputs(request)), answer: shown(answer) },
  });
  try {
    request = readRequest(invocation.payload, manifest);
    log(`MPC ${request.way === 'party' ? request.as : 'all parties'} at level ${manifest.level}`);
    const work = computed(request, manifest, invocation, modules);
    const answer = await within(invocation.deadlineMs - clock.now(), work);
    if (answer === 'late') return result(timedOut, {});
    const { outputs, ...disclosed } = answer;
    log(`MPC computed, transcript ${answer.transcriptHash}, record ${answer.recorded ?? 'missing'}`);
    return result(outcomeOf(answer), disclosed);
  } catch (error) {
    const failure = failureOf(error);
    if (!(failure instanceof MpcFailure)) throw failure;
    if (failure.type === 'Timeout' && clock.now() >= invocation.deadlineMs) return result(timedOut, {});
    log(`MPC ended: ${failure.errorType}`);
    const { body, errorType } = failure;
    return result({ kind: 'failure', failure: { kind: 'handler', body }, streamed: false }, { errorType });
  }
}

const timedOut: InvocationOutcome = { kind: 'failure', failure: { kind: 'timeout' }, streamed: false };

function withoutInputs(request: MpcRequest | undefined): object {
  if (request === undefined) return {};
  return request.way === 'party' ? { as: request.as, session: request.session } : {};
}

function outcomeOf(answer: MpcAnswer): InvocationOutcome {
  const body = Buffer.from(JSON.stringify(answer));
  if (body.length <= lambdaLimits.responseMax) return { kind: 'answer', body };
  return { kind: 'failure', failure: { kind: 'too-large', bytes: body.length }, streamed: false };
}

const computed =
  (request: MpcRequest, manifest: Manifest, invocation: MpcInvocation, modules: MpcRuntimeModules) =>
  async (signal: AbortSignal): Promise<MpcAnswer> => {
    const computations = requireComputations(modules);
    const { account, circuit, deadlineMs } = invocation;
    const { base } = modules;
    if (request.way === 'party') checkAddresses(request.session, { as: request.as, account, ports: modules });
    const played = request.way === 'party' ? [request.as] : manifest.parties;
    const inputs = await gatherInputs(played, request.inputs, {
      manifest,
      invocation,
      signal,
      ports: modules,
    });
    const leftMs = deadlineMs - base.clock.now();
    // Nobody is waiting for it any more.
    if (leftMs < 1) throw new MpcFailure('Timeout', 'the time of the function is over');
    const totalMs = Math.min(manifest.totalMs, leftMs);
    const { level, keys } = manifest;
    const { commitment } = circuit;
    if (request.way === 'all') {
      const answer = await computations.playAll({ circuit: commitment, level, keys, inputs, totalMs });
      return { ...describe(answer), party: manifest.parties, parties: 'local' };
    }
    const { as, session } = request;
    const answer = await computations.takePart({
      circuit: commitment,
      session: documentOf(session, manifest),
      as,
      inputs: inputs[as] ?? {},
      meetMs: Math.min(manifest.meetMs, totalMs),
      totalMs,
    });
    return { ...describe(answer), party: as };
  };

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
