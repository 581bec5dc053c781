/**
 * One client's connection: bytes to commands to the engine, answers back, once for each readable event. Answers wait in the
 * outbox until what they show is durable; commands behind them go on meanwhile.
 */
import type { Socket } from 'node:net';
import { descriptorOf } from '@hypergate/kit/sockets';
import type { Client, ClientPort } from '../engine/client.ts';
import type { Engine } from '../engine/engine.ts';
import { CommandParser, ProtocolError } from '../wire/command-parser.ts';
import { wireLimits } from '../wire/limits.ts';
import { RespWriter } from '../wire/resp-writer.ts';
import { processLimits } from './limits.ts';
import { Outbox } from './outbox.ts';

/** What connections share. */
export interface ConnectionHost {
  readonly engine: Engine;
  /** Answers that show a later batch are held. Infinity when nothing is. */
  readonly durable: number;
  /** `client-query-buffer-limit` */
  readonly queryBytesMax: number;
  /** Nothing is to be read from clients now: too much waits to become durable. */
  readonly isFull: boolean;
  /** Something of the turn may have changed the state. */
  turnEnded(): void;
  /** Tells `durableUpTo` to the connection from now on, until its outbox is empty. */
  hold(connection: Connection): void;
  /** Tells `resume` to the connection once `isFull` is over. */
  waitForRoom(connection: Connection): void;
  closed(connection: Connection): void;
  /** Is to be closed when the time to log in is over. */
  shunned(connection: Connection): void;
  /** Bytes that a connection came to hold, or holds no longer. */
  buffered(change: number): void;
}

/** Output as the engine sees it: all that the client has not taken counts. */
class ConnectionOutput extends RespWriter {
  private readonly waiting: () => number;
  constructor(waiting: () => number) {
    super();
    this.waiting = waiting;
  }
  override get undeliveredBytes(): number {
    return this.pendingBytes + this.waiting();
  }
}

export class Connection implements ClientPort {
  readonly output: ConnectionOutput;
  readonly address: string;
  readonly localAddress: string;
  readonly client: Client;
  readonly socket: Socket;
  private readonly host: ConnectionHost;
  private readonly parser: CommandParser;
  private readonly outbox = new Outbox();
  private blocked = false;
  private closing = false;
  private ended = false;
  private turnPending = false;
  private paused = false;
  private running = false;
  /** The client sends nothing more. */
  private inputEnded = false;
  private shunned = false;
  /** Commands before login. */
  private refused = 0;
  /** As the host was told. */
  private counted = 0;

  /** Bytes come through `received`: from a read buffer that all connections share, or from `data` events. */
  constructor(host: ConnectionHost, socket: Socket) {
    this.host = host;
    this.socket = socket;
    this.parser = new CommandParser(host.engine);
    this.output = new ConnectionOutput(() => this.outbox.bytes + socket.writableLength);
    this.address = addressText(socket.remoteAddress, socket.remotePort);
    this.localAddress = addressText(socket.localAddress, socket.localPort);
    this.client = host.engine.connect(this);
    this.parser.authenticated = !this.client.mustLogIn;
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('drain', () => {
      this.resume();
      this.count();
    });
    socket.on('end', () => this.finish());
    socket.on('close', () => {
      this.closing = true;
      this.ended = true;
      host.engine.disconnect(this.client);
      host.closed(this);
      this.parser.drop();
      this.count();
    });
    // Refused: there are too many.
    if (this.closing) this.wake();
  }

  get fd(): number {
    return descriptorOf(this.socket);
  }

  get queryBytes(): number {
    return this.parser.heldBytes;
  }

  received(chunk: Buffer, length: number): void {
    if (this.closing || this.shunned) return;
    const { parser, client } = this;
    const { engine } = this.host;
    engine.stats.reads++;
    engine.stats.inputBytes += length;
    engine.beginTurn();
    client.lastCommandAt = engine.now;
    parser.feed(chunk, length);
    this.turn();
    if (!this.closing && parser.heldBytes > this.heldMax()) {
      if (client.mustLogIn) this.shun();
      else this.close(false);
    }
    this.count();
  }

  /** It must log in first, and has not. */
  get awaitsLogin(): boolean {
    return this.client.mustLogIn;
  }

  /** Bytes that it holds, of both directions. */
  get bufferedBytes(): number {
    return this.counted;
  }

  /** One of its commands is under way, perhaps a long script. */
  get isRunning(): boolean {
    return this.running;
  }

  wake(): void {
    if (this.turnPending) return;
    this.turnPending = true;
    setImmediate(() => {
      this.turnPending = false;
      this.flush();
      this.count();
    });
  }

  close(soft: boolean): void {
    this.closing = true;
    // Not there yet when the connection is refused at once.
    const client: Client | undefined = this.client;
    if (client !== undefined) client.closing = true;
    if (!soft) {
      this.socket.destroy();
      this.count();
    } else if (!this.running) this.wake();
  }

  setBlocked(blocked: boolean): void {
    this.blocked = blocked;
    if (blocked) return;
    this.resume();
    this.later();
  }

  durableUpTo(batch: number): boolean {
    this.outbox.release(batch, (piece) => this.write(piece));
    if (this.outbox.isEmpty && this.closing) this.endSocket();
    // What the socket took at once is followed by no `drain`.
    this.resume();
    this.count();
    return this.outbox.isEmpty;
  }

  /** Reads again, if nothing speaks against it. */
  resume(): void {
    if (!this.paused || this.ended || this.shunned || this.mustPause()) return;
    this.paused = false;
    this.socket.resume();
    this.later();
  }

  private get undelivered(): number {
    return this.outbox.bytes + this.socket.writableLength;
  }

  private heldMax(): number {
    return this.client.mustLogIn ? wireLimits.queryBytesBeforeLogin : this.host.queryBytesMax;
  }

  /** It sent too much before login. Nothing more is read; closed at once, it would come again at once. */
  private shun(): void {
    this.shunned = true;
    this.pause();
    this.parser.drop();
    this.host.shunned(this);
  }

  private mustPause(): boolean {
    if (this.host.isFull || this.undelivered > this.outputMax(processLimits.outputPauseBytes)) return true;
    return this.blocked && this.parser.heldBytes > processLimits.inputPauseBytes;
  }

  private outputMax(usual: number): number {
    return this.client.mustLogIn ? processLimits.outputBytesBeforeLogin : usual;
  }

  /** Tells the host what is held now: nothing once the connection is on its way out by force. */
  private count(): void {
    const held = this.socket.destroyed ? 0 : this.parser.heldBytes + this.undelivered;
    const change = held - this.counted;
    this.counted = held;
    if (change !== 0) this.host.buffered(change);
    this.host.engine.clientMemory.changed(this.client);
  }

  /** The commands that wait in the parser, in a turn of their own. */
  private later(): void {
    setImmediate(() => {
      if (this.ended || this.closing || this.running) return;
      this.host.engine.beginTurn();
      this.turn();
      this.count();
    });
  }

  private turn(): void {
    this.running = true;
    const more = this.runCommands();
    this.host.engine.endTurn();
    this.parser.keep();
    this.running = false;
    this.flush();
    this.host.turnEnded();
    if (this.mustPause()) this.pause();
    else if (more) this.later();
    else if (this.inputEnded) this.close(true);
  }

  /** @returns whether commands may be left */
  private runCommands(): boolean {
    const { parser, client, output } = this;
    const { engine } = this.host;
    try {
      for (let count = 0; !this.blocked && !this.closing && !this.paused; count++) {
        if (count === processLimits.commandsPerTurn) return true;
        if (output.pendingBytes > this.outputMax(processLimits.turnOutputBytes)) return true;
        const args = parser.next();
        if (args === undefined) return false;
        engine.execute(client, args);
        parser.authenticated = !client.mustLogIn;
        if (!parser.authenticated && ++this.refused > processLimits.commandsBeforeLogin) this.shun();
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      output.error(error.message);
      this.close(true);
    }
    return false;
  }

  private flush(): void {
    const { output, outbox, host, client } = this;
    if (this.ended) return;
    if (output.pendingBytes > 0) {
      const { stats } = host.engine;
      stats.writes++;
      stats.outputBytes += output.pendingBytes;
      if (outbox.isEmpty && client.exposed <= host.durable) {
        const one = output.takeOne();
        if (one !== undefined) this.write(one);
        else this.writeAll(output.take());
      } else {
        outbox.put(client.exposed, output.take());
        host.hold(this);
      }
    }
    if (this.closing && outbox.isEmpty) this.endSocket();
  }

  private writeAll(pieces: readonly string[]): void {
    this.socket.cork();
    for (const piece of pieces) this.write(piece);
    this.socket.uncork();
  }

  private write(piece: string): void {
    this.socket.write(piece, 'latin1');
  }

  private pause(): void {
    if (this.paused || this.ended) return;
    this.paused = true;
    this.socket.pause();
    if (this.host.isFull) this.host.waitForRoom(this);
  }

  /** The client sends nothing more: what it sent is still run and answered, unless it waits for something. */
  private finish(): void {
    this.inputEnded = true;
    if (this.blocked) this.close(true);
    else if (!this.running) this.later();
  }

  private endSocket(): void {
    if (this.ended) return;
    this.ended = true;
    // What the client still sends is not read: it learns so at once.
    this.socket.end(() => this.socket.destroy());
  }
}

function addressText(address: string | undefined, port: number | undefined): string {
  const host = address ?? '';
  return host.includes(':') && !host.startsWith('::ffff:')
    ? `[${host}]:${port}`
    : `${host.replace('::ffff:', '')}:${port}`;
}
