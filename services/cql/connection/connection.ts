/**
 * One client's connection. Requests run at the same time, as many as a limit allows, and are answered in the order in which they are done.
 * Nothing is read while there is enough to do, or while the client does not take its answers.
 */
import type { Socket } from 'node:net';
import { isPromise } from '../engine/soon.ts';
import type { Soon } from '../engine/storage.ts';
import { CqlError } from '../errors.ts';
import type { EventListener } from '../session/events.ts';
import type { Answered, Asked, Session } from '../session/executor.ts';
import { hasSecret } from '../session/statements.ts';
import { type Trace, tracedText } from '../session/tracing.ts';
import { plainAddress } from '../system/values.ts';
import type { ClientInfo } from '../system/views-rows.ts';
import {
  type AnswerHead,
  type AuthResponseRequest,
  type BatchRequest,
  type ExecuteRequest,
  type Frame,
  FrameError,
  FrameReader,
  FrameWriter,
  highestVersion,
  isTraced,
  type PrepareRequest,
  type QueryRequest,
  readRequest,
  type ServerEvent,
  type StartupRequest,
  writeAuthenticate,
  writeAuthSuccess,
  writeError,
  writeEvent,
  writeFrameError,
  writeReady,
  writeSupported,
} from '../wire/index.ts';
import { writePreparedResult, writeResult } from './answers.ts';
import type { ConnectionHost } from './connection-host.ts';
import { clientError } from './failures.ts';
import type { Guest } from './guests.ts';
import {
  authenticatorClass,
  checkOrder,
  readStartup,
  type Stage,
  type Started,
  supportedOptions,
} from './handshake.ts';
import { connectionLimits } from './limits.ts';
import { Outbound } from './outbound.ts';

const limits = connectionLimits;

type Work = QueryRequest | ExecuteRequest | BatchRequest;

export class Connection implements EventListener, Guest {
  readonly socket: Socket;
  private readonly host: ConnectionHost;
  private readonly isEncrypted: boolean;
  private readonly reader = new FrameReader();
  private readonly out = new FrameWriter(highestVersion);
  private readonly outbound: Outbound;
  private readonly address: string;
  private readonly port: number;
  private stage: Stage = 'new';
  private started: Started | undefined;
  private session: Session | undefined;
  private requests = 0;
  private inFlight = 0;
  private inFlightBytes = 0;
  /** Of one answer, on average of the last ones: what is under way will take that. */
  private answerBytes: number = limits.answerBytesFirst;
  /** A login is being checked: what follows waits for it. */
  private isLoggingIn = false;
  private isPaused = false;
  private isTurnDue = false;
  /** Nothing more is read or answered. */
  private isEnding = false;
  /** It ends when what is under way is answered. */
  private isDraining = false;
  private readAt: number;
  /** Since when the client has taken nothing. */
  private stalledAt: number | undefined;
  /** As the host was told. */
  private held = 0;

  constructor(socket: Socket, isEncrypted: boolean, host: ConnectionHost) {
    this.socket = socket;
    this.host = host;
    this.isEncrypted = isEncrypted;
    this.outbound = new Outbound(socket, !isEncrypted, () => {
      if (this.isPaused) this.turn();
      else this.account();
    });
    this.address = plainAddress(socket.remoteAddress ?? '');
    this.port = socket.remotePort ?? 0;
    this.readAt = host.elapsed();
    socket.setNoDelay(true);
    socket.setKeepAlive(true, limits.keepAliveMs);
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('end', () => this.end());
    socket.on('drain', () => {
      this.stalledAt = undefined;
      this.turn();
    });
    socket.on('close', () => {
      this.isEnding = true;
      host.closed(this);
      this.account();
    });
  }

  get isReady(): boolean {
    return this.stage === 'ready';
  }

  get info(): ClientInfo {
    return {
      address: this.address,
      port: this.port,
      stage: this.stage === 'new' ? 'established' : this.stage,
      driverName: this.started?.driverName,
      driverVersion: this.started?.driverVersion,
      version: this.out.version,
      requests: this.requests,
      isEncrypted: this.isEncrypted,
      role: this.session?.role,
    };
  }

  get requestsInFlight(): number {
    return this.inFlight;
  }

  destroy(): void {
    this.isEnding = true;
    this.socket.destroy();
  }

  tell(event: ServerEvent): void {
    if (this.isEnding) return;
    this.outbound.push(writeEvent(this.out, event));
    this.account();
  }

  /** What has been asked is answered, nothing more is read. */
  drain(): void {
    this.isDraining = true;
    this.pause();
    if (this.inFlight === 0) this.end();
  }

  /** @param now as `ConnectionHost.elapsed` */
  sweep(now: number): void {
    const isHalf = this.reader.heldBytes > 0 && !this.isPaused && this.inFlight === 0 && !this.isLoggingIn;
    if (isHalf && now - this.readAt > limits.stallMs) this.destroy();
    if (this.socket.writableLength === 0) this.stalledAt = undefined;
    else if (this.stalledAt === undefined) this.stalledAt = now;
    else if (now - this.stalledAt > limits.stallMs) this.destroy();
  }

  private receive(chunk: Buffer): void {
    if (this.isEnding) return;
    this.readAt = this.host.elapsed();
    this.reader.feed(chunk);
    this.turn();
  }

  /** Takes requests that are there. */
  private turn(): void {
    let taken = 0;
    try {
      while (!this.mustWait()) {
        if (taken++ === limits.requestsPerTurn) {
          this.turnLater();
          break;
        }
        const frame = this.reader.next();
        if (frame === undefined) break;
        this.take(frame);
      }
    } catch (error) {
      if (error instanceof FrameError) this.end(writeFrameError(this.out, error));
      else this.end(writeError(this.out, { stream: 0 }, clientError(error, this.host.logUnexpected)));
    }
    // What still comes of a connection that ends is thrown away.
    if (!this.isEnding) {
      if (this.mustWait() || this.isTurnDue) this.pause();
      else this.resume();
    }
    this.account();
  }

  private turnLater(): void {
    if (this.isTurnDue) return;
    this.isTurnDue = true;
    setImmediate(() => {
      this.isTurnDue = false;
      this.turn();
    });
  }

  private mustWait(): boolean {
    return (
      this.isEnding ||
      this.isDraining ||
      this.isLoggingIn ||
      this.inFlight >= limits.inFlightMax ||
      this.inFlightBytes >= limits.inFlightBytesMax ||
      this.outbound.waitingBytes + this.inFlight * this.answerBytes > limits.outputPauseBytes
    );
  }

  private pause(): void {
    if (this.isPaused) return;
    this.isPaused = true;
    this.socket.pause();
  }

  private resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    this.readAt = this.host.elapsed();
    this.socket.resume();
  }

  private take(frame: Frame): void {
    this.requests++;
    if (this.stage !== 'ready' && this.requests > limits.requestsBeforeLogin)
      throw new FrameError('Too many requests before the login', frame.stream, frame.version);
    if (this.stage === 'new') this.out.version = frame.version;
    try {
      this.handle(frame);
    } catch (error) {
      this.fail(frame, undefined, error);
    }
  }

  private handle(frame: Frame): void {
    const request = readRequest(frame);
    checkOrder(this.stage, request);
    switch (request.kind) {
      case 'query':
      case 'execute':
      case 'batch':
        this.work(frame, request);
        return;
      case 'prepare':
        this.prepare(frame, request);
        return;
      case 'options':
        this.outbound.push(writeSupported(this.out, frameHead(frame), supportedOptions));
        return;
      case 'startup':
        this.start(frame, request);
        return;
      case 'authResponse':
        this.logIn(frame, request);
        return;
      case 'register':
        this.host.events.register(this, request.events);
        this.outbound.push(writeReady(this.out, frameHead(frame)));
        return;
    }
  }

  private start(frame: Frame, request: StartupRequest): void {
    const started = readStartup(request, frame);
    this.started = started;
    this.stage = 'authenticating';
    this.outbound.push(writeAuthenticate(this.out, frameHead(frame), authenticatorClass));
    this.reader.start(frame.version, started.compression);
    this.out.startFraming(started.compression);
  }

  private logIn(frame: Frame, { token }: AuthResponseRequest): void {
    this.isLoggingIn = true;
    this.host.login.logIn(token, this.address).then(
      (role) => {
        this.isLoggingIn = false;
        if (this.isEnding) return;
        this.session = { role, keyspace: undefined };
        this.stage = 'ready';
        this.reader.admit();
        this.host.admitted(this);
        this.outbound.push(writeAuthSuccess(this.out, frameHead(frame), undefined));
        this.turn();
      },
      (error: unknown) => {
        this.isLoggingIn = false;
        const told = clientError(error, this.host.logUnexpected);
        this.end(writeError(this.out, frameHead(frame), told));
      },
    );
  }

  private prepare(frame: Frame, { query, keyspace }: PrepareRequest): void {
    const { id, kept } = this.host.statements.prepare(query, keyspace ?? this.session!.keyspace);
    const trace = this.traceOf(frame);
    this.outbound.push(writePreparedResult(this.out, headOf(frame, undefined, trace), id, kept));
    if (trace !== undefined)
      this.host.tracing.finish(trace, {
        client: this.address,
        request: 'Preparing CQL3 query',
        parameters: hasSecret(kept.parsed.statement) ? {} : { query: tracedText(query) },
      });
  }

  private traceOf(frame: Frame): Trace | undefined {
    return isTraced(frame) ? this.host.tracing.begin() : undefined;
  }

  private work(frame: Frame, request: Work): void {
    const asked: Asked = { session: this.session!, warnings: undefined, trace: this.traceOf(frame) };
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
        this.goOn();
      },
      (error: unknown) => {
        this.done(bytes);
        this.fail(frame, asked, error);
        this.goOn();
      },
    );
  }

  private execute(request: Work, asked: Asked): Soon<Answered> {
    const { executor } = this.host;
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

  /** One request less is under way. */
  private goOn(): void {
    if (this.isDraining && this.inFlight === 0) this.end();
    else if (this.isPaused) this.turn();
    else this.account();
  }

  private answer(frame: Frame, request: Work, asked: Asked, answered: Answered): void {
    if (this.isEnding) return;
    const { trace } = asked;
    let piece: Buffer;
    try {
      piece = writeResult(this.out, headOf(frame, asked.warnings, trace), answered, {
        skipsMetadata: request.parameters.skipsMetadata,
        knownMetadataId: request.kind === 'execute' ? request.resultMetadataId : undefined,
      });
    } catch (error) {
      this.fail(frame, asked, error);
      return;
    }
    this.answerBytes += (piece.length - this.answerBytes) * limits.answerBytesShare;
    this.outbound.push(piece);
    if (trace !== undefined) this.host.tracing.finish(trace, this.traced(request, answered));
  }

  private traced(request: Work, { kept }: Answered) {
    const { parameters } = request;
    const shown =
      kept === undefined || hasSecret(kept.parsed.statement) ? {} : { query: tracedText(kept.text) };
    const names = {
      query: 'Execute CQL3 query',
      execute: 'Execute CQL3 prepared query',
      batch: 'Execute batch of CQL3 queries',
    };
    return {
      client: this.address,
      request: names[request.kind],
      parameters: { ...shown, consistency_level: parameters.consistency },
    };
  }

  private fail(frame: Frame, asked: Asked | undefined, error: unknown): void {
    const told = clientError(error, this.host.logUnexpected);
    if (this.isEnding) return;
    this.outbound.push(writeError(this.out, headOf(frame, asked?.warnings, asked?.trace), told));
    if (asked?.trace !== undefined)
      this.host.tracing.finish(asked.trace, {
        client: this.address,
        request: 'Failed request',
        parameters: {},
      });
  }

  /** Last words, if any, then the end; whether or not they are taken. */
  private end(lastWords?: Buffer): void {
    if (this.isEnding) return;
    if (lastWords !== undefined) this.outbound.push(lastWords);
    this.outbound.flush();
    this.isEnding = true;
    const { socket } = this;
    if (socket.destroyed) return;
    const late = setTimeout(() => socket.destroy(), limits.lingerMs);
    socket.once('close', () => clearTimeout(late));
    // With unread bytes, the client's system would throw the last words away.
    socket.resume();
    socket.end();
  }

  /** Tells the host what is in memory for this connection, and ends it if that is too much. */
  private account(): void {
    const { socket } = this;
    const waiting = this.outbound.waitingBytes;
    const held = socket.destroyed ? 0 : this.reader.heldBytes + this.inFlightBytes + waiting;
    const isOver = this.host.holds(held - this.held) && held > limits.heldLeastBytes;
    this.held = held;
    if (this.isEnding || (!isOver && waiting <= limits.outputBytesMax)) return;
    const error = new CqlError(
      'overloaded',
      'The server holds too much of what clients sent or have not taken',
    );
    this.end(writeError(this.out, { stream: 0 }, error));
  }
}

const frameHead = ({ stream }: Frame): AnswerHead => ({ stream });

function headOf(
  { stream }: Frame,
  warnings: readonly string[] | undefined,
  trace: Trace | undefined,
): AnswerHead {
  return { stream, warnings, tracingId: trace?.id };
}
