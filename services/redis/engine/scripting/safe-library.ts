/**
 * Functions of Lua's own libraries that scripts get in another form: chunks only from source text, random numbers from the
 * engine, no say over the garbage collector, errors of commands as text in `pcall`, strings repeated within the memory limit.
 */

import type { Lrand48 } from './lrand48.ts';
import { gcOption, luaType } from './lua-exports.ts';
import { LuaError, type LuaFunction, type LuaState } from './lua-state.ts';
import { TextBuffer } from './text-buffer.ts';

export interface SafeLibraryModules {
  readonly random: Lrand48;
  /** Seconds for `os.clock`. */
  readonly clock: () => number;
  /** Longest string, in bytes. */
  readonly stringBytesMax: number;
}

const randomMax = 2 ** 31 - 1;

/** Into the global table, which is on top. */
export function addSafeLibrary(state: LuaState, modules: SafeLibraryModules): void {
  const { c, main } = state;
  const globals = c.lua_gettop(main);
  state.rawField(main, globals, 'pcall');
  const pcall = state.machine.functionAt(c.lua_tocfunction(main, -1));
  c.lua_settop(main, globals);
  state.addToTable(main, {
    load: (L) => load(state, L),
    loadstring: (L) => loadString(state, L),
    collectgarbage: collectGarbage(state),
    pcall: (L) => protectedCall(state, L, pcall),
  });
  state.rawField(main, globals, 'math');
  state.addToTable(main, {
    random: (L) => random(state, L, modules.random),
    randomseed: (L) => {
      modules.random.seed(c.luaL_checknumber(L, 1));
      return 0;
    },
  });
  c.lua_settop(main, globals);
  state.rawField(main, globals, 'string');
  state.addToTable(main, { rep: (L) => repeat(state, L, modules.stringBytesMax) });
  c.lua_settop(main, globals);
  c.lua_createtable(main, 0, 1);
  state.addToTable(main, {
    clock: (L) => {
      c.lua_pushnumber(L, modules.clock());
      return 1;
    },
  });
  state.setField(main, 'os');
}

/** Messages of load errors follow a nil. */
function compile(state: LuaState, L: number, source: string, name: string): number {
  const { c } = state;
  if (state.load(L, source, name) === 0) return 1;
  c.lua_pushnil(L);
  c.lua_insert(L, -2);
  return 2;
}

function loadString(state: LuaState, L: number): number {
  const source = state.checkString(L, 1);
  return compile(state, L, source, state.c.lua_type(L, 2) <= luaType.nil ? source : state.checkString(L, 2));
}

function load(state: LuaState, L: number): number {
  const { c } = state;
  const name = c.lua_type(L, 2) <= luaType.nil ? '=(load)' : state.checkString(L, 2);
  c.luaL_checktype(L, 1, luaType.function);
  const source = new TextBuffer(state.machine.size);
  for (;;) {
    c.lua_pushvalue(L, 1);
    c.lua_call(L, 0, 1);
    const type = c.lua_type(L, -1);
    const piece = state.string(L, -1);
    if (type !== luaType.nil && type !== luaType.string && type !== luaType.number) {
      throw new LuaError('reader function must return a string');
    }
    c.lua_settop(L, -2);
    if (piece === '') return compile(state, L, source.take(), name);
    source.add(piece);
  }
}

/** `count`, and a full collection for anything else: how often it runs is not a script's to say. */
function collectGarbage(state: LuaState): LuaFunction {
  const { c } = state;
  const options = ['stop', 'restart', 'collect', 'count', 'step', 'setpause', 'setstepmul'];
  return (L) => {
    const option = c.lua_type(L, 1) <= luaType.nil ? 'collect' : state.checkString(L, 1);
    if (!options.includes(option)) state.badOption(L, 1, option);
    if (option === 'count') c.lua_pushnumber(L, state.heapBytes / 1024);
    else {
      if (option === 'collect') c.lua_gc(L, gcOption.collect, 0);
      if (option === 'step') c.lua_pushboolean(L, c.lua_gc(L, gcOption.step, 0));
      else c.lua_pushnumber(L, 0);
    }
    return 1;
  };
}

/** As Lua's, but an error that is a table with a text as `err` is given as that text. */
function protectedCall(state: LuaState, L: number, original: (L: number) => number): number {
  const { c } = state;
  const results = original(L);
  if (results !== 2 || c.lua_type(L, -1) !== luaType.table) return results;
  if (c.lua_type(L, -2) !== luaType.boolean || c.lua_toboolean(L, -2) !== 0) return results;
  state.rawField(L, c.lua_gettop(L), 'err');
  if (c.lua_type(L, -1) === luaType.string) c.lua_replace(L, -2);
  else c.lua_settop(L, -2);
  return results;
}

function random(state: LuaState, L: number, generator: Lrand48): number {
  const { c } = state;
  const fraction = (generator.next() % randomMax) / randomMax;
  const given = c.lua_gettop(L);
  if (given === 0) {
    c.lua_pushnumber(L, fraction);
    return 1;
  }
  if (given > 2) throw new LuaError('wrong number of arguments');
  const low = given === 1 ? 1 : Math.trunc(c.luaL_checknumber(L, 1));
  const high = Math.trunc(c.luaL_checknumber(L, given));
  if (!(low <= high)) state.argumentError(L, given, 'interval is empty');
  c.lua_pushnumber(L, Math.floor(fraction * (high - low + 1)) + low);
  return 1;
}

function repeat(state: LuaState, L: number, bytesMax: number): number {
  const { c } = state;
  const { length } = state.checkBytes(L, 1);
  const count = Math.trunc(c.luaL_checknumber(L, 2));
  if (length === 0 || !(count > 0)) {
    state.push(L, '');
    return 1;
  }
  const total = length * count;
  if (total > bytesMax) throw new LuaError('resulting string too large');
  const at = state.reserve(L, total);
  try {
    // Reserving may have moved the memory, never the string.
    const { at: from } = state.checkBytes(L, 1);
    const { bytes } = state.machine;
    bytes.copyWithin(at, from, from + length);
    for (let done = length; done < total; done *= 2) {
      bytes.copyWithin(at + done, at, at + Math.min(done, total - done));
    }
    c.lua_pushlstring(L, at, total);
  } finally {
    c.free(at);
  }
  return 1;
}
