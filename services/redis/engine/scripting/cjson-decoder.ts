/** JSON to Lua values. `null` is `cjson.null`, a light userdata of address 0. */
import { type JsonSettings, jsonSetting } from './cjson.ts';
import { LuaError, type LuaState } from './lua-state.ts';
import { numberAt } from './number-format.ts';
import type { TextBuffer } from './text-buffer.ts';
import type { Ticker } from './ticker.ts';

/** Values in values, however many are allowed: they take the stack of JavaScript. */
const nestingMax = 2000;

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** How an unexpected token is called, by its first character. */
const tokenNames: Readonly<Record<string, string>> = {
  '{': 'T_OBJ_BEGIN',
  '}': 'T_OBJ_END',
  '[': 'T_ARR_BEGIN',
  ']': 'T_ARR_END',
  ',': 'T_COMMA',
  ':': 'T_COLON',
};

export class JsonDecoder {
  private readonly state: LuaState;
  private readonly settings: JsonSettings;
  /** Of strings with escapes. */
  private readonly out: TextBuffer;
  private readonly tick: Ticker;
  private L = 0;
  private text = '';
  private at = 0;
  private depth = 0;
  private depthMax = 0;
  private takesInvalid = false;

  constructor(state: LuaState, settings: JsonSettings, out: TextBuffer, tick: Ticker) {
    this.state = state;
    this.settings = settings;
    this.out = out;
    this.tick = tick;
  }

  /** Pushes the value. */
  decode(L: number, text: string): void {
    this.L = L;
    this.text = text;
    this.at = 0;
    this.depth = 0;
    this.depthMax = this.settings.get(L, jsonSetting.decodeDepthMax);
    this.takesInvalid = this.settings.get(L, jsonSetting.decodeInvalid) !== 0;
    if (text.length >= 2 && (text[0] === '\0' || text[1] === '\0')) {
      throw new LuaError('JSON parser does not support UTF-16 or UTF-32');
    }
    this.value();
    this.skipSpaces();
    if (!this.atEnd) this.refuse('the end');
    this.text = '';
  }

  /** Text ends at a zero byte too. */
  private get atEnd(): boolean {
    return this.at >= this.text.length || this.text[this.at] === '\0';
  }

  private value(): void {
    const { state, L } = this;
    const { c } = state;
    this.tick.count();
    this.skipSpaces();
    const char = this.text[this.at] ?? '';
    if (char === '"') state.push(L, this.string('value'));
    else if (char === '{') this.object();
    else if (char === '[') this.array();
    else if (this.startsNumber(this.at)) c.lua_pushnumber(L, this.number('value'));
    else if (this.text.startsWith('true', this.at)) {
      this.at += 4;
      c.lua_pushboolean(L, 1);
    } else if (this.text.startsWith('false', this.at)) {
      this.at += 5;
      c.lua_pushboolean(L, 0);
    } else if (this.text.startsWith('null', this.at)) {
      this.at += 4;
      c.lua_pushlightuserdata(L, 0);
    } else this.refuse('value');
  }

  private array(): void {
    const { c } = this.state;
    this.enter();
    if (this.take(']')) {
      this.leave();
      return;
    }
    for (let i = 1; ; i++) {
      this.value();
      c.lua_rawseti(this.L, -2, i);
      if (this.take(']')) {
        this.leave();
        return;
      }
      if (!this.take(',')) this.refuse('comma or array end');
    }
  }

  private object(): void {
    const { c } = this.state;
    this.enter();
    if (this.take('}')) {
      this.leave();
      return;
    }
    for (;;) {
      this.skipSpaces();
      if (this.text[this.at] !== '"') this.refuse('object key string');
      this.state.push(this.L, this.string('object key string'));
      if (!this.take(':')) this.refuse('colon');
      this.value();
      c.lua_rawset(this.L, -3);
      if (this.take('}')) {
        this.leave();
        return;
      }
      if (!this.take(',')) this.refuse('comma or object end');
    }
  }

  private enter(): void {
    const { c } = this.state;
    this.at++;
    this.depth++;
    if (this.depth > Math.min(this.depthMax, nestingMax) || c.lua_checkstack(this.L, 4) === 0) {
      throw new LuaError(`Found too many nested data structures (${this.depth}) at character ${this.at}`);
    }
    c.lua_createtable(this.L, 0, 0);
  }

  private leave(): void {
    this.depth--;
  }

  private take(char: string): boolean {
    this.skipSpaces();
    if (this.text[this.at] !== char) return false;
    this.at++;
    return true;
  }

  private skipSpaces(): void {
    const { text } = this;
    for (;;) {
      const code = text.charCodeAt(this.at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.at++;
    }
  }

  private startsNumber(at: number): boolean {
    const { text } = this;
    const code = text.charCodeAt(at);
    if (code === 45 || (code >= 48 && code <= 57)) return true;
    if (!this.takesInvalid) return false;
    if (code === 43) return true;
    // I and N of either case
    const folded = code | 32;
    return (folded === 105 || folded === 110) && /^(?:inf|nan)/i.test(text.slice(at, at + 3));
  }

  private number(wanted: string): number {
    if (!this.takesInvalid && this.isInvalidNumber()) this.fail(wanted, 'invalid number');
    const { value, end } = numberAt(this.text, this.at);
    if (end === this.at) this.fail(wanted, 'invalid number');
    this.at = end;
    return value;
  }

  /** Numbers that JSON does not have: hexadecimal, leading zeros, infinite. */
  private isInvalidNumber(): boolean {
    const at = this.text[this.at] === '-' ? this.at + 1 : this.at;
    const rest = this.text.slice(at, at + 3).toLowerCase();
    return /^(?:\+|0[x0-9]|inf|nan)/.test(rest);
  }

  private string(wanted: string): string {
    const { text, out } = this;
    let start = ++this.at;
    let hasEscapes = false;
    for (;;) {
      const code = text.charCodeAt(this.at);
      if (code === 34) {
        const rest = text.slice(start, this.at++);
        if (!hasEscapes) return rest;
        out.add(rest);
        return out.take();
      }
      if (code === 92) {
        if (!hasEscapes) out.clear();
        hasEscapes = true;
        out.add(text.slice(start, this.at));
        out.add(this.escape(wanted));
        start = this.at;
      } else if (code === 0 || Number.isNaN(code)) this.fail(wanted, 'unexpected end of string');
      else this.at++;
    }
  }

  private escape(wanted: string): string {
    const letter = this.text[this.at + 1] ?? '';
    if (letter === 'u') return this.unicode(wanted);
    const char = escapes[letter];
    if (char === undefined) this.fail(wanted, 'invalid escape code');
    this.at += 2;
    return char;
  }

  /** A code point in UTF-8. */
  private unicode(wanted: string): string {
    const high = this.hex4(this.at + 2);
    if (high === undefined) this.fail(wanted, 'invalid unicode escape code');
    let point = high;
    let length = 6;
    if ((high & 0xf800) === 0xd800) {
      const low = this.text.startsWith('\\u', this.at + 6) ? this.hex4(this.at + 8) : undefined;
      if ((high & 0x400) !== 0 || low === undefined || (low & 0xfc00) !== 0xdc00) {
        this.fail(wanted, 'invalid unicode escape code');
      }
      point = 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff);
      length = 12;
    }
    this.at += length;
    return pointToUtf8(point);
  }

  private hex4(at: number): number | undefined {
    const digits = this.text.slice(at, at + 4);
    return /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : undefined;
  }

  /** What stands here is not what was wanted. */
  private refuse(wanted: string): never {
    const start = this.at;
    const found = this.tokenName(wanted, this.text[start] ?? '');
    this.at = start;
    return this.fail(wanted, found);
  }

  /** A string or number that is malformed fails as such. */
  private tokenName(wanted: string, char: string): string {
    if (this.atEnd) return 'T_END';
    const name = tokenNames[char];
    if (name !== undefined) return name;
    if (char === '"') {
      this.string(wanted);
      return 'T_STRING';
    }
    if (this.startsNumber(this.at)) {
      this.number(wanted);
      return 'T_NUMBER';
    }
    if (this.text.startsWith('null', this.at)) return 'T_NULL';
    const isBoolean = this.text.startsWith('true', this.at) || this.text.startsWith('false', this.at);
    return isBoolean ? 'T_BOOLEAN' : 'invalid token';
  }

  private fail(wanted: string, found: string): never {
    throw new LuaError(`Expected ${wanted} but found ${found} at character ${this.at + 1}`);
  }
}

function pointToUtf8(point: number): string {
  const byte = String.fromCharCode;
  if (point < 0x80) return byte(point);
  if (point < 0x800) return byte(0xc0 | (point >> 6), 0x80 | (point & 0x3f));
  if (point < 0x10000) return byte(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f));
  return byte(
    0xf0 | (point >> 18),
    0x80 | ((point >> 12) & 0x3f),
    0x80 | ((point >> 6) & 0x3f),
    0x80 | (point & 0x3f),
  );
}
