/** An invoker without environments: the test says what becomes of each call. */
import { lambdaError } from '../../../engine/errors.ts';
import type { InvokeRequest, InvokeResult, Invoker } from '../../../invoke/api.ts';
import { continueTrace, lineageName } from '../../../invoke/lineage.ts';
import { throttled } from '../../../invoke/throttle.ts';

export type Fate = 'answer' | 'error' | 'throttle' | 'fault' | 'hang' | 'loop';

export class ModelInvoker implements Invoker {
  /** In their order; throttles and faults are among them. */
  readonly calls: InvokeRequest[] = [];
  /** How often a function ran for a request. */
  readonly runs = new Map<string, number>();
  readonly hanging = new Map<InvokeRequest, (fate: 'answer' | 'error') => void>();
  /** What a call comes to. */
  fate: (request: InvokeRequest) => Fate = () => 'answer';
  answer: (request: InvokeRequest) => Uint8Array = () => Buffer.from('{"done":true}');

  async invoke(request: InvokeRequest): Promise<InvokeResult> {
    this.calls.push(request);
    const traceId = continueTrace(request.traceId, lineageName(request.target.function.id), request.target);
    const fate = this.fate(request);
    if (fate === 'throttle') throw throttled('ConcurrentInvocationLimitExceeded');
    if (fate === 'fault') throw lambdaError('ServiceException', 'Something of ours.');
    if (fate === 'loop') throw lambdaError('RecursiveInvocationException', 'It calls itself.');
    this.runs.set(request.requestId, (this.runs.get(request.requestId) ?? 0) + 1);
    if (fate !== 'hang') return this.#result(request, fate, traceId);
    const { promise, resolve } = Promise.withResolvers<'answer' | 'error'>();
    this.hanging.set(request, resolve);
    return this.#result(request, await promise, traceId);
  }

  /** What hangs comes to an end. */
  release(fate: 'answer' | 'error' = 'answer'): void {
    for (const resolve of this.hanging.values()) resolve(fate);
    this.hanging.clear();
  }

  counts() {
    return { busy: this.hanging.size, warm: 0 };
  }

  retire(): void {}

  async provision() {
    return { ready: 0 };
  }

  async stop(): Promise<void> {}

  #result(request: InvokeRequest, fate: 'answer' | 'error', traceId: string): InvokeResult {
    const { target, requestId } = request;
    const failed = Buffer.from('{"errorType":"Error","errorMessage":"no such luck"}');
    const payload = fate === 'answer' ? this.answer(request) : failed;
    const { function: of, version } = target;
    return {
      executedVersion: version.version,
      payload,
      failure: fate === 'answer' ? undefined : { kind: 'handler', body: failed },
      logTail: Buffer.alloc(0),
      durationMs: 1,
      billedMs: 1,
      memoryUsedMb: 40,
      initMs: undefined,
      streamedBytes: 0,
      traceId,
      record: {
        account: of.account,
        region: of.region,
        requestId,
        functionArn: target.invokedArn,
        functionId: of.id,
        version: version.version,
        codeSha256: version.code.sha256,
        startedMs: 1,
        durationMs: 1,
        billedMs: 1,
        memoryUsedMb: 40,
        outcome: fate === 'answer' ? 'answer' : 'handler',
        payloadSha256: '',
        answerSha256: '',
        answerBytes: payload.length,
      },
    };
  }
}
