/** Invoke and InvokeAsync: a function is called, or its event is put into the queue. */
import type { Reply } from '@hypergate/kit';
import type { InvokeResult } from '../invoke/api.ts';
import { eventRefused } from '../mpc/index.ts';
import { mpcRuntime } from './circuit.ts';
import {
  clientContextOf,
  invocationTypeOf,
  invokeBodyBytesMax,
  invokedFunction,
  payloadOf,
  refuseUnsupported,
  traceIdOf,
  wantsLog,
} from './invoke-input.ts';
import { type EventStreamEncoder, invokeWithResponseStream } from './invoke-stream.ts';
import { type LambdaCall, type LambdaOperation, type Members, textOf } from './operation.ts';

/** @param encoder of the event stream */
export const invokeOperations = (encoder: EventStreamEncoder): readonly LambdaOperation[] => [
  invoke,
  invokeAsync,
  invokeWithResponseStream(encoder),
];

const invoke: LambdaOperation = {
  name: 'Invoke',
  action: 'lambda:InvokeFunction',
  resources: invokedFunction,
  bodyBytesMax: invokeBodyBytesMax,
  async operate(call) {
    const type = invocationTypeOf(call);
    const isTailWanted = wantsLog(call);
    refuseUnsupported(call);
    const clientContext = clientContextOf(call);
    const payload = payloadOf(call, 'Payload', type);
    if (type === 'Event') return putEvent(call, payload);
    const { context, sent, scope, input } = call;
    const target = await context.functions.resolve(
      String(input.FunctionName),
      textOf(input, 'Qualifier'),
      scope,
    );
    if (type === 'DryRun') return { output: {}, status: 204 };
    const traceId = traceIdOf(call);
    const result = await context.invoker.invoke({
      target,
      requestId: sent.requestId,
      payload,
      traceId,
      wantsLog: isTailWanted,
      signal: sent.signal,
      ...(clientContext === undefined ? {} : { clientContext }),
    });
    return replyOf(result, isTailWanted, traceId);
  },
};

/** Before Invoke had its type `Event`. */
const invokeAsync: LambdaOperation = {
  name: 'InvokeAsync',
  action: 'lambda:InvokeFunction',
  resources: invokedFunction,
  bodyBytesMax: invokeBodyBytesMax,
  async operate(call) {
    const { status } = await putEvent(call, payloadOf(call, 'InvokeArgs', 'Event'));
    return { output: { Status: status } };
  },
};

/** Durable before it is answered. */
async function putEvent(
  call: LambdaCall,
  payload: Uint8Array,
): Promise<Reply<Members> & { readonly status: number }> {
  const { context, scope, input, sent } = call;
  const {
    function: of,
    version,
    qualifier,
  } = await context.functions.resolve(String(input.FunctionName), textOf(input, 'Qualifier'), scope);
  if (version.runtime === mpcRuntime) throw eventRefused();
  await context.events.put({
    scope: { account: of.account, region: of.region },
    functionName: of.name,
    qualifier,
    requestId: sent.requestId,
    payload,
    traceId: traceIdOf(call),
  });
  return { output: {}, status: 202 };
}

function replyOf(result: InvokeResult, isTailWanted: boolean, traceId: string): Reply<Members> {
  const { payload, failure, executedVersion, logTail } = result;
  return {
    status: 200,
    output: {
      ExecutedVersion: executedVersion,
      ...(failure === undefined ? {} : { FunctionError: 'Unhandled' }),
      ...(isTailWanted ? { LogResult: Buffer.from(logTail).toString('base64') } : {}),
    },
    encoded: { contentType: 'application/json', body: payload },
    headers: { 'X-Amzn-Trace-Id': shown(traceId) },
  };
}

/** What callers see of it. */
const shown = (traceId: string): string =>
  traceId
    .split(';')
    .filter((field) => !field.startsWith('Lineage='))
    .join(';');
