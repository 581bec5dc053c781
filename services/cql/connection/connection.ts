/**
 * One client's connection: bytes to requests, requests to those who work on them. Nothing is read while there is enough to do, or while
 * the client does not take its answers.
 */
import type { Socket } from 'node:net';
import { CqlError } from '../errors.ts';
import type { EventListener } from '../session/events.ts';
import { plainAddress } from '../system/values.ts';
import type { ClientInfo } from '../system/views-rows.ts';
import {
  type Frame,
  FrameError,
  FrameReader,
  FrameWriter,
  highestVersion,
  protocolError,
  readRequest,
  type ServerEvent,
  writeError,
  writeEvent,
  writeFrameError,
  writeReady,
  writeSupported,
} from '../wire/index.ts';
import type { ConnectionHost } from './connection-host.ts';
import { Entrance } from './entrance.ts';
import { clientError } from './failures.ts';
import { farewell } from './farewell.ts';
import type { Guest } from './guests.ts';
import { checkOrder, supportedOptions } from './handshake.ts';
import { connectionLimits } from './limits.ts';
import type { Line } from './line.ts';
import { Outbound } from './outbound.ts';
import { discardChunk, keptChunk } from './spent-chunk.ts';
import { StatementRunner } from './statement-runner.ts';

const limits = connectionLimits;

export class Connection implements EventListener, Guest, Line {
  readonly socket: Socket;
  readonly host: ConnectionHost;
  readonly out = new FrameWriter(highestVersion);
  readonly address: string;
  isEnding = false;
  private readonly isEncrypted: boolean;
  private readonly reader = new FrameReader();
  private readonly outbound: Outbound;
  private readonly port: number;
  private readonly entrance: Entrance;
  private readonly runner: StatementRunner;
  private requests = 0;
  /** Until it is welcome. */
  private isPaused = true;
  private isTurnDue = false;
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
    this.entrance = new Entrance(this, this.reader, () => host.guestLeft(this));
    this.runner = new StatementRunner(this);
    this.address = plainAddress(socket.remoteAddress ?? '');
    this.port = socket.remotePort ?? 0;
    this.readAt = host.elapsed();
    socket.setNoDelay(true);
    socket.setKeepAlive(true, limits.keepAliveMs);
    socket.pause();
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

  get info(): ClientInfo {
    const { stage, started, session } = this.entrance;
    return {
      address: this.address,
      port: this.port,
      stage: stage === 'new' ? 'established' : stage,
      driverName: started?.driverName,
      driverVersion: started?.driverVersion,
      version: this.out.version,
      requests: this.requests,
      isEncrypted: this.isEncrypted,
      role: session?.role,
    };
  }

  get requestsInFlight(): number {
    return this.runner.count;
  }

  /** Its login is being checked. */
  get isBusy(): boolean {
    return this.entrance.isBusy;
  }

  welcome(): void {
    this.resume();
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
    if (this.runner.count === 0 && !this.isBusy) this.end();
  }

  /** @param now as `ConnectionHost.elapsed` */
  sweep(now: number): void {
    const isHalf = this.reader.heldBytes > 0 && !this.isPaused && this.runner.count === 0 && !this.isBusy;
    if (isHalf && now - this.readAt > limits.stallMs) this.destroy();
    if (this.socket.writableLength === 0) this.stalledAt = undefined;
    else if (this.stalledAt === undefined) this.stalledAt = now;
    else if (now - this.stalledAt > limits.stallMs) this.destroy();
  }

  push(answer: Buffer): void {
    this.outbound.push(answer);
  }

  end(lastWords?: Buffer): void {
    if (this.isEnding) return;
    if (lastWords !== undefined) this.outbound.push(lastWords);
    this.outbound.flush();
    this.isEnding = true;
    this.reader.stop();
    this.host.guestLeft(this);
    farewell(this.socket);
  }

  goOn(): void {
    if (this.isDraining && this.runner.count === 0) this.end();
    else if (this.isPaused || this.reader.heldBytes > 0) this.turn();
    else this.account();
  }

  private receive(chunk: Buffer): void {
    if (this.isEnding) return;
    const { reader, entrance } = this;
    const wasInside = entrance.stage === 'ready';
    this.readAt = this.host.elapsed();
    reader.feed(wasInside ? keptChunk(chunk) : chunk);
    this.turn();
    if (wasInside) return;
    if (reader.heldBytes > limits.bytesBeforeLogin)
      this.end(writeError(this.out, { stream: 0 }, protocolError('Too much was sent before the login')));
    // No request is under way that has a view of it.
    if (reader.release()) discardChunk(chunk);
  }

  /** Takes requests that are there. */
  private turn(): void {
    let taken = 0;
    try {
      while (!this.isBusy && !this.hasEnough()) {
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
      if (this.hasEnough() || this.isTurnDue) this.pause();
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

  /** Nothing more is read. While a login is checked little comes, or it is too much: that costs less than what a stream reads ahead. */
  private hasEnough(): boolean {
    return (
      this.isEnding ||
      this.isDraining ||
      this.runner.isFull ||
      this.outbound.waitingBytes + this.runner.expectedBytes > limits.outputPauseBytes
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
    const { stage } = this.entrance;
    this.requests++;
    if (stage !== 'ready' && this.requests > limits.requestsBeforeLogin)
      throw new FrameError('Too many requests before the login', frame.stream, frame.version);
    if (stage === 'new') this.out.version = frame.version;
    try {
      this.handle(frame);
    } catch (error) {
      this.runner.fail(frame, undefined, error);
    }
  }

  private handle(frame: Frame): void {
    const { entrance, runner, out, host } = this;
    const request = readRequest(frame);
    checkOrder(entrance.stage, request);
    switch (request.kind) {
      case 'query':
      case 'execute':
      case 'batch':
        runner.run(frame, request, entrance.session!);
        return;
      case 'prepare':
        runner.prepare(frame, request, entrance.session!);
        return;
      case 'options':
        this.push(writeSupported(out, { stream: frame.stream }, supportedOptions));
        return;
      case 'startup':
        entrance.start(frame, request);
        return;
      case 'authResponse':
        entrance.logIn(frame, request);
        return;
      case 'register':
        host.events.register(this, request.events);
        this.push(writeReady(out, { stream: frame.stream }));
        return;
    }
  }

  /** Tells the host what is in memory for this connection, and ends it if that is too much. */
  private account(): void {
    const { socket } = this;
    const waiting = this.outbound.waitingBytes;
    const held = socket.destroyed ? 0 : this.reader.heldBytes + this.runner.bodyBytes + waiting;
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
