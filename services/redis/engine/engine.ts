/**
 * The engine: databases, clients and the dispatcher. One thread, no disk, no network, no clock of its own; what happens to
 * the state leaves as batches of effects. Features stand beside it in files of their own and are made here.
 */
import type { ReplySink } from '../model/reply.ts';
import { Blocking } from './blocking.ts';
import type { Call } from './call.ts';
import { Client, type ClientPort } from './client.ts';
import type { CommandRow } from './command.ts';
import { CommandTable } from './command-table.ts';
import { Config } from './config.ts';
import { Database } from './database.ts';
import type { EffectKind } from './effects/effect-kind.ts';
import { EffectLog } from './effects/effect-log.ts';
import { RedisError, wrongArity } from './errors.ts';
import { engineLimits } from './limits.ts';
import { findForScript } from './scripting/find-command.ts';
import { Scripts } from './scripting/scripts.ts';
import type { WasmModule } from './scripting/webassembly.ts';
import { Stats } from './stats.ts';
import { typeOf, type Value, type ValueType } from './value.ts';

export interface EngineModules {
  /** Milliseconds since 1970. */
  readonly clock: { now(): number };
  /** Evenly in [0, 1). */
  readonly random: () => number;
  readonly commands: readonly CommandRow[];
  readonly valueTypes: readonly ValueType[];
  readonly effectKinds: readonly EffectKind[];
  /** The build of Lua 5.1; without it there are no scripts. */
  readonly lua?: WasmModule;
  /** A script runs for long (`busy-reply-threshold`): called every few milliseconds to answer other clients. */
  readonly pollWhileBusy?: () => void;
  /** The long script has ended. */
  readonly noLongerBusy?: () => void;
  /** `redis.log`: levels 0 debug, 1 verbose, 2 notice, 3 warning. */
  readonly log?: (level: number, text: string) => void;
}

export interface EngineOptions {
  /** Effects leave as batches, and replies name the batch they show. */
  readonly journaling: boolean;
}

export class Engine {
  readonly modules: EngineModules;
  readonly databases: Database[] = [];
  readonly commands: CommandTable;
  readonly effects = new EffectLog();
  readonly effectKinds: ReadonlyMap<number, EffectKind>;
  readonly config = new Config();
  readonly stats = new Stats();
  readonly blocking: Blocking;
  readonly scripts: Scripts;
  readonly clients = new Map<number, Client>();
  readonly journaling: boolean;
  /** Milliseconds since 1970 as the running command sees it. */
  now: number;
  /** The state is not whole yet: most commands are refused. */
  loading = false;
  /** The journal takes nothing: commands that write are refused. */
  journalFailing = false;
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
  /** DEBUG SET-DISABLE-DENY-SCRIPTS: scripts may call what has the flag `noscript`. */
  scriptsMayCallAll = false;
  /** Last batch that is durable; for WAITAOF. */
  durable = 0;
  private exposed = 0;
  private clientIds = 0;
  private readonly touchedDbs: Database[] = [];
  private readonly touchedKeys: string[] = [];
  private readonly typesByName = new Map<string, ValueType>();
  private readonly typesByCode = new Map<number, ValueType>();

  constructor(options: EngineOptions, modules: EngineModules) {
    this.modules = modules;
    this.journaling = options.journaling;
    this.effects.recording = options.journaling;
    this.now = modules.clock.now();
    this.commands = new CommandTable(modules.commands);
    this.effectKinds = new Map(modules.effectKinds.map((kind) => [kind.code, kind]));
    for (const type of modules.valueTypes) {
      this.typesByName.set(type.type, type);
      this.typesByCode.set(type.code, type);
    }
    for (let i = 0; i < engineLimits.databases; i++) this.databases.push(new Database(this, i));
    this.blocking = new Blocking(this);
    this.scripts = new Scripts(this);
  }

  // Clients

  connect(port: ClientPort): Client {
    const client = new Client(this, ++this.clientIds, port);
    client.authenticated = true;
    this.clients.set(client.id, client);
    this.stats.connectionsReceived++;
    return client;
  }

  disconnect(client: Client): void {
    this.clients.delete(client.id);
    this.blocking.release(client);
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
    try {
      const row = this.commands.find(args);
      call.row = row;
      if (this.scripts.busy) this.scripts.refuseWhileBusy(row);
      this.run(call, row, args);
    } catch (error) {
      if (!(error instanceof RedisError)) throw error;
      this.stats.errorReplies++;
      call.reply.error(error.message);
    }
    this.settle();
    if (this.exposed > client.exposed) client.exposed = this.exposed;
    if (call.blockRequest !== undefined) {
      const request = call.blockRequest;
      call.blockRequest = undefined;
      this.blocking.park(client, args, call.db, request);
    }
    if (!this.scripts.busy) this.blocking.serve();
  }

  /** A command of the script that runs, in the script's own call. @throws RedisError as the script is told it */
  runFromScript(call: Call, args: readonly string[]): void {
    const row = findForScript(this.commands, args);
    this.scripts.admit(this.scripts.running!, row, args);
    call.row = row;
    this.run(call, row, args);
    this.settle();
  }

  /** May the client's user run this? @throws RedisError if not */
  checkAccess(_client: Client, _row: CommandRow, _args: readonly string[]): void {}

  /** There is no room for commands that need memory (`maxmemory`). */
  get memoryIsFull(): boolean {
    return false;
  }

  /** The command of a client that waited. @throws RedisError */
  rerun(client: Client, args: readonly string[]): void {
    this.exposed = 0;
    const row = this.commands.find(args);
    client.call.row = row;
    row.run!(client.call, args);
    this.settle();
    if (this.exposed > client.exposed) client.exposed = this.exposed;
  }

  /** Lets other clients be answered in the middle of a script: what the script has touched and shown stays its own. */
  whileBusy(serve: () => void): void {
    const { exposed, now } = this;
    const dbs = this.touchedDbs.splice(0);
    const keys = this.touchedKeys.splice(0);
    serve();
    this.exposed = exposed;
    this.now = now;
    this.touchedDbs.push(...dbs);
    this.touchedKeys.push(...keys);
  }

  /** Runs a row in a call that was admitted. @throws RedisError */
  run(call: Call, row: CommandRow, args: readonly string[]): void {
    this.stats.commandsProcessed++;
    row.run!(call, args);
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

  /** For a checkpoint (`EffectLog.capture`). */
  recordState(): void {
    for (const record of this.stateRecorders) record();
  }

  /** Every batch up to this one is durable. */
  durableUpTo(batch: number): void {
    this.durable = batch;
  }

  // What databases tell

  touched(db: Database, key: string): void {
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
    if (this.blocking.size > 0) this.blocking.signal(db, key);
  }

  /** A key was changed or removed: WATCH and client-side caches. */
  keyChanged(_db: Database, _key: string): void {}

  /** A command that reads found nothing. */
  missed(db: Database, key: string): void {
    db.notify('m', 'keymiss', key);
  }

  /** A key whose time has come was met. @returns whether it is to be taken as gone */
  expireKey(db: Database, key: string): boolean {
    if (this.replaying) return false;
    db.delete(key);
    this.stats.expiredKeys++;
    db.notify('x', 'expired', key);
    return true;
  }

  notify(_db: Database, _kind: string, _event: string, _key: string): void {}

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
