/**
 * What a script returns as an answer: numbers lose their fraction, tables are arrays up to the first nil unless a field says
 * what they are (see reply-to-lua.ts for the names). Metamethods are not asked.
 */
import type { ReplySink } from '../../model/reply.ts';
import { engineLimits } from '../limits.ts';
import { luaType } from './lua-exports.ts';
import { LuaFatal } from './lua-module.ts';
import type { LuaState } from './lua-state.ts';

/** Tables in tables: a table may be in itself. */
const nestingMax = 1000;
/** What a value counts of the longest answer, beside its own bytes. */
const valueBytes = 16;
const integerMin = -9223372036854775808n;

export class LuaToReply {
  private readonly state: LuaState;
  private L = 0;
  private reply!: ReplySink;
  private resp: 2 | 3 = 2;
  private bytes = 0;

  constructor(state: LuaState) {
    this.state = state;
  }

  /** Writes the value on top of the main thread's stack. @param resp version that the script chose */
  write(reply: ReplySink, resp: 2 | 3): void {
    this.L = this.state.main;
    this.reply = reply;
    this.resp = resp;
    this.bytes = 0;
    this.value(this.state.c.lua_gettop(this.L), 0);
  }

  /** The text of a value `{err=…}` on top of the main thread's stack. */
  failure(): string | undefined {
    const { state } = this;
    const { c, main } = state;
    if (c.lua_type(main, -1) !== luaType.table) return undefined;
    return this.textField(c.lua_gettop(main), 'err', main);
  }

  private value(index: number, depth: number): void {
    const { L, reply } = this;
    const { c } = this.state;
    this.count(valueBytes);
    switch (c.lua_type(L, index)) {
      case luaType.string:
        reply.bulk(this.text(index));
        return;
      case luaType.number:
        reply.integer(integerOf(c.lua_tonumber(L, index)));
        return;
      case luaType.boolean: {
        const value = c.lua_toboolean(L, index) !== 0;
        if (this.resp === 3) {
          reply.boolean(value);
          return;
        }
        value ? reply.integer(1) : reply.null();
        return;
      }
      case luaType.table:
        this.table(index, depth + 1);
        return;
      default:
        reply.null();
        return;
    }
  }

  private text(index: number): string {
    this.count(this.state.c.lua_objlen(this.L, index));
    return this.state.string(this.L, index);
  }

  /** A script can return one long string, or one table, many times. */
  private count(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes > engineLimits.luaTextBytesMax) throw new LuaFatal('the answer of a script is too long');
  }

  private table(index: number, depth: number): void {
    const { L, reply, state } = this;
    if (depth > nestingMax || state.c.lua_checkstack(L, 5) === 0) {
      reply.error('ERR reached lua stack limit');
      return;
    }
    const error = this.textField(index, 'err');
    if (error !== undefined) {
      reply.error(error);
      return;
    }
    const status = this.textField(index, 'ok');
    if (status !== undefined) {
      reply.simple(line(status));
      return;
    }
    const top = state.c.lua_gettop(L);
    if (!this.typed(index, depth)) this.array(index, depth);
    state.c.lua_settop(L, top);
  }

  /** @returns whether a field said what the table is */
  private typed(index: number, depth: number): boolean {
    const { L, reply, state } = this;
    const { c } = state;
    const found = c.lua_gettop(L) + 1;
    const fieldIs = (name: string, type: number) => {
      c.lua_settop(L, found - 1);
      state.rawField(L, index, name);
      return c.lua_type(L, found) === type;
    };
    if (fieldIs('double', luaType.number)) reply.double(c.lua_tonumber(L, found));
    else if (fieldIs('map', luaType.table)) this.map(found, depth);
    else if (fieldIs('set', luaType.table)) this.set(found, depth);
    else if (fieldIs('big_number', luaType.string)) reply.bigNumber(line(state.string(L, found)));
    else if (fieldIs('verbatim_string', luaType.table)) return this.verbatim(found);
    else return false;
    return true;
  }

  private verbatim(index: number): boolean {
    const format = this.textField(index, 'format');
    const text = this.textField(index, 'string');
    if (format === undefined || text === undefined) return false;
    this.reply.verbatim(format.slice(0, 3).padEnd(3), text);
    return true;
  }

  private map(index: number, depth: number): void {
    const { c } = this.state;
    const { L } = this;
    this.reply.map(this.entries(index));
    const key = c.lua_gettop(L) + 1;
    c.lua_pushnil(L);
    while (c.lua_next(L, index) !== 0) {
      // A copy: reading a number as a string would change the key that `lua_next` goes on from.
      c.lua_pushvalue(L, key);
      this.value(key + 2, depth);
      c.lua_settop(L, key + 1);
      this.value(key + 1, depth);
      c.lua_settop(L, key);
    }
  }

  private set(index: number, depth: number): void {
    const { c } = this.state;
    const { L } = this;
    this.reply.set(this.entries(index));
    const key = c.lua_gettop(L) + 1;
    c.lua_pushnil(L);
    while (c.lua_next(L, index) !== 0) {
      c.lua_settop(L, key);
      c.lua_pushvalue(L, key);
      this.value(key + 1, depth);
      c.lua_settop(L, key);
    }
  }

  private entries(index: number): number {
    const { c } = this.state;
    const { L } = this;
    let count = 0;
    c.lua_pushnil(L);
    while (c.lua_next(L, index) !== 0) {
      c.lua_settop(L, -2);
      count++;
    }
    return count;
  }

  private array(index: number, depth: number): void {
    const { c } = this.state;
    const { L } = this;
    const top = c.lua_gettop(L);
    let length = 0;
    for (; ; length++) {
      c.lua_rawgeti(L, index, length + 1);
      const type = c.lua_type(L, -1);
      c.lua_settop(L, top);
      if (type === luaType.nil) break;
    }
    this.reply.array(length);
    for (let i = 1; i <= length; i++) {
      c.lua_rawgeti(L, index, i);
      this.value(top + 1, depth);
      c.lua_settop(L, top);
    }
  }

  private textField(index: number, name: string, L = this.L): string | undefined {
    const { state } = this;
    state.rawField(L, index, name);
    const text = state.c.lua_type(L, -1) === luaType.string ? state.string(L, -1) : undefined;
    state.c.lua_settop(L, -2);
    return text;
  }
}

/** As a C compiler's conversion on x86-64: what does not fit is the least integer. */
function integerOf(value: number): number | bigint {
  const whole = Math.trunc(value);
  if (Number.isSafeInteger(whole)) return whole === 0 ? 0 : whole;
  if (!(Math.abs(whole) < 2 ** 63)) return integerMin;
  return BigInt(whole);
}

/** Simple strings are one line. */
function line(text: string): string {
  return /[\r\n]/.test(text) ? text.replaceAll(/[\r\n]/g, ' ') : text;
}
