/**
 * One client's connection: bytes to commands to the engine, answers back, once for each readable event. Answers wait until
 * what they show is durable; commands behind them go on meanwhile, and a client's answers keep their order.
 */
import type { Socket } from 'node:net';
import type { Client, ClientPort } from '../engine/client.ts';
import type { Engine } from '../engine/engine.ts';
import { CommandParser, ProtocolError } from '../wire/command-parser.ts';
import { RespWriter } from '../wire/resp-writer.ts';

/** Output as the engine sees it: all that the client has not taken counts. */
class ConnectionOutput extends RespWriter {
  private readonly waiting: () => number;

  constructor(waiting: () => number) {
    super();
    this.waiting = waiting;
  }

  get undeliveredBytes(): number {
    return this.pendingBytes + this.waiting();
  }
}

export class Connection implements ClientPort {
  readonly output: ConnectionOutput;
  readonly address: string;
  readonly localAddress: string;
  readonly client: Client;
  private readonly engine: Engine;
  private readonly socket: Socket;
  private readonly parser = new CommandParser();
  private blocked = false;
  private closing = false;
  private turnPending = false;

  constructor(engine: Engine, socket: Socket) {
    this.engine = engine;
    this.socket = socket;
    this.output = new ConnectionOutput(() => socket.writableLength);
    this.address = `${socket.remoteAddress ?? ''}:${socket.remotePort ?? 0}`;
    this.localAddress = `${socket.localAddress ?? ''}:${socket.localPort ?? 0}`;
    this.client = engine.connect(this);
    this.parser.authenticated = !this.client.mustLogIn;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.received(chunk, chunk.length));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => engine.disconnect(this.client));
    if (this.closing) this.wake();
  }

  get fd(): number {
    const { _handle: handle } = this.socket as Socket & { readonly _handle?: { readonly fd?: number } };
    return handle?.fd ?? -1;
  }

  get queryBytes(): number {
    return this.parser.heldBytes;
  }

  received(chunk: Buffer, length: number): void {
    if (this.closing) return;
    const { stats } = this.engine;
    stats.reads++;
    stats.inputBytes += length;
    this.engine.beginTurn();
    this.client.lastCommandAt = this.engine.now;
    this.parser.feed(chunk, length);
    this.runCommands();
    this.parser.keep();
    this.flush();
  }

  wake(): void {
    if (this.turnPending) return;
    this.turnPending = true;
    setImmediate(() => {
      this.turnPending = false;
      this.flush();
    });
  }

  close(soft: boolean): void {
    this.closing = true;
    if (!soft) this.socket.destroy();
  }

  setBlocked(blocked: boolean): void {
    this.blocked = blocked;
    if (!blocked) {
      setImmediate(() => {
        if (this.blocked || this.closing) return;
        this.engine.beginTurn();
        this.runCommands();
        this.parser.keep();
        this.flush();
      });
    }
  }

  private runCommands(): void {
    const { parser, engine, client } = this;
    try {
      while (!this.blocked && !this.closing) {
        const args = parser.next();
        if (args === undefined) break;
        engine.execute(client, args);
        parser.authenticated = !client.mustLogIn;
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.output.error(error.message);
      client.closing = true;
      this.close(true);
    }
    engine.endTurn();
  }

  private flush(): void {
    const { socket, output } = this;
    const { stats } = this.engine;
    if (output.pendingBytes > 0) {
      stats.writes++;
      stats.outputBytes += output.pendingBytes;
      for (const piece of output.take()) socket.write(piece, 'latin1');
    }
    if (this.closing) socket.end();
  }
}
