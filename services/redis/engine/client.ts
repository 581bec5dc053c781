/** A connection as the engine knows it. What it sends and how is the wire's: `output` and the callbacks. */
import type { ReplySink } from '../model/reply.ts';
import { Call } from './call.ts';
import type { Database } from './database.ts';
import type { Engine } from './engine.ts';

export interface ClientOutput extends ReplySink {
  resp: 2 | 3;
  /** Bytes not yet taken by the socket. */
  readonly pendingBytes: number;
}

export interface ClientPort {
  readonly output: ClientOutput;
  /** `127.0.0.1:50000` */
  readonly address: string;
  readonly localAddress: string;
  /** Something was written outside the client's own command: send it. */
  wake(): void;
  /** Ends the connection, after what is pending was sent (`soft`) or at once. */
  close(soft: boolean): void;
  /** Stops or goes on running commands of this client: while it waits for a key. */
  setBlocked(blocked: boolean): void;
}

export type ReplyMode = 'on' | 'off' | 'skip';

export class Client {
  readonly id: number;
  readonly engine: Engine;
  readonly port: ClientPort;
  readonly call: Call;
  /** 0 to 15; the database it uses is `call.db`. */
  name = '';
  libName = '';
  libVer = '';
  readonly createdAt: number;
  lastCommandAt: number;
  lastCommand = '';
  authenticated = false;
  /** Name of the ACL user. */
  user = 'default';
  replyMode: ReplyMode = 'on';
  closing = false;
  /** Highest batch that a reply not yet sent shows. */
  exposed = 0;
  /** Commands queued by MULTI. */
  queue: (readonly string[])[] | undefined;
  /** A command could not be queued: EXEC refuses. */
  queueFailed = false;
  /** A watched key changed. */
  watchFailed = false;
  /** Keys of WATCH by database. */
  watched: { readonly db: Database; readonly key: string }[] = [];
  readonly channels = new Set<string>();
  readonly patterns = new Set<string>();
  readonly shardChannels = new Set<string>();
  noEvict = false;
  noTouch = false;
  monitor = false;

  constructor(engine: Engine, id: number, port: ClientPort) {
    this.engine = engine;
    this.id = id;
    this.port = port;
    this.createdAt = engine.now;
    this.lastCommandAt = engine.now;
    this.call = new Call(engine, this, port.output);
  }

  get resp(): 2 | 3 {
    return this.port.output.resp;
  }

  get subscriptions(): number {
    return this.channels.size + this.patterns.size + this.shardChannels.size;
  }
}
