/** Lua values to JSON. A table whose keys are all positive integers is an array, any other an object, an empty one too. */
import { type JsonSettings, jsonSetting } from './cjson.ts';
import { luaType, luaTypeNames } from './lua-exports.ts';
import { LuaError, type LuaState } from './lua-state.ts';
import { generalNumber } from './number-format.ts';
import type { TextBuffer } from './text-buffer.ts';
import type { Ticker } from './ticker.ts';

/** Tables in tables, however many are allowed: they take the stack of JavaScript. */
const nestingMax = 2000;

export class JsonEncoder {
  private readonly state: LuaState;
  private readonly settings: JsonSettings;
  private L = 0;
  private readonly out: TextBuffer;
  private readonly tick: Ticker;
  private depthMax = 0;
  private precision = 0;

  constructor(state: LuaState, settings: JsonSettings, out: TextBuffer, tick: Ticker) {
    this.state = state;
    this.settings = settings;
    this.out = out;
    this.tick = tick;
  }

  /** Pushes the text of the value at index 1. */
  encode(L: number): void {
    this.L = L;
    this.out.clear();
    this.depthMax = Math.min(this.settings.get(L, jsonSetting.encodeDepthMax), nestingMax);
    this.precision = this.settings.get(L, jsonSetting.precision);
    this.value(1, 0);
    this.out.push(this.state, L);
  }

  private value(index: number, depth: number): void {
    const { L } = this;
    const { c } = this.state;
    const type = c.lua_type(L, index);
    switch (type) {
      case luaType.string:
        this.quote(this.state.string(L, index));
        break;
      case luaType.number:
        this.out.add(this.number(c.lua_tonumber(L, index)));
        break;
      case luaType.boolean:
        this.out.add(c.lua_toboolean(L, index) !== 0 ? 'true' : 'false');
        break;
      case luaType.table:
        this.table(index, depth + 1);
        break;
      case luaType.nil:
        this.out.add('null');
        break;
      default:
        if (type !== luaType.lightUserdata || c.lua_touserdata(L, index) !== 0) {
          throw new LuaError(`Cannot serialise ${luaTypeNames[type]}: type not supported`);
        }
        this.out.add('null');
    }
    // A small table that is in itself many times takes long.
    this.tick.count();
  }

  private number(value: number): string {
    if (!Number.isFinite(value)) {
      const mode = this.settings.get(this.L, jsonSetting.encodeInvalid);
      if (mode === 0) throw new LuaError('Cannot serialise number: must not be NaN or Inf');
      if (mode === 2) return 'null';
    }
    return generalNumber(value, this.precision);
  }

  private table(index: number, depth: number): void {
    const { L } = this;
    const { c } = this.state;
    if (depth > this.depthMax || c.lua_checkstack(L, 4) === 0) {
      throw new LuaError(`Cannot serialise, excessive nesting (${depth})`);
    }
    const length = this.arrayLength(index);
    if (length > 0) this.array(index, length, depth);
    else this.object(index, depth);
  }

  /** 0 for an object. */
  private arrayLength(index: number): number {
    const { L, settings } = this;
    const { c } = this.state;
    let largest = 0;
    let items = 0;
    c.lua_pushnil(L);
    while (c.lua_next(L, index) !== 0) {
      const key = c.lua_type(L, -2) === luaType.number ? c.lua_tonumber(L, -2) : 0;
      if (!(Number.isInteger(key) && key > 0)) {
        c.lua_settop(L, -3);
        return 0;
      }
      if (key > largest) largest = key;
      items++;
      c.lua_settop(L, -2);
    }
    const ratio = settings.get(L, jsonSetting.sparseRatio);
    if (ratio > 0 && largest > items * ratio && largest > settings.get(L, jsonSetting.sparseSafe)) {
      if (settings.get(L, jsonSetting.sparseConvert) !== 0) return 0;
      throw new LuaError('Cannot serialise table: excessively sparse array');
    }
    return largest;
  }

  private array(index: number, length: number, depth: number): void {
    const { L } = this;
    const { c } = this.state;
    const top = c.lua_gettop(L) + 1;
    this.out.add('[');
    for (let i = 1; i <= length; i++) {
      if (i > 1) this.out.add(',');
      c.lua_rawgeti(L, index, i);
      this.value(top, depth);
      c.lua_settop(L, top - 1);
    }
    this.out.add(']');
  }

  private object(index: number, depth: number): void {
    const { L } = this;
    const { c } = this.state;
    const key = c.lua_gettop(L) + 1;
    let separator = '{';
    c.lua_pushnil(L);
    while (c.lua_next(L, index) !== 0) {
      this.out.add(separator);
      separator = ',';
      const type = c.lua_type(L, key);
      if (type === luaType.number) this.out.add(`"${this.number(c.lua_tonumber(L, key))}":`);
      else if (type === luaType.string) {
        this.quote(this.state.string(L, key));
        this.out.add(':');
      } else
        throw new LuaError(`Cannot serialise ${luaTypeNames[type]}: table key must be a number or string`);
      this.value(key + 1, depth);
      c.lua_settop(L, key);
    }
    this.out.add(separator === '{' ? '{}' : '}');
  }

  private quote(text: string): void {
    const { out } = this;
    out.addByte(34);
    let start = 0;
    for (let i = 0; i < text.length; i++) {
      const escaped = escapes[text.charCodeAt(i)];
      if (escaped === undefined) continue;
      if (i > start) out.add(text.slice(start, i));
      out.add(escaped);
      start = i + 1;
    }
    out.add(start === 0 ? text : text.slice(start));
    out.addByte(34);
  }
}

/** By character code; undefined for what stands for itself. */
const escapes: (string | undefined)[] = new Array(256).fill(undefined);
for (let code = 0; code < 32; code++) escapes[code] = `\\u00${code.toString(16).padStart(2, '0')}`;
escapes[127] = '\\u007f';
for (const [char, escaped] of Object.entries({
  '"': '\\"',
  '\\': '\\\\',
  '/': '\\/',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
})) {
  escapes[char.charCodeAt(0)] = escaped;
}
