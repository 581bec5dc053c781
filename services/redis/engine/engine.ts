/**
 * The engine: databases, clients and the dispatcher. One thread, no disk, no network, no clock of its own; what happens to
 * the state leaves as batches of effects. Features stand beside it in files of their own and are made here.
 */
import type { ReplySink } from '../model/reply.ts';
import { Acl } from './acl/acl.ts';
import { Blocking } from './blocking.ts';
import type { Call } from './call.ts';
import { Client, type ClientOutput, type ClientPort } from './client.ts';
import type { CommandRow } from './command.ts';
import { CommandTable } from './command-table.ts';
import { Conditions } from './conditions.ts';
import { Config } from './config.ts';
import { configRows } from './config-rows.ts';
import { Database } from './database.ts';
import type { EffectKind } from './effects/effect-kind.ts';
import { EffectLog } from './effects/effect-log.ts';
import { RedisError, wrongArity } from './errors.ts';
import { advanceReplyMode, reject, runGuarded } from './guarded.ts';
import { KeyspaceEvents } from './keyspace-events.ts';
import { engineLimits } from './limits.ts';
import { Monitors } from './monitors.ts';
import { OutputLimits } from './output-limits.ts';
import { Pause } from './pause.ts';
import { PubSub } from './pubsub.ts';
import { Stats } from './stats.ts';
import { Tracking } from './tracking.ts';
import { typeOf, type Value, type ValueType } from './value.ts';
import { Watches } from './watches.ts';

export interface EngineModules {
  /** Milliseconds since 1970. */
  readonly clock: { now(): number };
  /** Evenly in [0, 1). */
  readonly random: () => number;
  readonly commands: readonly CommandRow[];
  readonly valueTypes: readonly ValueType[];
  readonly effectKinds: readonly EffectKind[];
}

export interface EngineOptions {
  /** Effects leave as batches, and replies name the batch they show. */
  readonly journaling: boolean;
}

export class Engine extends Conditions {
  readonly modules: EngineModules;
  readonly databases: Database[] = [];
  readonly commands: CommandTable;
  readonly effects = new EffectLog();
  readonly effectKinds: ReadonlyMap<number, EffectKind>;
  readonly config = new Config();
  readonly stats = new Stats();
  readonly blocking: Blocking;
  readonly clients = new Map<number, Client>();
  readonly acl: Acl;
  readonly pubsub: PubSub;
  readonly tracking: Tracking;
  readonly watches = new Watches();
  readonly monitors: Monitors;
  readonly pause: Pause;
  readonly outputLimits: OutputLimits;
  readonly journaling: boolean;
  /** Milliseconds since 1970 as the running command sees it. */
  now: number;
  /** Replies are held until what they show is durable (`appendfsync always`): `expose` is told what they show. */
  exposing = false;
  /** An eviction policy or OBJECT wants to know of accesses. */
  tracksAccess = true;
  /** Someone watches or tracks keys: `keyChanged` is told of every change. */
  watchesKeys = false;
  /** Keyspace events are asked for. */
  notifies = false;
  /** A client is to be told when a key it reads changes. */
  tracksReads = false;
  /** A client is shown every command. */
  monitored = false;
  /** Whose command is running, and its words; within EXEC those of the queued command. */
  running: Client | undefined;
  runningArgs: readonly string[] = [];
  private readonly keyspaceEvents: KeyspaceEvents;
  /** Messages for the client whose command is running: they come after its answer. */
  private pushes: ((out: ClientOutput) => void)[] = [];
  /** A key is being removed because its time is over, which no client did. */
  private expiring = false;
  private clientsMax = 0;
  private idleMsMax = 0;
  private exposed = 0;
  private clientIds = 0;
  private readonly touchedDbs: Database[] = [];
  private readonly touchedKeys: string[] = [];
  private readonly typesByName = new Map<string, ValueType>();
  private readonly typesByCode = new Map<number, ValueType>();

  constructor(options: EngineOptions, modules: EngineModules) {
    super();
    this.modules = modules;
    this.journaling = options.journaling;
    this.effects.recording = options.journaling;
    this.now = modules.clock.now();
    this.config.define(configRows);
    this.commands = new CommandTable(modules.commands);
    this.effectKinds = new Map(modules.effectKinds.map((kind) => [kind.code, kind]));
    for (const type of modules.valueTypes) {
      this.typesByName.set(type.type, type);
      this.typesByCode.set(type.code, type);
    }
    for (let i = 0; i < engineLimits.databases; i++) this.databases.push(new Database(this, i));
    this.blocking = new Blocking(this);
    this.acl = new Acl(this);
    this.pubsub = new PubSub(this);
    this.tracking = new Tracking(this);
    this.monitors = new Monitors(this);
    this.pause = new Pause(this);
    this.outputLimits = new OutputLimits(this);
    this.keyspaceEvents = new KeyspaceEvents(this);
    this.config.onChange('maxclients', (value) => {
      this.clientsMax = Number(value);
    });
    this.config.onChange('timeout', (value) => {
      this.idleMsMax = Number(value) * 1000;
    });
  }

  // Clients

  connect(port: ClientPort): Client {
    const client = new Client(this, ++this.clientIds, port);
    this.stats.connectionsReceived++;
    if (this.clients.size >= this.clientsMax) {
      this.stats.rejectedConnections++;
      port.output.error('ERR max number of clients reached');
      client.closing = true;
      port.close(true);
      return client;
    }
    this.clients.set(client.id, client);
    return client;
  }

  /** The connection is gone. */
  disconnect(client: Client): void {
    client.closing = true;
    if (!this.clients.delete(client.id)) return;
    this.blocking.release(client);
    this.watches.removeAll(client);
    this.pubsub.forget(client);
    this.tracking.disable(client);
    if (client.monitor) this.monitors.remove(client);
  }

  /** Ends a connection from this side: the running client's after its answer. */
  kill(client: Client): void {
    this.disconnect(client);
    client.port.close(client === this.running);
  }

  /** Ends a connection at once; what it has not taken is lost. */
  drop(client: Client): void {
    if (client.closing) return;
    this.disconnect(client);
    client.port.close(false);
  }

  /** A message out of turn. The running client's comes after its answer. */
  push(client: Client, write: (out: ClientOutput) => void): void {
    if (client.closing) return;
    if (client === this.running) {
      this.pushes.push(write);
      return;
    }
    write(client.port.output);
    this.wrote(client);
  }

  /** Something was written to a client that is not the one whose command is running. */
  wrote(client: Client): void {
    // It may tell of changes that the running client made or saw before: it must not be ahead of them.
    const shown = Math.max(this.exposed, this.running?.exposed ?? 0);
    if (shown > client.exposed) client.exposed = shown;
    client.port.wake();
    this.outputLimits.check(client);
  }

  /** Clients that are idle or slow for too long are cut off: to be called several times a second. */
  clientsCron(): void {
    this.beginTurn();
    for (const client of this.clients.values()) {
      if (client.overSoftLimitSince > 0) this.outputLimits.check(client);
      if (this.idleMsMax === 0 || this.now - client.lastCommandAt <= this.idleMsMax) continue;
      if (client.subscriptions === 0 && !client.monitor && !this.blocking.isBlocked(client))
        this.drop(client);
    }
  }

  // Running commands

  /** The clock is read once a turn of the event loop, before its first command. */
  beginTurn(): void {
    this.now = this.modules.clock.now();
  }

  /** Runs one command and writes its answer. Nothing is thrown but broken invariants. */
  execute(client: Client, args: readonly string[]): void {
    const { call } = client;
    this.exposed = 0;
    this.running = client;
    this.runningArgs = args;
    let row: CommandRow | undefined;
    if (client.replyMode !== 'on') advanceReplyMode(client);
    try {
      row = this.commands.find(args);
      call.row = row;
      if ((client.special | this.conditions) === 0) this.run(call, row, args);
      else runGuarded(this, client, row, args);
    } catch (error) {
      if (!(error instanceof RedisError)) throw error;
      if (row === undefined) reject(client, args, error);
      else {
        this.stats.errorReplies++;
        call.reply.error(error.message);
      }
    }
    this.settle();
    if (this.pushes.length > 0) this.flushPushes(client);
    if (this.exposed > client.exposed) client.exposed = this.exposed;
    if (call.blockRequest !== undefined) {
      const request = call.blockRequest;
      call.blockRequest = undefined;
      this.blocking.park(client, args, call.db, request);
    }
    this.running = undefined;
    if (this.limitsAnswers) this.outputLimits.check(client);
    this.blocking.serve();
  }

  /** The command of a client that waited. @throws RedisError */
  rerun(client: Client, args: readonly string[]): void {
    this.exposed = 0;
    this.running = client;
    this.runningArgs = args;
    const row = this.commands.find(args);
    client.call.row = row;
    try {
      row.run!(client.call, args);
      if (this.tracksReads && client.call.blockRequest === undefined)
        this.rememberReads(client.call, row, args);
    } finally {
      this.settle();
      if (this.pushes.length > 0) this.flushPushes(client);
      if (this.exposed > client.exposed) client.exposed = this.exposed;
      this.running = undefined;
    }
  }

  /** Runs a row in a call that was admitted. @throws RedisError */
  run(call: Call, row: CommandRow, args: readonly string[]): void {
    this.stats.commandsProcessed++;
    if (this.monitored || this.tracksReads) this.runObserved(call, row, args);
    else row.run!(call, args);
  }

  private runObserved(call: Call, row: CommandRow, args: readonly string[]): void {
    const isHidden = row.flags.includes('skip_monitor') || row.flags.includes('admin');
    // A script is shown before the commands it runs.
    if (this.monitored && isHidden && row.group === 'scripting' && !call.inScript)
      this.monitors.show(call, row, args);
    try {
      row.run!(call, args);
    } finally {
      if (this.monitored && !isHidden) this.monitors.show(call, row, args);
      if (this.tracksReads) this.rememberReads(call, row, args);
    }
  }

  /**
   * For client-side caching. Of a script the keys it names are remembered along with those it reads, as Redis did before 7.2:
   * a client may have cached its answer under them.
   */
  private rememberReads(call: Call, row: CommandRow, args: readonly string[]): void {
    if (!row.flags.includes('readonly') || row.group === 'scripting') return;
    const client = this.running ?? call.client;
    this.tracking.remember(client, row, args);
    if (call.inScript) this.tracking.remember(client, client.call.row, this.runningArgs);
  }

  private flushPushes(client: Client): void {
    const { pushes } = this;
    this.pushes = [];
    for (const write of pushes) write(client.port.output);
  }

  /** CONFIG RESETSTAT. */
  resetStatistics(): void {
    this.stats.reset();
  }

  /** Settles what the last command touched. Also called between the commands of a transaction. */
  settle(): void {
    const { touchedDbs, touchedKeys } = this;
    if (touchedKeys.length === 0) return;
    for (let i = 0; i < touchedKeys.length; i++) {
      const db = touchedDbs[i]!;
      db.settle(touchedKeys[i]!);
      if (this.watchesKeys) this.keyChanged(db, touchedKeys[i]!);
    }
    touchedDbs.length = 0;
    touchedKeys.length = 0;
    this.expose(this.effects.batch);
  }

  // What databases tell

  touched(db: Database, key: string): void {
    if (this.expiring) {
      if (this.watchesKeys) this.keyChanged(db, key);
      this.expose(this.effects.batch);
      return;
    }
    const last = this.touchedKeys.length - 1;
    if (last >= 0 && this.touchedKeys[last] === key && this.touchedDbs[last] === db) return;
    this.touchedDbs.push(db);
    this.touchedKeys.push(key);
  }

  /** The running command's reply shows this batch. */
  expose(batch: number): void {
    if (batch > this.exposed) this.exposed = batch;
  }

  keyCreated(db: Database, key: string): void {
    if (this.notifies) this.notify(db, 'n', 'new', key);
    if (this.blocking.size > 0) this.blocking.signal(db, key);
  }

  /** A key was changed or removed: WATCH and client-side caches. */
  keyChanged(db: Database, key: string): void {
    this.expose(this.effects.batch);
    this.watches.changed(db, key);
    this.tracking.changed(key, this.expiring ? undefined : this.running);
  }

  /** Every key of the database is about to go. */
  flushed(db: Database): void {
    this.expose(this.effects.batch);
    this.watches.replaced(db);
    this.tracking.flushed();
  }

  /** `watchesKeys` follows from who watches and tracks. */
  updateWatching(): void {
    this.watchesKeys = this.watches.size > 0 || this.tracking.clientCount > 0;
  }

  /** A command that reads found nothing. */
  missed(db: Database, key: string): void {
    db.notify('m', 'keymiss', key);
  }

  /** A key whose time has come was met. @returns whether it is to be taken as gone */
  expireKey(db: Database, key: string): boolean {
    if (!this.effects.recording && this.journaling) return false;
    if (this.paused !== undefined) return true;
    this.expiring = true;
    db.delete(key);
    this.expiring = false;
    this.stats.expiredKeys++;
    db.notify('x', 'expired', key);
    return true;
  }

  notify(db: Database, kind: string, event: string, key: string): void {
    this.keyspaceEvents.notify(db, kind, event, key);
  }

  accessStamp(_before: number): number {
    return Math.floor(this.now / 1000) >>> 0;
  }

  valueType(value: Value): ValueType {
    return this.typesByName.get(typeOf(value))!;
  }

  valueTypeByCode(code: number): ValueType | undefined {
    return this.typesByCode.get(code);
  }

  /** The answer of a command that cannot be answered otherwise. */
  static ok(reply: ReplySink): void {
    reply.simple('OK');
  }
}

export { wrongArity };
