/**
 * Scripts and functions of an engine: the cache of EVAL, the libraries, what runs now, and what happens while it runs for long.
 * A machine of Lua that broke, or grew too large, is put away and made anew when it is needed.
 */

import { denialText } from '../acl/acl.ts';
import { Call } from '../call.ts';
import type { Client } from '../client.ts';
import type { CommandRow } from '../command.ts';
import type { Engine } from '../engine.ts';
import { notDurable, notEnoughReplicas, outOfMemory, RedisError } from '../errors.ts';
import { engineLimits } from '../limits.ts';
import { findForScript } from './find-command.ts';
import { Libraries } from './libraries.ts';
import { LuaEngine } from './lua-engine.ts';
import { LuaError } from './lua-state.ts';
import { ScriptCache } from './script-cache.ts';
import { provideScriptFacts } from './script-facts.ts';
import { type ScriptKind, ScriptRun, type ScriptRunOptions } from './script-run.ts';

const killedMessage = 'Script killed by user with SCRIPT KILL...';
const notBusy = new RedisError('NOTBUSY No scripts in execution right now.');
const unkillable = new RedisError(
  'UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.',
);
const busyErrors: Readonly<Record<ScriptKind, RedisError>> = {
  eval: new RedisError(
    'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
  ),
  function: new RedisError(
    'BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.',
  ),
};
const notFromScript = new RedisError('ERR This Redis command is not allowed from script');
const notReadOnly = new RedisError('ERR Write commands are not allowed from read-only scripts.');
const readCommandOfWriter = new RedisError(
  'ERR Can not execute a script with write flag using *_ro command.',
);

export class Scripts {
  readonly cache: ScriptCache;
  readonly libraries: Libraries;
  /** What runs now. */
  running: ScriptRun | undefined;
  /** `busy-reply-threshold`, 0 or less for never. */
  private busyAfterMs = 0;
  private readonly engine: Engine;
  private readonly machines: Record<ScriptKind, LuaEngine | undefined> = {
    eval: undefined,
    function: undefined,
  };
  private nextPollAt = 0;

  constructor(engine: Engine) {
    this.engine = engine;
    this.cache = new ScriptCache({
      machine: () => this.machine('eval'),
      discard: () => this.discard('eval'),
    });
    this.libraries = new Libraries({
      engine,
      machine: () => this.machine('function'),
      discard: () => this.discard('function'),
    });
    engine.config.onChange('busy-reply-threshold', (value) => {
      this.busyAfterMs = Number(value);
    });
    provideScriptFacts(engine.facts, this);
  }

  /** Bytes of Lua objects. */
  memory(kind: ScriptKind): number {
    return this.machines[kind]?.state.heapBytes ?? 0;
  }

  /** SCRIPT FLUSH: the machine too, as scripts may have left something in it. */
  flush(): void {
    this.cache.clear();
    this.discard('eval');
  }

  /** Runs a compiled script or function for a command and answers it. @throws RedisError */
  run(call: Call, options: ScriptRunOptions, code: number): void {
    const { engine } = this;
    const { flags, kind } = options;
    if (this.running !== undefined) throw new RedisError('ERR a script can not run another script');
    if (flags !== undefined && !flags.includes('no-writes')) {
      if (options.isReadCommand) throw readCommandOfWriter;
      if (!flags.includes('allow-oom') && this.memoryIsFull) throw outOfMemory;
    }
    const machine = this.machine(kind);
    const inner = new Call(engine, call.client, call.reply);
    inner.db = call.db;
    inner.mayBlock = false;
    inner.inScript = true;
    const run = new ScriptRun(options, inner, engine.modules.clock.now());
    this.running = run;
    this.nextPollAt = 0;
    try {
      machine.execute(run, code, call.reply);
    } catch (error) {
      if (error instanceof RedisError) throw error;
      this.discard(kind);
      throw brokenMachine(error);
    } finally {
      this.running = undefined;
      this.endBusy();
      if (kind === 'eval' && machine.state.machine.size > engineLimits.luaMemoryKeptBytes)
        this.discard('eval');
    }
  }

  /** Runs a command of the script that runs, in its own call. @throws RedisError as the script is told it */
  command(call: Call, args: readonly string[]): void {
    const { engine } = this;
    let row: CommandRow;
    try {
      row = findForScript(engine.commands, args);
      this.admit(call, row, args);
    } catch (error) {
      if (error instanceof RedisError) engine.meter.rejected(args, error);
      throw error;
    }
    call.row = row;
    engine.run(call, row, args);
    engine.settle();
  }

  private admit(call: Call, row: CommandRow, args: readonly string[]): void {
    const { engine } = this;
    const { flags } = row;
    const run = this.running!;
    if (flags.includes('noscript') && !engine.scriptsMayCallAll) throw notFromScript;
    if (!call.client.account.unrestricted) this.checkAccess(call.client, row, args);
    const writes = flags.includes('write');
    if (run.readOnly && (writes || flags.includes('may_replicate'))) throw notReadOnly;
    if (!writes) return;
    if (!run.wrote && engine.journalFailing) throw notDurable;
    if (!run.wrote && engine.lacksReplicas) throw notEnoughReplicas;
    // A script that has begun to write may finish.
    if (!run.wrote && !run.allowsFullMemory && flags.includes('denyoom') && this.memoryIsFull) {
      throw outOfMemory;
    }
    run.wrote = true;
  }

  /** SCRIPT KILL, FUNCTION KILL. @throws RedisError */
  kill(kind: ScriptKind): void {
    const { running } = this;
    if (running === undefined) throw notBusy;
    if (running.options.kind !== kind) throw busyErrors[running.options.kind];
    if (running.wrote) throw unkillable;
    running.killed = true;
  }

  /** There was no room before the script, nor anything to evict. */
  private get memoryIsFull(): boolean {
    return this.engine.limitsMemory && this.engine.eviction.full;
  }

  /** Rights are those of the user whose script it is. @throws RedisError */
  private checkAccess(client: Client, row: CommandRow, args: readonly string[]): void {
    const { acl } = this.engine;
    const denial = acl.check(client.account, row, args);
    if (denial === undefined) return;
    acl.log.add(client, denial.reason, 'lua', denial.object);
    throw new RedisError(`ERR ACL failure in script: ${denialText(denial, client.account)}`);
  }

  private onTick(): void {
    const { running, engine } = this;
    if (running === undefined) {
      this.libraries.onTick();
      return;
    }
    if (!running.killed) {
      const { modules } = engine;
      const now = modules.clock.now();
      if (engine.busy === undefined && this.busyAfterMs > 0 && now - running.startedAt >= this.busyAfterMs) {
        engine.busy = busyErrors[running.options.kind];
      }
      if (engine.busy !== undefined && now >= this.nextPollAt) {
        modules.pollWhileBusy?.();
        this.nextPollAt = modules.clock.now() + engineLimits.busyPollMs;
      }
    }
    // Set while others were served, or earlier: the script caught the error.
    if (running.killed) throw new LuaError(killedMessage, 0);
  }

  private endBusy(): void {
    if (this.engine.busy === undefined) return;
    this.engine.busy = undefined;
    this.engine.modules.noLongerBusy?.();
  }

  private machine(kind: ScriptKind): LuaEngine {
    const found = this.machines[kind];
    if (found !== undefined) return found;
    const { engine } = this;
    const module = engine.modules.lua;
    if (module === undefined) throw new RedisError('ERR this server runs without Lua');
    const made = new LuaEngine(kind, { engine, module, onTick: () => this.onTick() });
    this.machines[kind] = made;
    if (kind === 'function') this.libraries.reload();
    return made;
  }

  private discard(kind: ScriptKind): void {
    this.machines[kind] = undefined;
    if (kind === 'eval') this.cache.forgetCompiled();
  }
}

/** What ended the machine: its stack, its memory, or an instruction that is not there. Anything else is a broken invariant. */
function brokenMachine(error: unknown): unknown {
  const name = error instanceof Error ? error.name : '';
  if (name === 'RangeError') return new RedisError('ERR stack overflow');
  if (name === 'LuaFatal') return new RedisError('ERR not enough memory');
  if (name === 'RuntimeError')
    return new RedisError(`ERR the Lua machine ended: ${(error as Error).message}`);
  return error;
}
