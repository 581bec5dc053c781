/**
 * The C API of Lua 5.1 as the WebAssembly build exports it (https://www.lua.org/manual/5.1/manual.html#3). Pointers and
 * sizes are 32 bits; `L` is a lua_State, an index counts from the bottom of its stack (1) or from the top (-1).
 * `lua_Integer` has 32 bits there: numbers always go through doubles.
 */
import type { WasmMemory, WasmTable } from './webassembly.ts';

export interface LuaExports {
  readonly memory: WasmMemory;
  readonly __indirect_function_table: WasmTable;
  __wasm_call_ctors(): void;
  emscripten_stack_init(): void;
  stackSave(): number;
  stackRestore(pointer: number): void;
  setThrew(threw: number, value: number): void;
  malloc(bytes: number): number;
  free(pointer: number): void;

  luaL_newstate(): number;
  luaopen_base(L: number): number;
  luaopen_table(L: number): number;
  luaopen_string(L: number): number;
  luaopen_math(L: number): number;

  lua_gettop(L: number): number;
  lua_settop(L: number, index: number): void;
  lua_pushvalue(L: number, index: number): void;
  lua_remove(L: number, index: number): void;
  lua_insert(L: number, index: number): void;
  lua_replace(L: number, index: number): void;
  lua_checkstack(L: number, slots: number): number;

  lua_type(L: number, index: number): number;
  lua_isstring(L: number, index: number): number;
  lua_tonumber(L: number, index: number): number;
  lua_toboolean(L: number, index: number): number;
  lua_tolstring(L: number, index: number, lengthAt: number): number;
  lua_touserdata(L: number, index: number): number;
  lua_tocfunction(L: number, index: number): number;
  lua_topointer(L: number, index: number): number;

  lua_pushnil(L: number): void;
  lua_pushnumber(L: number, value: number): void;
  lua_pushlstring(L: number, at: number, length: number): void;
  lua_pushcclosure(L: number, code: number, upvalues: number): void;
  lua_pushboolean(L: number, value: number): void;
  lua_pushlightuserdata(L: number, pointer: number): void;
  lua_newuserdata(L: number, bytes: number): number;

  lua_gettable(L: number, index: number): void;
  lua_rawget(L: number, index: number): void;
  lua_rawgeti(L: number, index: number, position: number): void;
  lua_settable(L: number, index: number): void;
  lua_rawset(L: number, index: number): void;
  lua_rawseti(L: number, index: number, position: number): void;
  lua_createtable(L: number, items: number, fields: number): void;
  lua_setmetatable(L: number, index: number): number;
  lua_getmetatable(L: number, index: number): number;
  lua_next(L: number, index: number): number;
  lua_concat(L: number, values: number): void;
  lua_objlen(L: number, index: number): number;

  lua_call(L: number, given: number, wanted: number): void;
  lua_pcall(L: number, given: number, wanted: number, handlerIndex: number): number;
  lua_error(L: number): never;
  lua_gc(L: number, what: number, data: number): number;
  lua_sethook(L: number, code: number, mask: number, count: number): number;
  lua_getstack(L: number, level: number, activation: number): number;
  lua_getinfo(L: number, what: number, activation: number): number;

  luaL_loadbuffer(L: number, at: number, length: number, name: number): number;
  luaL_ref(L: number, index: number): number;
  luaL_unref(L: number, index: number, reference: number): void;
  luaL_where(L: number, level: number): void;
  luaL_argerror(L: number, argument: number, message: number): never;
  luaL_checktype(L: number, argument: number, type: number): void;
  luaL_checknumber(L: number, argument: number): number;
  luaL_checklstring(L: number, argument: number, lengthAt: number): number;
  luaL_checkoption(L: number, argument: number, initial: number, list: number): number;
}

/** lua.h */
export const luaType = {
  none: -1,
  nil: 0,
  boolean: 1,
  lightUserdata: 2,
  number: 3,
  string: 4,
  table: 5,
  function: 6,
  userdata: 7,
  thread: 8,
} as const;

/** What Lua calls them. */
export const luaTypeNames = [
  'nil',
  'boolean',
  'userdata',
  'number',
  'string',
  'table',
  'function',
  'userdata',
  'thread',
] as const;

export const registryIndex = -10000;
export const globalsIndex = -10002;

export function upvalueIndex(upvalue: number): number {
  return globalsIndex - upvalue;
}

export const hookMask = { line: 4, count: 8 } as const;
export const gcOption = { collect: 2, count: 3, countBytes: 4, step: 5 } as const;
/** Answers of lua_pcall and luaL_loadbuffer beside 0. */
export const luaStatus = { runtime: 2, syntax: 3, memory: 4, handler: 5 } as const;
