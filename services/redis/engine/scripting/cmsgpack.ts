/**
 * The `cmsgpack` library: MessagePack. A table whose keys are 1 to n is an array, any other a map; tables deeper than 16 are
 * nil; a number without fraction is an integer of the fewest bytes, another one a float if that is exact, else a double.
 * Source: https://github.com/msgpack/msgpack/blob/master/spec.md; the depth is that of lua-cmsgpack 0.4.0.
 */
import { Buffer } from 'node:buffer';
import { luaType } from './lua-exports.ts';
import { LuaError, type LuaState } from './lua-state.ts';
import { MsgpackReader } from './msgpack-reader.ts';
import { MsgpackWriter } from './msgpack-writer.ts';
import type { TextBuffer } from './text-buffer.ts';
import type { Ticker } from './ticker.ts';

const depthMax = 16;

/** Into the table on top. */
export function addMsgpackLibrary(state: LuaState, out: TextBuffer, tick: Ticker): void {
  const { c, main } = state;
  const encoder: Encoder = { out: new MsgpackWriter(out), tick };
  state.addToTable(main, {
    pack(L) {
      const given = c.lua_gettop(L);
      if (given === 0) state.argumentError(L, 0, 'MessagePack pack needs input.');
      out.clear();
      for (let i = 1; i <= given; i++) encode(state, L, i, 0, encoder);
      out.push(state, L);
      return 1;
    },
    unpack: (L) => unpack(state, L, 0, 0),
    unpack_one: (L) => unpack(state, L, 1, integer(state, L, 2, 0)),
    unpack_limit: (L) => unpack(state, L, integer(state, L, 2), integer(state, L, 3, 0)),
  });
  for (const [name, text] of Object.entries({
    _NAME: 'cmsgpack',
    _VERSION: 'lua-cmsgpack 0.4.0',
    _COPYRIGHT: 'MessagePack for Lua, as in Redis',
    _DESCRIPTION: 'MessagePack for Lua',
  })) {
    state.push(main, text);
    state.setField(main, name);
  }
}

function integer(state: LuaState, L: number, argument: number, initial?: number): number {
  if (initial !== undefined && state.c.lua_type(L, argument) <= luaType.nil) return initial;
  return Math.trunc(state.c.luaL_checknumber(L, argument));
}

interface Encoder {
  readonly out: MsgpackWriter;
  readonly tick: Ticker;
}

/** @param index of the value, from the bottom */
function encode(state: LuaState, L: number, index: number, depth: number, encoder: Encoder): void {
  const { c } = state;
  const { out, tick } = encoder;
  // A small table that is in itself many times takes long.
  tick.count();
  switch (c.lua_type(L, index)) {
    case luaType.boolean:
      out.boolean(c.lua_toboolean(L, index) !== 0);
      return;
    case luaType.number:
      out.number(c.lua_tonumber(L, index));
      return;
    case luaType.string:
      out.string(state.string(L, index));
      return;
    case luaType.table:
      if (depth < depthMax) {
        encodeTable(state, L, index, depth, encoder);
        return;
      }
      out.nil();
      return;
    default:
      out.nil();
      return;
  }
}

function encodeTable(state: LuaState, L: number, index: number, depth: number, encoder: Encoder): void {
  const { c } = state;
  const { out } = encoder;
  if (c.lua_checkstack(L, 4) === 0) throw new LuaError('stack overflow');
  const top = c.lua_gettop(L);
  const { count, isArray } = shape(state, L, index);
  if (isArray) {
    out.array(count);
    for (let i = 1; i <= count; i++) {
      c.lua_rawgeti(L, index, i);
      encode(state, L, top + 1, depth + 1, encoder);
      c.lua_settop(L, top);
    }
    return;
  }
  out.map(count);
  c.lua_pushnil(L);
  while (c.lua_next(L, index) !== 0) {
    // A copy of the key: reading a number as a string would change the key that `lua_next` goes on from.
    c.lua_pushvalue(L, top + 1);
    encode(state, L, top + 3, depth + 1, encoder);
    encode(state, L, top + 2, depth + 1, encoder);
    c.lua_settop(L, top + 1);
  }
}

function shape(
  state: LuaState,
  L: number,
  index: number,
): { readonly count: number; readonly isArray: boolean } {
  const { c } = state;
  let count = 0;
  let largest = 0;
  c.lua_pushnil(L);
  while (c.lua_next(L, index) !== 0) {
    c.lua_settop(L, -2);
    count++;
    const key = c.lua_type(L, -1) === luaType.number ? c.lua_tonumber(L, -1) : 0;
    largest = Number.isInteger(key) && key > 0 ? Math.max(largest, key) : Number.POSITIVE_INFINITY;
  }
  return { count, isArray: largest === count };
}

function unpack(state: LuaState, L: number, limit: number, offset: number): number {
  const { c } = state;
  const { at, length } = state.checkBytes(L, 1);
  if (offset < 0 || limit < 0) {
    throw new LuaError(`Invalid request to unpack with offset of ${offset} and limit of ${length}.`);
  }
  if (offset > length) throw new LuaError(`Start offset ${offset} greater than input length ${length}.`);
  // A copy: the machine's memory may move while values are made.
  const input = Buffer.from(state.machine.bytes.subarray(at, at + length));
  const reader = new MsgpackReader(state, L, input, offset);
  const all = limit === 0 && offset === 0;
  let results = 0;
  const base = c.lua_gettop(L);
  while (!reader.done && (all || results < limit)) {
    if (c.lua_checkstack(L, 4) === 0)
      throw new LuaError('too many return values at once; use unpack_one or unpack_limit instead.');
    reader.value();
    results++;
  }
  if (all) return results;
  c.lua_pushnumber(L, reader.done ? -1 : reader.position);
  c.lua_insert(L, base + 1);
  return results + 1;
}
