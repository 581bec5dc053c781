/**
 * The `struct` library: values to and from C structures. Letters: `b`/`B` 1 byte, `h`/`H` 2, `l`/`L`/`T` 8, `i`/`I` with a
 * size (4), `f`, `d`, `cn` characters, `s` up to a zero byte, `x` padding; `<`, `>` order of bytes, `!n` alignment.
 * Source: http://www.inf.puc-rio.br/~roberto/struct/ (version 0.2).
 */
import { luaType } from './lua-exports.ts';
import { LuaError, type LuaState } from './lua-state.ts';
import type { TextBuffer } from './text-buffer.ts';

const integerSizeMax = 32;
const naturalAlignment = 8;
const zero = '\0';

interface Item {
  readonly letter: string;
  /** 0 where it depends on the value, and for what has no value. */
  readonly size: number;
}

/** Reads a format letter by letter, keeping what `<`, `>` and `!` set. */
class Format {
  little = true;
  /** Letters that mean nothing are passed over: `struct.size` of Redis does so. */
  skipsUnknown = false;
  private readonly state: LuaState;
  private readonly L: number;
  private readonly text: string;
  private alignment = 1;
  private at = 0;

  constructor(state: LuaState, L: number, text: string) {
    this.state = state;
    this.L = L;
    this.text = text;
  }

  /** The next letter that stands for bytes. */
  next(): Item | undefined {
    while (this.at < this.text.length) {
      const letter = this.text[this.at++]!;
      const size = this.sizeOf(letter);
      if (size >= 0) return { letter, size };
      this.control(letter);
    }
    return undefined;
  }

  /** Bytes of padding before the item. */
  padding(offset: number, { letter, size }: Item): number {
    if (size === 0 || letter === 'c') return 0;
    const unit = Math.min(size, this.alignment);
    return (unit - (offset & (unit - 1))) & (unit - 1);
  }

  private sizeOf(letter: string): number {
    switch (letter) {
      case 'b':
      case 'B':
      case 'x':
        return 1;
      case 'h':
      case 'H':
        return 2;
      case 'l':
      case 'L':
      case 'T':
      case 'd':
        return 8;
      case 'f':
        return 4;
      case 'i':
      case 'I': {
        const size = this.number(4);
        if (size <= integerSizeMax) return size;
        throw new LuaError(`integral size ${size} is larger than limit of ${integerSizeMax}`);
      }
      case 'c':
        return this.number(1);
      case 's':
        return 0;
      default:
        return -1;
    }
  }

  private control(letter: string): void {
    if (letter === ' ') return;
    if (letter === '<') this.little = true;
    else if (letter === '>') this.little = false;
    else if (letter === '!') {
      const alignment = this.number(naturalAlignment);
      if (alignment === 0 || (alignment & (alignment - 1)) !== 0) {
        throw new LuaError(`alignment ${alignment} is not a power of 2`);
      }
      this.alignment = alignment;
    } else if (!this.skipsUnknown || !/[0-9A-Za-z]/.test(letter))
      this.state.argumentError(this.L, 1, `invalid format option '${letter}'`);
  }

  private number(initial: number): number {
    const start = this.at;
    let value = 0;
    for (; this.at < this.text.length; this.at++) {
      const digit = this.text.charCodeAt(this.at) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      if (value > 0x7fffffff) throw new LuaError('integral size overflow');
    }
    return this.at === start ? initial : value;
  }
}

/** Into the table on top. */
export function addStructLibrary(state: LuaState, out: TextBuffer): void {
  const { c } = state;
  state.addToTable(state.main, {
    pack: (L) => pack(state, L, out),
    unpack: (L) => unpack(state, L),
    size(L) {
      const format = new Format(state, L, state.checkString(L, 1));
      format.skipsUnknown = true;
      let size = 0;
      for (let item = format.next(); item !== undefined; item = format.next()) {
        if (item.letter === 's') state.argumentError(L, 1, "option 's' has no fixed size");
        if (item.letter === 'c' && item.size === 0)
          state.argumentError(L, 1, "option 'c0' has no fixed size");
        size += format.padding(size, item) + item.size;
      }
      c.lua_pushnumber(L, size);
      return 1;
    },
  });
}

function pack(state: LuaState, L: number, out: TextBuffer): number {
  const { c } = state;
  const format = new Format(state, L, state.checkString(L, 1));
  // An argument that is missing is nil, not absent, in messages.
  c.lua_pushnil(L);
  out.clear();
  let argument = 2;
  for (let item = format.next(); item !== undefined; item = format.next()) {
    const { letter, size } = item;
    out.add(zero.repeat(format.padding(out.length, item)));
    if (letter === 'x') out.addByte(0);
    else if (letter === 'f' || letter === 'd') {
      out.add(floatText(c.luaL_checknumber(L, argument++), size, format.little));
    } else if (letter === 's' || letter === 'c') {
      const text = state.checkString(L, argument++);
      if (text.length < size) state.argumentError(L, argument, 'string too short');
      out.add(letter === 's' || size === 0 ? text : text.slice(0, size));
      if (letter === 's') out.addByte(0);
    } else out.add(integerText(c.luaL_checknumber(L, argument++), size, format.little));
  }
  out.push(state, L);
  return 1;
}

function unpack(state: LuaState, L: number): number {
  const { c } = state;
  const format = new Format(state, L, state.checkString(L, 1));
  const data = state.checkString(L, 2);
  const start = c.lua_type(L, 3) <= luaType.nil ? 1 : Math.trunc(c.luaL_checknumber(L, 3));
  if (!(start > 0)) state.argumentError(L, 3, 'offset must be 1 or greater');
  let at = start - 1;
  let results = 0;
  for (let item = format.next(); item !== undefined; item = format.next()) {
    const { letter } = item;
    let { size } = item;
    at += format.padding(at, item);
    if (size > data.length || at > data.length - size) state.argumentError(L, 2, 'data string too short');
    if (c.lua_checkstack(L, 2) === 0) throw new LuaError('stack overflow (too many results)');
    if (letter === 's') {
      const end = data.indexOf(zero, at);
      if (end < 0) throw new LuaError('unfinished string in data');
      state.push(L, data.slice(at, end));
      size = end - at + 1;
    } else if (letter === 'c') {
      if (size === 0) {
        if (results === 0 || c.lua_type(L, -1) !== luaType.number) {
          throw new LuaError("format 'c0' needs a previous size");
        }
        size = Math.trunc(c.lua_tonumber(L, -1));
        c.lua_settop(L, -2);
        results--;
        if (!(size >= 0 && size <= data.length - at)) state.argumentError(L, 2, 'data string too short');
      }
      state.push(L, data.slice(at, at + size));
    } else if (letter !== 'x') {
      const bytes = data.slice(at, at + size);
      const isFloat = letter === 'f' || letter === 'd';
      c.lua_pushnumber(L, isFloat ? floatOf(bytes, format.little) : integerOf(bytes, letter, format.little));
    }
    at += size;
    if (letter !== 'x') results++;
  }
  c.lua_pushnumber(L, at + 1);
  return results + 1;
}

const view = new DataView(new ArrayBuffer(8));

function viewText(size: number): string {
  let text = '';
  for (let i = 0; i < size; i++) text += String.fromCharCode(view.getUint8(i));
  return text;
}

function floatText(value: number, size: number, little: boolean): string {
  if (size === 4) view.setFloat32(0, value, little);
  else view.setFloat64(0, value, little);
  return viewText(size);
}

function floatOf(bytes: string, little: boolean): number {
  for (let i = 0; i < bytes.length; i++) view.setUint8(i, bytes.charCodeAt(i));
  return bytes.length === 4 ? view.getFloat32(0, little) : view.getFloat64(0, little);
}

/** Two's complement of 64 bits; an integer of more bytes has zeros above them, as the C library has it. */
function integerText(value: number, size: number, little: boolean): string {
  const whole = Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
  view.setBigUint64(0, BigInt.asUintN(64, whole), true);
  const bytes = viewText(Math.min(size, 8)) + zero.repeat(Math.max(size - 8, 0));
  return little ? bytes : [...bytes].reverse().join('');
}

function integerOf(bytes: string, letter: string, little: boolean): number {
  const size = Math.min(bytes.length, 8);
  view.setBigUint64(0, 0n);
  for (let i = 0; i < size; i++) view.setUint8(i, bytes.charCodeAt(little ? i : bytes.length - 1 - i));
  const bits = view.getBigUint64(0, true);
  const isSigned = letter === letter.toLowerCase();
  return Number(isSigned ? BigInt.asIntN(size * 8, bits) : bits);
}
