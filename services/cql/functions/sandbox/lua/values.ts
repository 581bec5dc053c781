/** Values between the host and a Lua state, by its stack. Tables are read and written without metamethods. */
import { GuestFailure } from '../failure.ts';
import type { Plain } from '../plain.ts';
import { ResultMeter } from '../result-meter.ts';
import type { Machine } from '../wasm/machine.ts';
import { type LuaExports, luaTypes } from './lua-exports.ts';

/** Places on Lua's stack for a value and what is on the way into it. */
const slotsPerDepth = 4;

export class LuaValues {
  readonly machine: Machine;
  readonly c: LuaExports;
  readonly L: number;
  private readonly lengthAt: number;
  private readonly meter = new ResultMeter();

  constructor(machine: Machine, c: LuaExports, L: number) {
    this.machine = machine;
    this.c = c;
    this.L = L;
    this.lengthAt = this.allocate(4);
  }

  private allocate(bytes: number): number {
    const at = this.c.malloc(Math.max(bytes, 1));
    if (at === 0) throw new GuestFailure('not enough memory');
    return at;
  }

  /** Not given back: the machine's state is put back after each call. */
  copied(bytes: Uint8Array): number {
    const at = this.allocate(bytes.length);
    this.machine.bytes.set(bytes, at);
    return at;
  }

  /** @throws GuestFailure where the stack has no more places */
  room(slots: number): void {
    if (this.c.lua_checkstack(this.L, slots) === 0) throw new GuestFailure('stack overflow');
  }

  pushBytes(bytes: Uint8Array): void {
    this.c.lua_pushlstring(this.L, this.copied(bytes), bytes.length);
  }

  pushText(text: string): void {
    this.pushBytes(Buffer.from(text, 'utf8'));
  }

  push(plain: Plain): void {
    const { c, L } = this;
    this.room(slotsPerDepth);
    if (plain === null) c.lua_pushnil(L);
    else if (typeof plain === 'number') c.lua_pushnumber(L, plain);
    else if (typeof plain === 'string') this.pushText(plain);
    else if (typeof plain === 'boolean') c.lua_pushboolean(L, plain ? 1 : 0);
    else if (plain instanceof Uint8Array) this.pushBytes(plain);
    else {
      switch (plain.kind) {
        // Lua counts with digits as with numbers.
        case 'exact':
          this.pushText(plain.text);
          break;
        case 'moment':
          c.lua_pushnumber(L, plain.milliseconds);
          break;
        case 'words':
          this.pushBytes(plain.bytes);
          break;
        case 'list':
          this.pushList(plain.items);
          break;
        case 'entries':
          this.pushEntries(plain.entries);
          break;
      }
    }
  }

  private pushList(items: readonly Plain[]): void {
    const { c, L } = this;
    c.lua_createtable(L, items.length, 0);
    items.forEach((item, index) => {
      this.push(item);
      c.lua_rawseti(L, -2, index + 1);
    });
  }

  private pushEntries(entries: readonly (readonly [Plain, Plain])[]): void {
    const { c, L } = this;
    c.lua_createtable(L, 0, entries.length);
    for (const [key, value] of entries) {
      if (Number.isNaN(key)) throw new GuestFailure('a table of Lua has no NaN as a key');
      this.push(key);
      this.push(value);
      c.lua_rawset(L, -3);
    }
  }

  /** The string at an index, which must be one. */
  bytesAt(index: number): Uint8Array {
    const at = this.c.lua_tolstring(this.L, index, this.lengthAt);
    const length = this.machine.words[this.lengthAt >> 2]!;
    this.meter.count(length);
    return Uint8Array.from(this.machine.bytes.subarray(at, at + length));
  }

  /** What is on top of the stack. */
  result(): Plain {
    this.meter.start();
    return this.top(0);
  }

  private top(depth: number): Plain {
    const { c, L } = this;
    this.meter.checkDepth(depth);
    const type = luaTypes[c.lua_type(L, -1)];
    this.meter.count(0);
    switch (type) {
      case 'nil':
        return null;
      case 'boolean':
        return c.lua_toboolean(L, -1) !== 0;
      case 'number':
        return c.lua_tonumber(L, -1);
      case 'string':
        return { kind: 'words', bytes: this.bytesAt(-1) };
      case 'table':
        return this.table(depth);
      default:
        throw new GuestFailure(`a ${type} is no value`);
    }
  }

  private table(depth: number): Plain {
    const { c, L } = this;
    this.room(slotsPerDepth);
    const index = c.lua_gettop(L);
    const entries: [Plain, Plain][] = [];
    c.lua_pushnil(L);
    while (c.lua_next(L, index) !== 0) {
      const value = this.top(depth + 1);
      c.lua_settop(L, -2);
      // A copy: a key that is looked at must stay what it is, or the walk ends.
      c.lua_pushvalue(L, -1);
      entries.push([this.top(depth + 1), value]);
      c.lua_settop(L, -2);
    }
    return { kind: 'entries', entries };
  }
}
