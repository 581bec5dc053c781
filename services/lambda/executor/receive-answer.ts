/** The body of a `…/response`: whole, or in pieces to a sink as they come. */
import type { IncomingMessage } from 'node:http';
import type { InvocationOutcome, ResponseSink } from './api.ts';
import { executorLimits } from './limits.ts';

/** Of answers that begin with a prelude of their own (function URLs, API Gateway). */
const integrationType = 'application/vnd.awslambda.http-integration-response';
const preludeEnd = Buffer.alloc(8);

/**
 * @param began called when the first piece goes to the sink
 * @returns undefined when it broke off
 */
export async function receiveAnswer(
  request: IncomingMessage,
  sink: ResponseSink | undefined,
  began: () => void,
): Promise<InvocationOutcome | undefined> {
  const isStreamed = request.headers['lambda-runtime-function-response-mode'] === 'streaming';
  const toSink = isStreamed ? sink : undefined;
  const bytesMax = toSink ? executorLimits.streamedResponseMax : executorLimits.responseMax;
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > bytesMax) return tooLarge(declared, false);
  const writer = toSink && new SinkWriter(toSink, request.headers['content-type'] ?? '', began);
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of request as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > bytesMax) return tooLarge(bytes, writer?.hasBegun ?? false);
      if (!writer) pieces.push(piece);
      else if (!(await writer.write(piece))) return unreadable(writer.hasBegun);
    }
  } catch {
    return undefined;
  }
  if (writer && !writer.finish()) return unreadable(false);
  const body = request.trailers['lambda-runtime-function-error-body'];
  if (body !== undefined) {
    const failure = { kind: 'handler', body: Buffer.from(body, 'base64') } as const;
    return { kind: 'failure', failure, streamed: writer !== undefined };
  }
  return writer ? { kind: 'streamed', bytes } : { kind: 'answer', body: Buffer.concat(pieces, bytes) };
}

const tooLarge = (bytes: number, streamed: boolean): InvocationOutcome => ({
  kind: 'failure',
  failure: { kind: 'too-large', bytes },
  streamed,
});

const unreadable = (streamed: boolean): InvocationOutcome => ({
  kind: 'failure',
  failure: {
    kind: 'handler',
    body: Buffer.from(
      JSON.stringify({
        errorType: 'Runtime.InvalidStreamingResponse',
        errorMessage: 'The answer has no readable prelude.',
        trace: [],
      }),
    ),
  },
  streamed,
});

class SinkWriter {
  hasBegun = false;
  readonly #sink: ResponseSink;
  readonly #contentType: string;
  readonly #began: () => void;
  /** Of a prelude that has not come whole. */
  #held: Buffer | undefined;

  constructor(sink: ResponseSink, contentType: string, began: () => void) {
    this.#sink = sink;
    this.#contentType = contentType;
    this.#began = began;
    this.#held = contentType === integrationType ? Buffer.alloc(0) : undefined;
  }

  /** @returns whether it can be understood */
  async write(piece: Buffer): Promise<boolean> {
    let rest = piece;
    if (this.#held) {
      const all = Buffer.concat([this.#held, piece]);
      const end = all.indexOf(preludeEnd);
      if (end < 0) {
        this.#held = all;
        return all.length <= executorLimits.preludeMax;
      }
      const prelude = all.toString('utf8', 0, end);
      if (end > executorLimits.preludeMax || !isObject(prelude)) return false;
      this.#held = undefined;
      this.#begin(prelude);
      rest = all.subarray(end + preludeEnd.length);
    }
    this.#begin(undefined);
    if (rest.length > 0) await this.#sink.write(rest);
    return true;
  }

  finish(): boolean {
    if (this.#held) return false;
    this.#begin(undefined);
    return true;
  }

  #begin(prelude: string | undefined): void {
    if (this.hasBegun) return;
    this.hasBegun = true;
    this.#began();
    this.#sink.begin(this.#contentType, prelude);
  }
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
