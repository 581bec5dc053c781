/** One invocation: what is logged around it, and what its outcome means for the caller. */
import { hash } from 'node:crypto';
import type { FunctionFailure, InvocationOutcome } from '../executor/api.ts';
import type { InvokeRequest, InvokeResult } from './api.ts';
import type { EnvironmentLog } from './environment-log.ts';
import { errorTypeOf, failureBody } from './failure-body.ts';
import { HashingSink } from './hashing-sink.ts';
import type { FailedStart } from './launcher.ts';
import type { Pool } from './pool.ts';
import type { InvocationRow } from './record-table.ts';
import type { WarmEnvironment } from './warm-environment.ts';

export interface RunModules {
  readonly nowMs: () => number;
  /** Milliseconds that only grow, with fractions. */
  readonly elapsedMs: () => number;
}

/** @param traceId with this invocation in its lineage */
export async function run(
  modules: RunModules,
  pool: Pool,
  warm: WarmEnvironment,
  request: InvokeRequest,
  traceId: string,
): Promise<InvokeResult> {
  const { requestId, payload, clientContext, stream } = request;
  const { log, environment } = warm;
  const initMs = warm.unreportedInitMs;
  warm.unreportedInitMs = undefined;
  const startedMs = modules.nowMs();
  const began = modules.elapsedMs();
  const sink = stream === undefined ? undefined : new HashingSink(stream);
  log.begin(request.wantsLog);
  log.write(pool.lines.start(startedMs, requestId));
  const outcome = await environment.invoke({
    requestId,
    invokedArn: request.target.invokedArn,
    payload,
    deadlineMs: startedMs + pool.timeoutMs,
    traceId,
    ...(clientContext === undefined ? {} : { clientContext }),
    ...(sink === undefined ? {} : { stream: sink }),
  });
  const tookMs = modules.elapsedMs() - began;
  const memoryUsedMb = Math.ceil(environment.memoryUsedMb);
  const ended = { log, outcome, startedMs, tookMs, initMs, memoryUsedMb, sink, traceId };
  return finished(modules, pool, request, ended);
}

/**
 * Its environment could not be started by the function's own fault: that is what came of the invocation.
 * @param traceId with this invocation in its lineage
 */
export function runFailed(
  modules: RunModules,
  pool: Pool,
  { failure, initMs, memoryUsedMb, log }: FailedStart,
  request: InvokeRequest,
  traceId: string,
): InvokeResult {
  const startedMs = modules.nowMs();
  log.begin(request.wantsLog);
  log.write(pool.lines.start(startedMs, request.requestId));
  return finished(modules, pool, request, {
    log,
    outcome: { kind: 'failure', failure, streamed: false },
    startedMs,
    tookMs: initMs,
    initMs: undefined,
    memoryUsedMb: Math.ceil(memoryUsedMb),
    sink: undefined,
    traceId,
  });
}

interface Ended {
  readonly log: EnvironmentLog;
  readonly outcome: InvocationOutcome;
  readonly startedMs: number;
  readonly tookMs: number;
  readonly initMs: number | undefined;
  readonly memoryUsedMb: number;
  readonly sink: HashingSink | undefined;
  readonly traceId: string;
}

const noBytes = new Uint8Array(0);

function finished(modules: RunModules, pool: Pool, request: InvokeRequest, ended: Ended): InvokeResult {
  const { outcome, log, initMs, memoryUsedMb } = ended;
  const { requestId } = request;
  const failure = outcome.kind === 'failure' ? outcome.failure : undefined;
  const payload = bodyOf(outcome, failure, requestId, pool.timeoutMs);
  // It ends at its deadline; how long the killing took is nobody's time.
  const durationMs = failure?.kind === 'timeout' ? Math.min(ended.tookMs, pool.timeoutMs) : ended.tookMs;
  const billedMs = Math.max(1, Math.ceil(durationMs + (initMs ?? 0)));
  const errorType = failure === undefined ? undefined : errorTypeOf(payload);
  log.write(
    pool.lines.end(modules.nowMs(), {
      requestId,
      durationMs,
      billedMs,
      memoryUsedMb,
      initMs,
      failure,
      errorType,
    }),
  );
  const logTail = log.end();
  const streamedBytes = ended.sink?.bytes ?? 0;
  const wasStreamed = streamedBytes > 0 || outcome.kind === 'streamed';
  const { function: of, version } = pool.target;
  const told = (outcome.kind === 'streamed' ? undefined : outcome.recordable) ?? {
    payload: request.payload,
    answer: payload,
  };
  const record: InvocationRow = {
    account: of.account,
    region: of.region,
    requestId,
    functionArn: pool.functionArn,
    functionId: of.id,
    version: version.version,
    codeSha256: version.code.sha256,
    startedMs: ended.startedMs,
    durationMs,
    billedMs,
    ...(initMs === undefined ? {} : { initMs }),
    memoryUsedMb,
    outcome: failure === undefined ? outcome.kind : failure.kind,
    payloadSha256: hash('sha256', told.payload, 'base64'),
    answerSha256:
      ended.sink !== undefined && wasStreamed ? ended.sink.digest() : hash('sha256', told.answer, 'base64'),
    answerBytes: wasStreamed ? streamedBytes : payload.length,
  };
  return {
    executedVersion: version.version,
    payload,
    failure,
    logTail,
    durationMs,
    billedMs,
    memoryUsedMb,
    initMs,
    streamedBytes,
    traceId: ended.traceId,
    record,
  };
}

function bodyOf(
  outcome: InvocationOutcome,
  failure: FunctionFailure | undefined,
  requestId: string,
  timeoutMs: number,
): Uint8Array {
  if (failure !== undefined) return failureBody(failure, requestId, timeoutMs);
  return outcome.kind === 'answer' ? outcome.body : noBytes;
}
