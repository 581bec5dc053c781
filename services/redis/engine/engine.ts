/**
 * The engine: databases, clients and the dispatcher. One thread, no disk, no network, no clock of its own; what happens to
 * the state leaves as batches of effects. Features stand beside it in files of their own and are made here.
 */
import { ByteReader, ByteWriter } from '@hypergate/kit/bytes';
import { AccessClock } from './access-clock.ts';
import { Acl } from './acl/acl.ts';
import { ActiveExpiry } from './active-expiry.ts';
import { Blocking } from './blocking.ts';
import type { Call } from './call.ts';
import { Client, type ClientOutput, type ClientPort } from './client.ts';
import { provideClientFacts } from './client-facts.ts';
import { ClientLimits } from './client-limits.ts';
import { ClientMemory } from './client-memory.ts';
import type { CommandRow } from './command.ts';
import { CommandTable } from './command-table.ts';
import { Conditions } from './conditions.ts';
import { Config } from './config.ts';
import { configRows } from './config-rows.ts';
import { runCron } from './cron.ts';
import { Database } from './database.ts';
import type { EffectKind } from './effects/effect-kind.ts';
import { EffectLog } from './effects/effect-log.ts';
import type { EngineModules, EngineOptions } from './engine-modules.ts';
import { outOfMemory, RedisError } from './errors.ts';
import { Eviction } from './eviction.ts';
import { advanceReplyMode, reject, runGuarded } from './guarded.ts';
import { type Host, noHost } from './host.ts';
import { KeyspaceEvents } from './keyspace-events.ts';
import { engineLimits } from './limits.ts';
import { Meter } from './meter.ts';
import { Monitors } from './monitors.ts';
import { runObserved } from './observers.ts';
import { OutputLimits } from './output-limits.ts';
import { Pause } from './pause.ts';
import { PubSub } from './pubsub.ts';
import { Scripts } from './scripting/scripts.ts';
import { ServerFacts } from './server-facts.ts';
import { Stats } from './stats.ts';
import { Tracking } from './tracking.ts';
import { RawString } from './types/raw-string.ts';
import { type TypeName, typeOf, type Value, type ValueType } from './value.ts';
import { Watches } from './watches.ts';

export type { EngineModules, EngineOptions };

export class Engine extends Conditions {
  readonly modules: EngineModules;
  readonly databases: Database[] = [];
  readonly commands: CommandTable;
  readonly effects = new EffectLog();
  readonly effectKinds: ReadonlyMap<number, EffectKind>;
  readonly config = new Config();
  readonly stats = new Stats();
  readonly meter: Meter;
  readonly facts: ServerFacts;
  readonly host: Host;
  readonly blocking: Blocking;
  readonly accessClock: AccessClock;
  readonly activeExpiry: ActiveExpiry;
  readonly eviction: Eviction;
  readonly clients = new Map<number, Client>();
  readonly acl: Acl;
  readonly pubsub: PubSub;
  readonly tracking: Tracking;
  readonly watches = new Watches();
  readonly monitors: Monitors;
  readonly pause: Pause;
  readonly outputLimits: OutputLimits;
  readonly clientLimits: ClientLimits;
  readonly clientMemory: ClientMemory;
  readonly scripts: Scripts;
  readonly journaling: boolean;
  /** Milliseconds since 1970 as the running command sees it. */
  now: number;
  /** Each records the part of the state that is not in keys, as effects that lead to it. */
  readonly stateRecorders: (() => void)[] = [];
  /** Stored effects are applied: nothing expires, and keys may have records that nothing here knows of. */
  replaying = false;
  /** Times that a database was emptied or two were swapped: what walks through the keys begins anew. */
  emptied = 0;
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
  /** `removeByItself` is under way. */
  private byItself = false;
  private readonly readUsedMemory = (): number => this.usedMemory();
  /** CLIENT PAUSE WRITE: keys whose time has come are not shown, but stay. */
  expiryPaused = false;
  /** DEBUG PAUSE-CRON */
  cronPaused = false;
  /** DEBUG SET-DISABLE-DENY-SCRIPTS: scripts may call what has the flag `noscript`. */
  scriptsMayCallAll = false;
  /** Last batch that is durable; for WAITAOF. */
  durable = 0;
  /** `list-max-listpack-size`, which decides on the encoding that a list is said to have. */
  listFill = -2;
  /** `proto-max-bulk-len`, as far as V8's strings go: the longest string that clients may send or make. */
  bulkBytesMax: number = engineLimits.stringBytesMax;
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
    this.host = modules.host ?? noHost;
    this.facts = new ServerFacts(this.now, modules.random);
    this.config.define(configRows);
    this.config.onChange('list-max-listpack-size', (value) => {
      this.listFill = Number(value);
    });
    this.config.onChange('proto-max-bulk-len', (value) => {
      this.bulkBytesMax = Math.min(Number(value), engineLimits.stringBytesMax);
    });
    this.config.onChange('min-replicas-to-write', (value) => {
      this.lacksReplicas = Number(value) > 0;
    });
    this.commands = new CommandTable(modules.commands);
    this.meter = new Meter(this.commands, this.config, this.stats, modules.clock.precise);
    this.effectKinds = new Map(modules.effectKinds.map((kind) => [kind.code, kind]));
    for (const type of modules.valueTypes) {
      this.typesByName.set(type.type, type);
      this.typesByCode.set(type.code, type);
    }
    for (let i = 0; i < engineLimits.databases; i++) this.databases.push(new Database(this, i));
    this.blocking = new Blocking(this);
    modules.finality?.onProgress(() => this.acknowledged());
    this.accessClock = new AccessClock(modules.random);
    this.activeExpiry = new ActiveExpiry(this);
    this.eviction = new Eviction(this, this.accessClock);
    this.acl = new Acl(this);
    this.stateRecorders.push(() => this.acl.record());
    this.pubsub = new PubSub(this);
    this.tracking = new Tracking(this);
    this.monitors = new Monitors(this);
    this.pause = new Pause(this);
    this.outputLimits = new OutputLimits(this);
    this.keyspaceEvents = new KeyspaceEvents(this);
    this.scripts = new Scripts(this);
    provideClientFacts(this);
    this.clientLimits = new ClientLimits(this);
    this.clientMemory = new ClientMemory(this);
  }

  // Clients

  connect(port: ClientPort): Client {
    const client = new Client(this, ++this.clientIds, port);
    this.stats.connectionsReceived++;
    if (!this.clientLimits.refuses(client)) this.clients.set(client.id, client);
    return client;
  }

  /** The connection is gone. */
  disconnect(client: Client): void {
    client.closing = true;
    if (!this.clients.delete(client.id)) return;
    this.clientMemory.forget(client);
    this.blocking.forget(client);
    this.pause.forget(client);
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

  // Running commands

  /** The clock is read once a turn of the event loop, before its first command. */
  beginTurn(): void {
    this.now = this.modules.clock.now();
    this.meter.beginTurn();
    this.facts.turn(this.now, this.stats, this.readUsedMemory);
  }

  /** Nothing more is run in this turn. */
  endTurn(): void {
    this.meter.endTurn();
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
      else call.reply.error(error.message);
    }
    this.afterCommand(client);
    if (call.blockRequest !== undefined) {
      const request = call.blockRequest;
      call.blockRequest = undefined;
      this.blocking.park(client, request.args ?? args, call.db, request);
    }
    if (this.limitsAnswers) this.outputLimits.check(client);
    // Who waits for a key is served when the script has ended.
    if (this.busy === undefined) this.blocking.serve();
  }

  /** The command of a client that waited, run again. */
  rerun(client: Client, args: readonly string[]): void {
    this.exposed = 0;
    this.running = client;
    this.runningArgs = args;
    const row = this.commands.find(args);
    client.call.row = row;
    try {
      this.run(client.call, row, args);
    } catch (error) {
      if (!(error instanceof RedisError)) throw error;
      client.call.reply.error(error.message);
    }
    this.afterCommand(client);
  }

  /** What a command did is settled, and who ran it is told what comes after its answer. */
  private afterCommand(client: Client): void {
    this.settle();
    if (this.pushes.length > 0) this.flushPushes(client);
    if (this.exposed > client.exposed) client.exposed = this.exposed;
    this.running = undefined;
  }

  /** Lets other clients be answered in the middle of a script: what the script has touched and shown stays its own. */
  whileBusy(serve: () => void): void {
    const { exposed, now, running, runningArgs, pushes } = this;
    const dbs = this.touchedDbs.splice(0);
    const keys = this.touchedKeys.splice(0);
    this.pushes = [];
    serve();
    this.exposed = exposed;
    this.now = now;
    this.running = running;
    this.runningArgs = runningArgs;
    this.pushes = pushes;
    this.touchedDbs.push(...dbs);
    this.touchedKeys.push(...keys);
  }

  /** Runs a row in a call that was admitted, and measures it. @throws RedisError */
  run(call: Call, row: CommandRow, args: readonly string[]): void {
    const { meter, stats } = this;
    const began = meter.begin(row);
    const errorsBefore = stats.errorReplies;
    try {
      if (this.monitored || this.tracksReads) runObserved(call, row, args);
      else row.run!(call, args);
    } catch (error) {
      // What a transaction or a script ran and failed has been counted: the same error is not counted for the outer one.
      if (error instanceof RedisError && stats.errorReplies === errorsBefore) meter.countError(error.message);
      meter.failed(row);
      meter.finished(call, row, args, began);
      throw error;
    }
    meter.finished(call, row, args, began);
  }

  /** Sends the running client the messages that wait for it. */
  flushPushes(client: Client): void {
    const { pushes } = this;
    this.pushes = [];
    for (const write of pushes) write(client.port.output);
  }

  /** Evicts keys if memory is over the limit. @throws RedisError when the command may need memory and there is none */
  makeRoom(row: CommandRow): void {
    if (this.eviction.run() === 'full' && row.flags.includes('denyoom')) throw outOfMemory;
  }

  /** What the engine does by itself, between commands, ten times a second. */
  cron(): void {
    if (!this.cronPaused) runCron(this);
  }

  /** CONFIG RESETSTAT. */
  resetStatistics(): void {
    this.stats.reset();
    this.meter.reset();
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

  /** Every batch up to this one is durable. */
  durableUpTo(batch: number): void {
    this.durable = batch;
    this.acknowledged();
  }

  /** Batches became durable here or at other nodes: WAIT and WAITAOF may be answered. */
  private acknowledged(): void {
    if (this.blocking.size === 0) return;
    this.beginTurn();
    this.blocking.retryKeyless();
    this.endTurn();
  }

  /** For a checkpoint (`EffectLog.capture`). */
  recordState(): void {
    for (const record of this.stateRecorders) record();
  }

  // What databases tell

  touched(db: Database, key: string): void {
    if (this.byItself) {
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
    this.tracking.changed(key, this.byItself ? undefined : this.running);
  }

  /** All keys of a database are about to go, or to be those of another one: FLUSHALL, FLUSHDB, SWAPDB. */
  allKeysChange(db: Database, by?: Database): void {
    this.watches.replaced(db, by);
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
    if (this.replaying) return false;
    if (this.expiryPaused) return true;
    this.removeByItself(db, key);
    this.stats.expiredKeys++;
    db.notify('x', 'expired', key);
    return true;
  }

  /** A key goes that no client removed: its time is over, or it makes room. Who tracks it is told even with NOLOOP. */
  removeByItself(db: Database, key: string): void {
    this.byItself = true;
    db.delete(key);
    this.byItself = false;
  }

  notify(db: Database, kind: string, event: string, key: string): void {
    this.keyspaceEvents.notify(db, kind, event, key);
  }

  /** Column `access` of a key after an access now; `before` is 0 for a new key. */
  accessStamp(before: number): number {
    return this.accessClock.stamp(before, this.now);
  }

  /** Bytes of memory of all keys and values, and of an engine without any; about. */
  usedMemory(): number {
    let bytes: number = engineLimits.emptyEngineBytes;
    for (const db of this.databases) bytes += db.bytes;
    return bytes;
  }

  valueType(value: Value): ValueType {
    return this.typesByName.get(typeOf(value))!;
  }

  valueTypeByName(name: TypeName): ValueType {
    return this.typesByName.get(name)!;
  }

  /** A value of its own that equals this one. */
  duplicate<V extends Value>(value: V): V {
    // OBJECT ENCODING tells a string that was changed in place from others, and so its copy.
    if (value instanceof RawString) return new RawString(value.toString()) as V;
    const type = this.valueType(value);
    const out = new ByteWriter();
    type.save(value, out);
    return type.load(new ByteReader(out.buffer, 0, out.length)) as V;
  }

  valueTypeByCode(code: number): ValueType | undefined {
    return this.typesByCode.get(code);
  }
}
