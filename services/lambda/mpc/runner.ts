/** Invocations, from a payload to what the caller is told and what may be recorded of it. */
import type { InvocationOutcome } from '../executor/api.ts';
import { lambdaLimits } from '../limits.ts';
import type { MpcInvocation, MpcResult, MpcRunner, MpcRuntimeModules } from './api.ts';
import { type Compute, createCompute, type MpcAnswer } from './compute.ts';
import { failureOf, MpcFailure } from './failure.ts';
import { readManifest } from './manifest.ts';
import { type MpcRequest, readRequest } from './request.ts';
import { within } from './within.ts';

export function createMpcRunner(modules: MpcRuntimeModules): MpcRunner {
  const compute = createCompute(modules);
  const { clock } = modules.base;
  return { invoke: (invocation) => invoke(invocation, compute, clock) };
}

async function invoke(
  invocation: MpcInvocation,
  compute: Compute,
  clock: MpcRuntimeModules['base']['clock'],
): Promise<MpcResult> {
  const log = (message: string) => invocation.log({ timeMs: clock.now(), message });
  const manifest = readManifest(Buffer.from(invocation.circuit.manifest));
  const { deadlineMs } = invocation;
  let request: MpcRequest | undefined;
  const shown = (part: object) => Buffer.from(JSON.stringify(part));
  const result = (outcome: InvocationOutcome, answer: object): MpcResult => ({
    outcome,
    recordable: { payload: shown(withoutInputs(request)), answer: shown(answer) },
  });
  try {
    const asked = readRequest(invocation.payload, manifest);
    request = asked;
    log(`MPC ${asked.way === 'party' ? asked.as : 'all parties'} at level ${manifest.level}`);
    const answer = await within(deadlineMs - clock.now(), (signal) =>
      compute({ request: asked, manifest, invocation, signal }),
    );
    if (answer === 'late') return result(timedOut, {});
    const { outputs, ...disclosed } = answer;
    log(`MPC computed, transcript ${answer.transcriptHash}, record ${answer.recorded ?? 'missing'}`);
    return result(outcomeOf(answer), disclosed);
  } catch (error) {
    const failure = failureOf(error);
    if (!(failure instanceof MpcFailure)) throw failure;
    if (failure.type === 'Timeout' && clock.now() >= deadlineMs) return result(timedOut, {});
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
