/**
 * InvokeWithResponseStream: the answer in pieces, as a stream of events. What fails before a function was reached is an ordinary error;
 * a function's own failure ends the stream with its error.
 */
import type { Reply } from '@hypergate/kit';
import type { InvokeResult } from '../invoke/api.ts';
import { errorTypeOf } from '../invoke/failure-body.ts';
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
import { type LambdaOperation, type Members, textOf } from './operation.ts';
import { PieceStream } from './piece-stream.ts';

/** Of `vnd.amazon.eventstream`. */
export interface EventStreamEncoder {
  /** `PayloadChunk`. */
  encodeChunk(bytes: Uint8Array): Uint8Array;
  /** `InvokeComplete`. */
  encodeComplete(end: {
    readonly errorCode?: string;
    readonly errorDetails?: string;
    readonly logResult?: string;
  }): Uint8Array;
}

export const invokeWithResponseStream = (encoder: EventStreamEncoder): LambdaOperation => ({
  name: 'InvokeWithResponseStream',
  action: 'lambda:InvokeFunction',
  resources: invokedFunction,
  bodyBytesMax: invokeBodyBytesMax,
  async operate(call) {
    const type = invocationTypeOf(call, ['RequestResponse', 'DryRun']);
    const isTailWanted = wantsLog(call);
    refuseUnsupported(call);
    const clientContext = clientContextOf(call);
    const payload = payloadOf(call, 'Payload', type);
    const { context, sent, scope, input } = call;
    const target = await context.functions.resolve(
      String(input.FunctionName),
      textOf(input, 'Qualifier'),
      scope,
    );
    if (type === 'DryRun') return { output: {}, status: 204 };
    const pieces = new PieceStream();
    // Also when nobody begins to read.
    sent.signal.addEventListener('abort', () => pieces.abandon(), { once: true });
    const result = context.invoker
      .invoke({
        target,
        requestId: sent.requestId,
        payload,
        traceId: traceIdOf(call),
        wantsLog: isTailWanted,
        signal: sent.signal,
        stream: pieces,
        ...(clientContext === undefined ? {} : { clientContext }),
      })
      .finally(() => pieces.end());
    // Fails here, as an error of the call, when the function was not reached.
    await Promise.race([pieces.begun, result]);
    const body = encoded(encoder, pieces, result, isTailWanted);
    return replyOf(body, target.version.version);
  },
});

function replyOf(body: AsyncIterable<Uint8Array>, version: string): Reply<Members> {
  return {
    status: 200,
    output: { ExecutedVersion: version },
    headers: { 'Content-Type': 'application/vnd.amazon.eventstream' },
    stream: { body, contentLength: undefined },
  };
}

/** A piece of the service's own is as long as a caller's buffer may be. */
const chunkBytesMax = 1024 * 1024;

async function* encoded(
  encoder: EventStreamEncoder,
  pieces: PieceStream,
  invocation: Promise<InvokeResult>,
  isTailWanted: boolean,
): AsyncIterable<Uint8Array> {
  try {
    for await (const piece of pieces) yield* chunks(encoder, piece);
    const { payload, failure, logTail } = await invocation;
    if (failure === undefined) yield* chunks(encoder, payload);
    yield encoder.encodeComplete({
      ...(failure === undefined
        ? {}
        : { errorCode: errorTypeOf(payload), errorDetails: Buffer.from(payload).toString('utf8') }),
      ...(isTailWanted ? { logResult: Buffer.from(logTail).toString('base64') } : {}),
    });
  } finally {
    // The caller left: the function goes on, and nobody waits for what it writes.
    pieces.abandon();
  }
}

function* chunks(encoder: EventStreamEncoder, bytes: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytesMax)
    yield encoder.encodeChunk(bytes.subarray(at, at + chunkBytesMax));
}
