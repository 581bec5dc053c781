/**
 * The C API of Lua 5.1 as the WebAssembly build exports it (https://www.lua.org/manual/5.1/manual.html#3). Pointers and
 * sizes are 32 bits; `L` is a lua_State, an index counts from the bottom of its stack (1) or from the top (-1).
 */
import type { WasmMemory, WasmTable } from '../wasm/webassembly.ts';

export interface LuaExports {
  readonly memory: WasmMemory;
  readonly __indirect_function_table: WasmTable;
  __wasm_call_ctors(): void;
  emscripten_stack_init(): void;
  stackSave(): number;
  stackRestore(pointer: number): void;
  setThrew(threw: number, value: number): void;
  malloc(bytes: number): number;

  luaL_newstate(): number;
  luaopen_base(L: number): number;
  luaopen_table(L: number): number;
  luaopen_string(L: number): number;
  luaopen_math(L: number): number;
  luaL_loadbuffer(L: number, at: number, length: number, name: number): number;
  luaL_ref(L: number, index: number): number;

  lua_settop(L: number, index: number): void;
  lua_checkstack(L: number, slots: number): number;
  lua_type(L: number, index: number): number;
  lua_tonumber(L: number, index: number): number;
  lua_toboolean(L: number, index: number): number;
  lua_tolstring(L: number, index: number, lengthAt: number): number;
  lua_pushnil(L: number): void;
  lua_pushnumber(L: number, value: number): void;
  lua_pushlstring(L: number, at: number, length: number): void;
  lua_pushboolean(L: number, value: number): void;
  lua_pushvalue(L: number, index: number): void;
  lua_rawget(L: number, index: number): void;
  lua_rawgeti(L: number, index: number, position: number): void;
  lua_rawset(L: number, index: number): void;
  lua_rawseti(L: number, index: number, position: number): void;
  lua_createtable(L: number, items: number, fields: number): void;
  lua_next(L: number, index: number): number;
  lua_gettop(L: number): number;
  lua_pcall(L: number, given: number, wanted: number, handlerIndex: number): number;
}

/** lua.h */
export const luaTypes = [
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
