/** Runs the code of a library: all it can do is call `redis.register_function`, `redis.log` and compute. */
import type { Engine } from '../engine.ts';
import { RedisError } from '../errors.ts';
import type { LuaEngine } from './lua-engine.ts';
import { globalsIndex, luaType } from './lua-exports.ts';
import { LuaError, type LuaState } from './lua-state.ts';
import { addCommonApi } from './redis-api.ts';
import { badLibraryName, isLibraryName, isScriptFlag, type ScriptFlag } from './shebang.ts';

export interface LoadedFunction {
  readonly name: string;
  readonly description: string | undefined;
  readonly flags: readonly ScriptFlag[];
  /** Where it is compiled, and what it is found by there; 0 when its library could not be loaded again. */
  readonly machine: LuaEngine;
  readonly code: number;
}

const noName = 'redis.register_function must get a function name argument';
const noCallback = 'redis.register_function must get a callback argument';

export class LibraryLoader {
  private readonly machine: LuaEngine;
  private readonly state: LuaState;
  /** Kept tables of global variables: while a library is loaded, and otherwise. */
  private readonly loadGlobals: number;
  private registered: LoadedFunction[] | undefined;

  constructor(machine: LuaEngine, engine: Engine) {
    this.machine = machine;
    this.state = machine.state;
    const { state } = this;
    const { c, main } = state;
    c.lua_createtable(main, 0, 1);
    c.lua_createtable(main, 0, 8);
    addCommonApi(state, engine);
    state.addToTable(main, { register_function: (L) => this.register(L) });
    machine.sandbox.addMissingError(main);
    machine.sandbox.protect(main);
    state.setField(main, 'redis');
    machine.sandbox.addMissingError(main);
    this.loadGlobals = state.keep(main);
  }

  /** @returns the functions it registered, at least one @throws RedisError, and none is kept */
  run(source: string): readonly LoadedFunction[] {
    const code = this.machine.compile(source, '@user_function');
    if (typeof code === 'string') throw new RedisError(`ERR Error compiling function: ${code}`);
    const registered: LoadedFunction[] = [];
    this.registered = registered;
    const { state, machine } = this;
    const { c, main } = state;
    this.useGlobals(this.loadGlobals);
    state.pushKept(main, code);
    const message = machine.callTop();
    this.useGlobals(machine.sandbox.globals);
    this.registered = undefined;
    state.release(code);
    c.lua_settop(main, 0);
    const failure =
      message === undefined
        ? registered.length === 0
          ? 'ERR No functions registered'
          : undefined
        : `ERR Error registering functions: ${message}`;
    if (failure === undefined) return registered;
    for (const { code: kept } of registered) state.release(kept);
    throw new RedisError(failure);
  }

  private useGlobals(kept: number): void {
    const { state, machine } = this;
    const { c, main } = state;
    c.lua_settop(main, 0);
    c.lua_pushvalue(main, globalsIndex);
    state.pushKept(main, kept);
    machine.sandbox.redirect(main, 1);
    c.lua_settop(main, 0);
  }

  private register(L: number): number {
    const { registered } = this;
    if (registered === undefined) {
      throw new LuaError('redis.register_function can only be called on FUNCTION LOAD command', 0);
    }
    const given = this.state.c.lua_gettop(L);
    if (given !== 1 && given !== 2) refuse('wrong number of arguments to redis.register_function');
    const made = given === 1 ? this.named(L) : this.positional(L);
    if (!isLibraryName(made.name)) refuse(badLibraryName);
    const folded = made.name.toLowerCase();
    if (registered.some(({ name }) => name.toLowerCase() === folded)) {
      refuse('Function already exists in the library');
    }
    this.state.c.lua_pushvalue(L, made.callbackAt);
    const { name, description, flags, machine } = made;
    registered.push({ name, description, flags, machine, code: this.state.keep(L) });
    return 0;
  }

  private positional(L: number) {
    const { c } = this.state;
    if (c.lua_isstring(L, 1) === 0) refuse('first argument to redis.register_function must be a string');
    if (c.lua_type(L, 2) !== luaType.function) {
      refuse('second argument to redis.register_function must be a function');
    }
    const name = this.state.string(L, 1);
    return { name, description: undefined, flags: [], machine: this.machine, callbackAt: 2 };
  }

  private named(L: number) {
    const { state } = this;
    const { c } = state;
    if (c.lua_type(L, 1) !== luaType.table) {
      refuse(
        'calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments).',
      );
    }
    let name: string | undefined;
    let description: string | undefined;
    let flags: readonly ScriptFlag[] = [];
    let callbackAt = 0;
    const text = (what: string) => {
      if (c.lua_isstring(L, -1) !== 0) return state.string(L, -1);
      return refuse(`${what} argument given to redis.register_function must be a string`);
    };
    c.lua_pushnil(L);
    const keyAt = c.lua_gettop(L);
    // The callback stays below the key once it was met.
    while (c.lua_next(L, 1) !== 0) {
      const at = callbackAt === 0 ? keyAt : keyAt + 1;
      if (c.lua_type(L, at) !== luaType.string && c.lua_type(L, at) !== luaType.number) {
        refuse('named argument key given to redis.register_function is not a string');
      }
      const key = c.lua_type(L, at) === luaType.string ? state.string(L, at).toLowerCase() : '';
      if (key === 'function_name') name = text(key);
      else if (key === 'description') description = text(key);
      else if (key === 'flags') flags = this.flags(L);
      else if (key === 'callback') {
        if (c.lua_type(L, -1) !== luaType.function) {
          refuse('callback argument given to redis.register_function must be a function');
        }
        if (callbackAt === 0) {
          c.lua_pushvalue(L, -1);
          c.lua_insert(L, keyAt);
          callbackAt = keyAt;
        } else {
          c.lua_pushvalue(L, -1);
          c.lua_replace(L, callbackAt);
        }
      } else refuse('unknown argument given to redis.register_function');
      c.lua_settop(L, -2);
    }
    if (name === undefined) return refuse(noName);
    if (callbackAt === 0) return refuse(noCallback);
    return { name, description, flags, machine: this.machine, callbackAt };
  }

  /** Of the table on top. */
  private flags(L: number): readonly ScriptFlag[] {
    const { state } = this;
    const { c } = state;
    const table = c.lua_gettop(L);
    if (c.lua_type(L, table) !== luaType.table) {
      refuse('flags argument to redis.register_function must be a table representing function flags');
    }
    const flags: ScriptFlag[] = [];
    for (let i = 1; ; i++) {
      c.lua_rawgeti(L, table, i);
      const type = c.lua_type(L, -1);
      const flag = type === luaType.string ? state.string(L, -1) : '';
      c.lua_settop(L, table);
      if (type === luaType.nil) return flags;
      if (!isScriptFlag(flag)) return refuse('unknown flag given');
      if (!flags.includes(flag)) flags.push(flag);
    }
  }
}

function refuse(message: string): never {
  throw new LuaError(message, 0);
}
