/** Pushes the values of MessagePack bytes on a Lua stack. Binary and extension types are refused, as in Redis. */
import type { Buffer } from 'node:buffer';
import { LuaError, type LuaState } from './lua-state.ts';

/** Tables in tables, which take the stack of JavaScript. */
const nestingMax = 1000;

export class MsgpackReader {
  position: number;
  private depth = 0;
  private readonly state: LuaState;
  private readonly L: number;
  private readonly input: Buffer;

  constructor(state: LuaState, L: number, input: Buffer, position: number) {
    this.state = state;
    this.L = L;
    this.input = input;
    this.position = position;
  }

  get done(): boolean {
    return this.position >= this.input.length;
  }

  /** The next value, on top of the stack. */
  value(): void {
    const { L, input } = this;
    const { c } = this.state;
    const code = input[this.advance(1)]!;
    if (code < 0x80) {
      c.lua_pushnumber(L, code);
      return;
    }
    if (code >= 0xe0) {
      c.lua_pushnumber(L, code - 256);
      return;
    }
    if (code < 0x90) {
      this.map(code & 0x0f);
      return;
    }
    if (code < 0xa0) {
      this.array(code & 0x0f);
      return;
    }
    if (code < 0xc0) {
      this.string(code & 0x1f);
      return;
    }
    switch (code) {
      case 0xc0:
        c.lua_pushnil(L);
        return;
      case 0xc2:
        c.lua_pushboolean(L, 0);
        return;
      case 0xc3:
        c.lua_pushboolean(L, 1);
        return;
      case 0xd9:
        this.string(this.unsigned(1));
        return;
      case 0xda:
        this.string(this.unsigned(2));
        return;
      case 0xdb:
        this.string(this.unsigned(4));
        return;
      case 0xca:
        c.lua_pushnumber(L, input.readFloatBE(this.advance(4)));
        return;
      case 0xcb:
        c.lua_pushnumber(L, input.readDoubleBE(this.advance(8)));
        return;
      case 0xcc:
        c.lua_pushnumber(L, this.unsigned(1));
        return;
      case 0xcd:
        c.lua_pushnumber(L, this.unsigned(2));
        return;
      case 0xce:
        c.lua_pushnumber(L, this.unsigned(4));
        return;
      case 0xcf:
        // Taken as signed, as lua-cmsgpack does.
        c.lua_pushnumber(L, Number(input.readBigInt64BE(this.advance(8))));
        return;
      case 0xd0:
        c.lua_pushnumber(L, input.readInt8(this.advance(1)));
        return;
      case 0xd1:
        c.lua_pushnumber(L, input.readInt16BE(this.advance(2)));
        return;
      case 0xd2:
        c.lua_pushnumber(L, input.readInt32BE(this.advance(4)));
        return;
      case 0xd3:
        c.lua_pushnumber(L, Number(input.readBigInt64BE(this.advance(8))));
        return;
      case 0xdc:
        this.array(this.unsigned(2));
        return;
      case 0xdd:
        this.array(this.unsigned(4));
        return;
      case 0xde:
        this.map(this.unsigned(2));
        return;
      case 0xdf:
        this.map(this.unsigned(4));
        return;
      default:
        throw new LuaError('Bad data format in input.');
    }
  }

  private unsigned(bytes: number): number {
    return this.input.readUIntBE(this.advance(bytes), bytes);
  }

  private string(length: number): void {
    const at = this.advance(length);
    this.state.push(this.L, this.input.latin1Slice(at, at + length));
  }

  private array(length: number): void {
    const { c } = this.state;
    this.enter();
    for (let i = 1; i <= length; i++) {
      this.value();
      c.lua_rawseti(this.L, -2, i);
    }
    this.depth--;
  }

  private map(pairs: number): void {
    const { c } = this.state;
    this.enter();
    for (let i = 0; i < pairs; i++) {
      this.value();
      this.value();
      // As an assignment: a key that is nil or not a number is an error of Lua.
      c.lua_settable(this.L, -3);
    }
    this.depth--;
  }

  private enter(): void {
    const { c } = this.state;
    if (++this.depth > nestingMax || c.lua_checkstack(this.L, 4) === 0) {
      throw new LuaError('stack overflow (in function mp_decode_to_lua_hash)');
    }
    c.lua_createtable(this.L, 0, 0);
  }

  private advance(bytes: number): number {
    const at = this.position;
    if (bytes > this.input.length - at) throw new LuaError('Missing bytes in input.');
    this.position = at + bytes;
    return at;
  }
}
