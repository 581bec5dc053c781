/** The `redis` library of scripts. Source: https://redis.io/docs/latest/develop/interact/programmability/lua-api/ */
import { doubleText } from '../../model/number-text.ts';
import type { Engine } from '../engine.ts';
import { RedisError } from '../errors.ts';
import { engineLimits } from '../limits.ts';
import { redisVersion } from '../version.ts';
import { luaType } from './lua-exports.ts';
import { LuaError, type LuaFunction, type LuaState } from './lua-state.ts';
import type { LuaReply } from './reply-to-lua.ts';
import type { ScriptRun } from './script-run.ts';
import { sha1Hex } from './sha1.ts';

export interface RedisApiModules {
  readonly engine: Engine;
  readonly reply: LuaReply;
  /** The script that runs in this state. */
  readonly running: () => ScriptRun | undefined;
}

/** Names and values of numbers in the table. */
export const logLevels = { LOG_DEBUG: 0, LOG_VERBOSE: 1, LOG_NOTICE: 2, LOG_WARNING: 3 };
const replication = { REPL_NONE: 0, REPL_AOF: 1, REPL_SLAVE: 2, REPL_REPLICA: 2, REPL_ALL: 3 };
const versionNumber = redisVersion.split('.').reduce((number, part) => number * 256 + Number(part), 0);

const noArguments = 'ERR Please specify at least one argument for this redis lib call';
const badArguments = 'ERR Lua redis lib command arguments must be strings or integers';

/** Of one line of a script. */
const logCharsMax = 1024;

/** Largest number that is written as an integer, not with an exponent. */
const wholeNumberMax = 2 ** 62;

/** What scripts and libraries that are being loaded both have, into the table on top. */
export function addCommonApi(state: LuaState, engine: Engine): void {
  const { c, main } = state;
  for (const [name, value] of Object.entries({ ...logLevels, REDIS_VERSION_NUM: versionNumber })) {
    c.lua_pushnumber(main, value);
    state.setField(main, name);
  }
  state.push(main, redisVersion);
  state.setField(main, 'REDIS_VERSION');
  state.addToTable(main, { log: (L) => log(state, L, engine) });
}

/** Into the table on top. */
export function addRedisApi(state: LuaState, modules: RedisApiModules): void {
  const { c, main } = state;
  const commands = new ScriptCommands(state, modules);
  for (const [name, value] of Object.entries(replication)) {
    c.lua_pushnumber(main, value);
    state.setField(main, name);
  }
  state.addToTable(main, {
    call: (L) => commands.call(L, true),
    pcall: (L) => commands.call(L, false),
    error_reply: (L) => singleField(state, L, 'err', errorText),
    status_reply: (L) => singleField(state, L, 'ok', (text) => text),
    sha1hex(L) {
      if (c.lua_gettop(L) !== 1) throw wholeError('wrong number of arguments');
      state.push(L, sha1Hex(state.string(L, 1)));
      return 1;
    },
    setresp(L) {
      if (c.lua_gettop(L) !== 1) throw wholeError('redis.setresp() requires one argument.');
      const version = c.lua_tonumber(L, 1);
      if (version !== 2 && version !== 3) throw wholeError('RESP version must be 2 or 3.');
      commands.run().resp = version;
      return 0;
    },
    set_repl(L) {
      if (c.lua_gettop(L) !== 1) throw wholeError('redis.set_repl() requires two arguments.');
      // Effects are what is kept, whole: there is nothing to choose.
      const flags = Math.trunc(c.lua_tonumber(L, 1));
      if ((flags & ~replication.REPL_ALL) !== 0) {
        throw wholeError('Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.');
      }
      return 0;
    },
    acl_check_cmd: (L) => commands.checkAccess(L),
  });
}

/** What only EVAL has. */
export function addEvalApi(state: LuaState): void {
  const { c, main } = state;
  const answers = (value: number): LuaFunction => {
    return (L) => {
      c.lua_pushboolean(L, value);
      return 1;
    };
  };
  state.addToTable(main, { replicate_commands: answers(1), breakpoint: answers(0), debug: () => 0 });
}

/** An error that is shown without a position in front. */
function wholeError(message: string): LuaError {
  return new LuaError(message, 0);
}

class ScriptCommands {
  private readonly state: LuaState;
  private readonly modules: RedisApiModules;

  constructor(state: LuaState, modules: RedisApiModules) {
    this.state = state;
    this.modules = modules;
  }

  run(): ScriptRun {
    const run = this.modules.running();
    if (run === undefined) throw wholeError('redis.call/pcall can only be called inside a script invocation');
    return run;
  }

  /** `redis.call` and `redis.pcall` */
  call(L: number, raises: boolean): number {
    const run = this.run();
    const args = this.words(L);
    if (typeof args === 'string') return this.fail(L, args, raises);
    const { c } = this.state;
    const { engine, reply } = this.modules;
    c.lua_settop(L, 0);
    reply.resp = run.resp;
    reply.begin(L);
    let failure: string | undefined;
    try {
      engine.scripts.command(run.call, args);
      failure = reply.failure;
    } catch (error) {
      if (!(error instanceof RedisError)) throw error;
      failure = error.message;
    }
    reply.end();
    return failure === undefined ? 1 : this.fail(L, failure, raises);
  }

  checkAccess(L: number): number {
    const run = this.run();
    const args = this.words(L);
    if (typeof args === 'string') return this.fail(L, args, true);
    const { engine } = this.modules;
    const row = engine.commands.lookup(args[0]!, args[1]);
    if (row === undefined) return this.fail(L, 'ERR Invalid command passed to redis.acl_check_cmd()', true);
    const denial = engine.acl.check(run.call.client.account, row, args);
    this.state.c.lua_pushboolean(L, denial === undefined ? 1 : 0);
    return 1;
  }

  /** The words of a command, or what is wrong with them. */
  private words(L: number): string[] | string {
    const { c } = this.state;
    const given = c.lua_gettop(L);
    if (given === 0) return noArguments;
    const words = new Array<string>(given);
    let bytes = 0;
    for (let i = 1; i <= given; i++) {
      const type = c.lua_type(L, i);
      if (type === luaType.string) {
        // Counted first: a script can name one long string many times.
        bytes += c.lua_objlen(L, i);
        if (bytes > engineLimits.luaTextBytesMax) throw wholeError('not enough memory');
        words[i - 1] = this.state.string(L, i);
      } else if (type === luaType.number) words[i - 1] = numberText(c.lua_tonumber(L, i));
      else return badArguments;
    }
    return words;
  }

  private fail(L: number, message: string, raises: boolean): number {
    const { state } = this;
    const { c } = state;
    c.lua_settop(L, 0);
    c.lua_createtable(L, 0, 2);
    state.push(L, message);
    state.setField(L, 'err');
    // As Redis marks what it has counted already; scripts that list the fields see it.
    c.lua_pushboolean(L, 1);
    state.setField(L, 'ignore_error_stats_update');
    return raises ? c.lua_error(L) : 1;
  }
}

/** Without losing digits, unlike Lua's own conversion. */
function numberText(value: number): string {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) <= wholeNumberMax && value !== 0)
    return String(BigInt(value));
  return doubleText(value);
}

/** A table with one field from one string argument. */
function singleField(state: LuaState, L: number, name: string, make: (text: string) => string): number {
  const { c } = state;
  const isOne = c.lua_gettop(L) === 1 && c.lua_type(L, 1) === luaType.string;
  const text = isOne ? make(state.string(L, 1)) : 'ERR wrong number or type of arguments';
  c.lua_createtable(L, 0, 1);
  state.push(L, text);
  state.setField(L, isOne ? name : 'err');
  return 1;
}

/** An error has a code before its text; a minus in front was for those who wrote the protocol by hand. */
function errorText(text: string): string {
  const bare = text.startsWith('-') ? text.slice(1) : text;
  return bare.includes(' ') ? bare : `ERR ${bare}`;
}

function log(state: LuaState, L: number, engine: Engine): number {
  const { c } = state;
  const given = c.lua_gettop(L);
  if (given < 2) throw wholeError('redis.log() requires two arguments or more.');
  if (c.lua_type(L, 1) !== luaType.number) throw wholeError('First argument must be a number (log level).');
  const level = Math.trunc(c.lua_tonumber(L, 1));
  if (level < logLevels.LOG_DEBUG || level > logLevels.LOG_WARNING) throw wholeError('Invalid debug level.');
  let text = '';
  for (let i = 2; i <= given && text.length < logCharsMax; i++) {
    const type = c.lua_type(L, i);
    if (type !== luaType.string && type !== luaType.number) continue;
    text += `${i > 2 ? ' ' : ''}${state.string(L, i).slice(0, logCharsMax)}`;
  }
  engine.modules.log?.(level, text.slice(0, logCharsMax));
  return 0;
}
