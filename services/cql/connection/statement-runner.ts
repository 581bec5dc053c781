/** Statements of one connection: run at the same time, as many as limits allow, and answered in the order in which they are done. */
import { isPromise } from '../engine/soon.ts';
import type { Soon } from '../engine/storage.ts';
import type { Answered, Asked, Session } from '../session/executor.ts';
import { hasSecret } from '../session/statements.ts';
import { type Trace, type TracedRequest, tracedText } from '../session/tracing.ts';
import {
  type AnswerHead,
  type BatchRequest,
  type ExecuteRequest,
  type Frame,
  isTraced,
  type PrepareRequest,
  type QueryRequest,
  writeError,
} from '../wire/index.ts';
import { writePreparedResult, writeResult } from './answers.ts';
import { clientError } from './failures.ts';
import { connectionLimits } from './limits.ts';
import type { Line } from './line.ts';

const { inFlightMax, inFlightBytesMax, answerBytesFirst, answerBytesShare } = connectionLimits;

type Work = QueryRequest | ExecuteRequest | BatchRequest;

export class StatementRunner {
  private readonly line: Line;
  private inFlight = 0;
  private inFlightBytes = 0;
  /** Of one answer, on average of the last ones: what is under way will take that. */
  private answerBytes: number = answerBytesFirst;

  constructor(line: Line) {
    this.line = line;
  }

  /** That are under way. */
  get count(): number {
    return this.inFlight;
  }

  /** Of their bodies. */
  get bodyBytes(): number {
    return this.inFlightBytes;
  }

  /** What their answers will take. */
  get expectedBytes(): number {
    return this.inFlight * this.answerBytes;
  }

  get isFull(): boolean {
    return this.inFlight >= inFlightMax || this.inFlightBytes >= inFlightBytesMax;
  }

  prepare(frame: Frame, { query, keyspace }: PrepareRequest, session: Session): void {
    const { host, out, address } = this.line;
    const { id, kept } = host.statements.prepare(query, keyspace ?? session.keyspace);
    const trace = this.traceOf(frame);
    this.line.push(writePreparedResult(out, headOf(frame, undefined, trace), id, kept));
    if (trace !== undefined)
      host.tracing.finish(trace, {
        client: address,
        request: 'Preparing CQL3 query',
        parameters: hasSecret(kept.parsed.statement) ? {} : { query: tracedText(query) },
      });
  }

  run(frame: Frame, request: Work, session: Session): void {
    const asked: Asked = { session, warnings: undefined, trace: this.traceOf(frame) };
    let answered: Soon<Answered>;
    try {
      answered = this.execute(request, asked);
    } catch (error) {
      this.fail(frame, asked, error);
      return;
    }
    if (!isPromise(answered)) {
      this.answer(frame, request, asked, answered);
      return;
    }
    const bytes = frame.body.length;
    this.inFlight++;
    this.inFlightBytes += bytes;
    answered.then(
      (each) => {
        this.done(bytes);
        this.answer(frame, request, asked, each);
        this.line.goOn();
      },
      (error: unknown) => {
        this.done(bytes);
        this.fail(frame, asked, error);
        this.line.goOn();
      },
    );
  }

  /** @param asked of a statement that was begun */
  fail(frame: Frame, asked: Asked | undefined, error: unknown): void {
    const { line } = this;
    const { host, out, address } = line;
    const told = clientError(error, host.logUnexpected);
    if (line.isEnding) return;
    line.push(writeError(out, headOf(frame, asked?.warnings, asked?.trace), told));
    if (asked?.trace !== undefined)
      host.tracing.finish(asked.trace, { client: address, request: 'Failed request', parameters: {} });
  }

  private execute(request: Work, asked: Asked): Soon<Answered> {
    const { executor } = this.line.host;
    switch (request.kind) {
      case 'execute':
        return executor.execute(request, asked);
      case 'query':
        return executor.query(request, asked);
      case 'batch':
        return executor.batch(request, asked);
    }
  }

  private done(bytes: number): void {
    this.inFlight--;
    this.inFlightBytes -= bytes;
  }

  private answer(frame: Frame, request: Work, asked: Asked, answered: Answered): void {
    const { line } = this;
    if (line.isEnding) return;
    const { trace } = asked;
    let piece: Buffer;
    try {
      piece = writeResult(line.out, headOf(frame, asked.warnings, trace), answered, {
        skipsMetadata: request.parameters.skipsMetadata,
        knownMetadataId: request.kind === 'execute' ? request.resultMetadataId : undefined,
      });
    } catch (error) {
      this.fail(frame, asked, error);
      return;
    }
    this.answerBytes += (piece.length - this.answerBytes) * answerBytesShare;
    line.push(piece);
    if (trace !== undefined) line.host.tracing.finish(trace, traced(line.address, request, answered));
  }

  private traceOf(frame: Frame): Trace | undefined {
    return isTraced(frame) ? this.line.host.tracing.begin() : undefined;
  }
}

const requestNames = {
  query: 'Execute CQL3 query',
  execute: 'Execute CQL3 prepared query',
  batch: 'Execute batch of CQL3 queries',
} as const;

function traced(client: string, { kind, parameters }: Work, { kept }: Answered): TracedRequest {
  const shown =
    kept === undefined || hasSecret(kept.parsed.statement) ? {} : { query: tracedText(kept.text) };
  return {
    client,
    request: requestNames[kind],
    parameters: { ...shown, consistency_level: parameters.consistency },
  };
}

function headOf(
  { stream }: Frame,
  warnings: readonly string[] | undefined,
  trace: Trace | undefined,
): AnswerHead {
  return { stream, warnings, tracingId: trace?.id };
}
