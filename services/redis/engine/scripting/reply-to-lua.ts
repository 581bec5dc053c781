/**
 * The answer of a command as a Lua value on top of the stack. RESP2: strings, numbers, tables from 1, `{ok=…}`, `{err=…}`, and
 * false for null. RESP3, after `redis.setresp(3)`: also `{map={…}}`, `{set={member=true}}`, `{double=…}`, `{big_number=…}`,
 * `{verbatim_string={format=…,string=…}}`, booleans, and nil for null.
 * Source: https://redis.io/docs/latest/develop/interact/programmability/lua-api/ (data type conversion).
 *
 * Nothing is thrown into the command that answers, or a full memory of Lua could end it between two of its changes: what goes
 * wrong is kept until it has ended.
 */
import { doubleText } from '../../model/number-text.ts';
import type { ReplySink } from '../../model/reply.ts';
import type { LuaExports } from './lua-exports.ts';
import { LuaFatal } from './lua-module.ts';
import { LuaError, type LuaState } from './lua-state.ts';

/** A table that waits for values. */
interface Open {
  kind: 'array' | 'map' | 'set';
  left: number;
  /** Position of the next value of an array; in a map 1 while a key is on the stack. */
  at: number;
}

const slotsPerTable = 4;

export class LuaReply implements ReplySink {
  resp: 2 | 3 = 2;
  /** The answer was this error and nothing else; nothing is on the stack then. */
  failure: string | undefined;
  /** Thrown while the answer was put together. */
  private broken: unknown;
  private readonly state: LuaState;
  private readonly c: LuaExports;
  private L = 0;
  private readonly open: Open[] = [];
  private depth = 0;

  constructor(state: LuaState) {
    this.state = state;
    this.c = state.c;
  }

  /** Takes the answer of one command. */
  begin(L: number): void {
    this.L = L;
    this.depth = 0;
    this.failure = undefined;
    this.broken = undefined;
  }

  /** The command has answered. What went wrong meanwhile (memory of Lua) is thrown now: the command was not to be cut short. */
  end(): void {
    if (this.broken === undefined) return;
    // The number is the machine's own way of telling an error of Lua that has been taken back above.
    if (typeof this.broken === 'number') throw new LuaError('not enough memory', 0);
    throw this.broken;
  }

  simple(text: string): void {
    if (this.broken !== undefined) return;
    try {
      this.c.lua_createtable(this.L, 0, 1);
      this.field('ok', text);
      this.landed();
    } catch (error) {
      this.breaks(error);
    }
  }

  error(text: string): void {
    if (this.broken !== undefined) return;
    try {
      const line = /[\r\n]/.test(text) ? text.replaceAll(/[\r\n]/g, ' ') : text;
      if (this.depth === 0) {
        this.failure = line;
        return;
      }
      this.c.lua_createtable(this.L, 0, 1);
      this.field('err', line);
      this.landed();
    } catch (error) {
      this.breaks(error);
    }
  }

  integer(value: number | bigint): void {
    if (this.broken !== undefined) return;
    try {
      this.c.lua_pushnumber(this.L, Number(value));
      this.landed();
    } catch (error) {
      this.breaks(error);
    }
  }

  bulk(bytes: string): void {
    if (this.broken !== undefined) return;
    try {
      this.state.push(this.L, bytes);
      this.landed();
    } catch (error) {
      this.breaks(error);
    }
  }

  null(): void {
    if (this.broken !== undefined) return;
    try {
      if (this.resp === 2) this.c.lua_pushboolean(this.L, 0);
      else this.c.lua_pushnil(this.L);
      this.landed();
    } catch (error) {
      this.breaks(error);
    }
  }

  nullArray(): void {
    this.null();
  }

  array(length: number): void {
    if (this.broken !== undefined) return;
    try {
      this.begins('array', length);
    } catch (error) {
      this.breaks(error);
    }
  }

  map(pairs: number): void {
    if (this.broken !== undefined) return;
    try {
      if (this.resp === 2) this.begins('array', pairs * 2);
      else this.begins('map', pairs);
    } catch (error) {
      this.breaks(error);
    }
  }

  set(length: number): void {
    if (this.broken !== undefined) return;
    try {
      this.begins(this.resp === 2 ? 'array' : 'set', length);
    } catch (error) {
      this.breaks(error);
    }
  }

  push(length: number): void {
    if (this.broken !== undefined) return;
    try {
      this.begins('array', length);
    } catch (error) {
      this.breaks(error);
    }
  }

  double(value: number): void {
    if (this.broken !== undefined) return;
    try {
      if (this.resp === 2) {
        this.bulk(doubleText(value));
        return;
      }
      this.c.lua_createtable(this.L, 0, 1);
      this.c.lua_pushnumber(this.L, value);
      this.state.setField(this.L, 'double');
      this.landed();
    } catch (error) {
      this.breaks(error);
    }
  }

  boolean(value: boolean): void {
    if (this.broken !== undefined) return;
    try {
      if (this.resp === 2) {
        this.integer(value ? 1 : 0);
        return;
      }
      this.c.lua_pushboolean(this.L, value ? 1 : 0);
      this.landed();
    } catch (error) {
      this.breaks(error);
    }
  }

  bigNumber(digits: string): void {
    if (this.broken !== undefined) return;
    try {
      if (this.resp === 2) {
        this.bulk(digits);
        return;
      }
      this.c.lua_createtable(this.L, 0, 1);
      this.field('big_number', digits);
      this.landed();
    } catch (error) {
      this.breaks(error);
    }
  }

  verbatim(format: string, bytes: string): void {
    if (this.broken !== undefined) return;
    try {
      if (this.resp === 2) {
        this.bulk(bytes);
        return;
      }
      this.c.lua_createtable(this.L, 0, 1);
      this.c.lua_createtable(this.L, 0, 2);
      this.field('format', format);
      this.field('string', bytes);
      this.state.setField(this.L, 'verbatim_string');
      this.landed();
    } catch (error) {
      this.breaks(error);
    }
  }

  private breaks(error: unknown): void {
    if (typeof error === 'number') this.c.setThrew(0, 0);
    this.broken = error;
  }

  private field(name: string, value: string): void {
    this.state.push(this.L, value);
    this.state.setField(this.L, name);
  }

  private begins(kind: Open['kind'], length: number): void {
    const { c, L } = this;
    if (c.lua_checkstack(L, slotsPerTable) === 0) throw new LuaFatal('an answer is too deep');
    if (kind !== 'array') c.lua_createtable(L, 0, 1);
    c.lua_createtable(L, kind === 'array' ? length : 0, kind === 'array' ? 0 : length);
    const open = this.open[this.depth];
    if (open === undefined) this.open.push({ kind, left: length, at: kind === 'array' ? 1 : 0 });
    else {
      open.kind = kind;
      open.left = length;
      open.at = kind === 'array' ? 1 : 0;
    }
    this.depth++;
    if (length === 0) this.closes(kind);
  }

  private closes(kind: Open['kind']): void {
    this.depth--;
    if (kind !== 'array') this.state.setField(this.L, kind);
    this.landed();
  }

  /** A value is complete on top of the stack: it goes into the table that waits for it. */
  private landed(): void {
    if (this.depth === 0) return;
    const { c, L } = this;
    const open = this.open[this.depth - 1]!;
    if (open.kind === 'array') c.lua_rawseti(L, -2, open.at++);
    else if (open.kind === 'set') {
      c.lua_pushboolean(L, 1);
      c.lua_rawset(L, -3);
    } else if (open.at === 0) {
      open.at = 1;
      return;
    } else {
      c.lua_rawset(L, -3);
      open.at = 0;
    }
    if (--open.left === 0) this.closes(open.kind);
  }
}
