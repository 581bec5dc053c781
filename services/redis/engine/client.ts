/** A connection as the engine knows it. What it sends and how is the wire's: `output` and the callbacks. */
import type { ReplySink } from '../model/reply.ts';
import type { User } from './acl/user.ts';
import { Call } from './call.ts';
import type { CommandRow } from './command.ts';
import type { Engine } from './engine.ts';
import { SilentReply } from './silent-reply.ts';
import type { ClientTracking } from './tracking.ts';
import type { Watch } from './watches.ts';

export interface ClientOutput extends ReplySink {
  resp: 2 | 3;
  /** Bytes not yet handed to the socket. */
  readonly pendingBytes: number;
  /** Bytes written that the client has not taken, pending or on their way. */
  readonly undeliveredBytes: number;
}

export interface ClientPort {
  readonly output: ClientOutput;
  /** `127.0.0.1:50000` */
  readonly address: string;
  readonly localAddress: string;
  /** Of the socket, -1 when there is none. */
  readonly fd: number;
  /** Bytes that came and do not make a command yet. */
  readonly queryBytes: number;
  /** Something was written outside the client's own command: send it. */
  wake(): void;
  /** Ends the connection, after what is pending was sent (`soft`) or at once. */
  close(soft: boolean): void;
  /** Stops or goes on running commands of this client: while it waits for a key. */
  setBlocked(blocked: boolean): void;
}

/** `skipping`: the command that SKIP was meant for. */
export type ReplyMode = 'on' | 'off' | 'skip' | 'skipping';

export interface QueuedCommand {
  readonly row: CommandRow;
  readonly args: readonly string[];
}

/** Why the dispatcher must look closer at a client's commands: bits of `Client.special`. */
export const special = {
  /** Not logged in, or its user may not do everything. */
  restricted: 1,
  transaction: 2,
  /** Subscribed in RESP2: few commands are allowed. */
  subscriber: 4,
  silent: 8,
  noTouch: 16,
  caching: 32,
} as const;

export class Client {
  readonly id: number;
  readonly engine: Engine;
  readonly port: ClientPort;
  readonly call: Call;
  /** `special` bits; 0 for most clients most of the time. */
  special = 0;
  name = '';
  libName = '';
  libVer = '';
  readonly createdAt: number;
  /** When it last sent something. */
  lastCommandAt: number;
  authenticated = false;
  account: User;
  replyMode: ReplyMode = 'on';
  closing = false;
  /** Highest batch that a reply not yet sent shows. */
  exposed = 0;
  /** Commands queued by MULTI. */
  queue: QueuedCommand[] | undefined;
  /** Bytes of their words. */
  queueBytes = 0;
  /** A command could not be queued: EXEC refuses. */
  queueFailed = false;
  /** A watched key changed. */
  watchFailed = false;
  watches: Watch[] = [];
  readonly channels = new Set<string>();
  readonly patterns = new Set<string>();
  readonly shardChannels = new Set<string>();
  tracking: ClientTracking | undefined;
  /** Bytes of watched keys, channels and prefixes, and what each takes beside. */
  keptBytes = 0;
  /** All that it holds, as engine/client-memory.ts last counted it. */
  countedBytes = 0;
  noEvict = false;
  noTouch = false;
  monitor = false;
  /** Since when its output is above the soft limit; 0 when it is not. */
  overSoftLimitSince = 0;
  private readonly silence: SilentReply;

  constructor(engine: Engine, id: number, port: ClientPort) {
    this.engine = engine;
    this.id = id;
    this.port = port;
    this.createdAt = engine.now;
    this.lastCommandAt = engine.now;
    this.account = engine.acl.defaultUser;
    this.silence = new SilentReply(port.output);
    this.call = new Call(engine, this, port.output);
    engine.acl.logOut(this);
  }

  get resp(): 2 | 3 {
    return this.port.output.resp;
  }

  /** Name of the ACL user. */
  get user(): string {
    return this.account.name;
  }

  /** Only a login is allowed, and the wire's limits are the low ones. */
  get mustLogIn(): boolean {
    return this.engine.acl.mustLogIn(this);
  }

  get subscriptions(): number {
    return this.channels.size + this.patterns.size + this.shardChannels.size;
  }

  /** Name of the last command; undefined when there was none or it is unknown. */
  get lastCommand(): CommandRow | undefined {
    return this.call.row;
  }

  /** Works `special` out again, after something it is made of changed. */
  refresh(): void {
    let bits = 0;
    if (!this.account.unrestricted || this.engine.acl.mustLogIn(this)) bits |= special.restricted;
    if (this.queue !== undefined) bits |= special.transaction;
    if (this.resp === 2 && this.subscriptions > 0) bits |= special.subscriber;
    if (this.replyMode !== 'on') bits |= special.silent;
    if (this.noTouch) bits |= special.noTouch;
    if (this.tracking !== undefined && this.tracking.caching !== undefined) bits |= special.caching;
    this.special = bits;
  }

  /** @param mode `skip`: from the next command on, for one */
  setReplyMode(mode: ReplyMode): void {
    this.replyMode = mode;
    this.call.reply = mode === 'on' ? this.port.output : this.silence;
    this.refresh();
  }
}
