/** Lua values to JSON. A table whose keys are all positive integers is an array, any other an object, an empty one too. */
import { jsonSetting, type JsonSettings } from './cjson.ts';
import { luaType } from './lua-exports.ts';
import { LuaError, type LuaState } from './lua-state.ts';
import { generalNumber } from './number-format.ts';

/** Tables in tables, however many are allowed: they take the stack of JavaScript. */
const nestingMax = 2000;

export class JsonEncoder {
  private readonly state: LuaState;
  private readonly settings: JsonSettings;
  private readonly bytesMax: number;
  private L = 0;
  private out = '';
  private depthMax = 0;
  private precision = 0;

  constructor(state: LuaState, settings: JsonSettings, bytesMax: number) {
    this.state = state;
    this.settings = settings;
    this.bytesMax = bytesMax;
  }

  /** The value at index 1. */
  encode(L: number): string {
    this.L = L;
    this.out = '';
    this.depthMax = Math.min(this.settings.get(L, jsonSetting.encodeDepthMax), nestingMax);
    this.precision = this.settings.get(L, jsonSetting.precision);
    this.value(1, 0);
    const { out } = this;
    this.out = '';
    return out;
  }

  private value(index: number, depth: number): void {
    const { L } = this;
    const { c } = this.state;
    const type = c.lua_type(L, index);
    switch (type) {
      case luaType.string:
        this.out += quoted(this.state.string(L, index));
        break;
      case luaType.number:
        this.out += this.number(c.lua_tonumber(L, index));
        break;
      case luaType.boolean:
        this.out += c.lua_toboolean(L, index) !== 0 ? 'true' : 'false';
        break;
      case luaType.table:
        this.table(index, depth + 1);
        break;
      case luaType.nil:
        this.out += 'null';
        break;
      default:
        if (type !== luaType.lightUserdata || c.lua_touserdata(L, index) !== 0) {
          throw new LuaError(`Cannot serialise ${typeNames[type]}: type not supported`);
        }
        this.out += 'null';
    }
    // A table that is in itself many times would become endless.
    if (this.out.length > this.bytesMax) throw new LuaError('not enough memory', 0);
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
    this.out += '[';
    for (let i = 1; i <= length; i++) {
      if (i > 1) this.out += ',';
      c.lua_rawgeti(L, index, i);
      this.value(top, depth);
      c.lua_settop(L, top - 1);
    }
    this.out += ']';
  }

  private object(index: number, depth: number): void {
    const { L } = this;
    const { c } = this.state;
    const key = c.lua_gettop(L) + 1;
    let separator = '{';
    c.lua_pushnil(L);
    while (c.lua_next(L, index) !== 0) {
      this.out += separator;
      separator = ',';
      const type = c.lua_type(L, key);
      if (type === luaType.number) this.out += `"${this.number(c.lua_tonumber(L, key))}":`;
      else if (type === luaType.string) this.out += `${quoted(this.state.string(L, key))}:`;
      else throw new LuaError(`Cannot serialise ${typeNames[type]}: table key must be a number or string`);
      this.value(key + 1, depth);
      c.lua_settop(L, key);
    }
    this.out += separator === '{' ? '{}' : '}';
  }
}

const typeNames = ['nil', 'boolean', 'userdata', 'number', 'string', 'table', 'function', 'userdata', 'thread'];

const special = /["\\/\x00-\x1f\x7f]/;
const specials = /["\\/\x00-\x1f\x7f]/g;
const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '/': '\\/',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
};

function quoted(text: string): string {
  if (!special.test(text)) return `"${text}"`;
  const escaped = text.replace(
    specials,
    (char) => escapes[char] ?? `\\u00${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return `"${escaped}"`;
}
