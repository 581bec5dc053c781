/**
 * A Lua state and what JavaScript needs to work with it: byte strings both ways, functions of JavaScript that Lua calls,
 * chunks that are compiled. Every function takes the `L` it was called with: coroutines have stacks of their own.
 */
import '@hypergate/kit/bytes';
import type { LuaExports } from './lua-exports.ts';
import { gcOption, registryIndex } from './lua-exports.ts';
import { LuaFatal, LuaMachine } from './lua-module.ts';
import type { WasmModule } from './webassembly.ts';

/** Finds its arguments on the stack, leaves its results on top. @returns how many results there are */
export type LuaFunction = (L: number) => number;

/** Thrown by a `LuaFunction`: an error of Lua. */
export class LuaError {
  readonly message: string;
  /** Whose line stands before the message: 1 the caller's, 0 nobody's. */
  readonly level: number;
  constructor(message: string, level = 1) {
    this.message = message;
    this.level = level;
  }
}

/** Room for strings on their way; longer ones get memory of their own. */
const scratchBytes = 64 * 1024;
/** Characters that are copied faster one by one. */
const copiedCharsMax = 24;
const escapeCode = 27;

export class LuaState {
  readonly machine: LuaMachine;
  readonly c: LuaExports;
  /** The main thread. */
  readonly main: number;
  private readonly scratch: number;
  private readonly lengthAt: number;
  private readonly constants = new Map<string, number>();
  private readonly names = new Map<string, number>();

  constructor(module: WasmModule, bytesMax: number) {
    this.machine = new LuaMachine(module, bytesMax);
    this.c = this.machine.c;
    this.main = this.c.luaL_newstate();
    if (this.main === 0) throw new LuaFatal('no memory for a Lua state');
    this.scratch = this.allocate(scratchBytes);
    this.lengthAt = this.allocate(4);
  }

  /** Bytes that live and dead objects of Lua take. */
  get heapBytes(): number {
    const { c, main } = this;
    return c.lua_gc(main, gcOption.count, 0) * 1024 + c.lua_gc(main, gcOption.countBytes, 0);
  }

  // Strings

  push(L: number, text: string): void {
    const { length } = text;
    if (length > scratchBytes) {
      this.pushLong(L, text);
      return;
    }
    const { bytes } = this.machine;
    const at = this.scratch;
    if (length <= copiedCharsMax) for (let i = 0; i < length; i++) bytes[at + i] = text.charCodeAt(i);
    else bytes.latin1Write(text, at, length);
    this.c.lua_pushlstring(L, at, length);
  }

  private pushLong(L: number, text: string): void {
    const at = this.copy(L, text);
    try {
      this.c.lua_pushlstring(L, at, text.length);
    } finally {
      this.c.free(at);
    }
  }

  /** As `push`, from the beginning of a buffer. */
  pushBytes(L: number, from: Uint8Array, length: number): void {
    const at = length > scratchBytes ? this.reserve(L, length) : this.scratch;
    try {
      this.machine.bytes.set(from.subarray(0, length), at);
      this.c.lua_pushlstring(L, at, length);
    } finally {
      if (at !== this.scratch) this.c.free(at);
    }
  }

  /** Bytes of the string at an index. */
  stringLength(L: number, index: number): number {
    return this.c.lua_objlen(L, index);
  }

  /** The string or number at an index; a number there becomes a string. Anything else gives an empty one. */
  string(L: number, index: number): string {
    const at = this.c.lua_tolstring(L, index, this.lengthAt);
    if (at === 0) return '';
    return this.machine.bytes.latin1Slice(at, at + this.machine.words[this.lengthAt >> 2]!);
  }

  /** An argument that must be a string or a number. */
  checkString(L: number, argument: number): string {
    const at = this.c.luaL_checklstring(L, argument, this.lengthAt);
    return this.machine.bytes.latin1Slice(at, at + this.machine.words[this.lengthAt >> 2]!);
  }

  /** Where the bytes of a string argument are, until anything else is done with the state. */
  checkBytes(L: number, argument: number): { readonly at: number; readonly length: number } {
    const at = this.c.luaL_checklstring(L, argument, this.lengthAt);
    return { at, length: this.machine.words[this.lengthAt >> 2]! };
  }

  /** A C string that is never given back; for constants. */
  constant(text: string): number {
    let at = this.constants.get(text);
    if (at === undefined) {
      at = this.allocate(text.length + 1);
      this.machine.bytes.latin1Write(text, at, text.length);
      this.machine.bytes[at + text.length] = 0;
      this.constants.set(text, at);
    }
    return at;
  }

  // Tables

  /** The table below the value on top gets it as a field. @param name a constant: it is kept */
  setField(L: number, name: string): void {
    this.pushName(L, name);
    this.c.lua_insert(L, -2);
    this.c.lua_rawset(L, -3);
  }

  /** Pushes a field, without metamethods. @param index of the table, from the bottom @param name a constant: it is kept */
  rawField(L: number, index: number, name: string): void {
    this.pushName(L, name);
    this.c.lua_rawget(L, index);
  }

  /** Takes no memory from the second time on, so that answers can be read when there is none. */
  private pushName(L: number, name: string): void {
    const kept = this.names.get(name);
    if (kept !== undefined) {
      this.pushKept(L, kept);
      return;
    }
    this.push(L, name);
    this.c.lua_pushvalue(L, -1);
    this.names.set(name, this.keep(L));
  }

  /** Takes the value from the top and keeps it. @returns what `pushKept` finds it by */
  keep(L: number): number {
    return this.c.luaL_ref(L, registryIndex);
  }

  pushKept(L: number, kept: number): void {
    this.c.lua_rawgeti(L, registryIndex, kept);
  }

  release(kept: number): void {
    this.c.luaL_unref(this.main, registryIndex, kept);
  }

  // Functions

  /** Addresses for `lua_pushcclosure`. What they throw as LuaError is raised in Lua. */
  functions(functions: readonly LuaFunction[]): number[] {
    const guarded = functions.map((code) => (L: number) => {
      try {
        return code(L);
      } catch (error) {
        if (!(error instanceof LuaError)) throw error;
        return this.raise(L, error);
      }
    });
    return this.machine.addFunctions(guarded, 1);
  }

  /** Fills the table on top. */
  addToTable(L: number, functions: Readonly<Record<string, LuaFunction>>): void {
    const names = Object.keys(functions);
    const addresses = this.functions(Object.values(functions));
    names.forEach((name, i) => {
      this.c.lua_pushcclosure(L, addresses[i]!, 0);
      this.setField(L, name);
    });
  }

  /** The argument is not what it must be. */
  argumentError(L: number, argument: number, message: string): never {
    return this.c.luaL_argerror(L, argument, this.constant(message));
  }

  /** An argument that names none of the choices. Its text is the script's: it must not be kept as a constant. */
  badOption(L: number, argument: number, given: string): never {
    // In memory of Lua, which takes it back: the call does not return.
    const message = `invalid option '${given}'\0`;
    const text = this.c.lua_newuserdata(L, message.length);
    this.machine.bytes.latin1Write(message, text, message.length);
    return this.c.luaL_argerror(L, argument, text);
  }

  private raise(L: number, { message, level }: LuaError): never {
    const { c } = this;
    if (level === 0) this.push(L, message);
    else {
      c.luaL_where(L, level);
      this.push(L, message);
      c.lua_concat(L, 2);
    }
    return c.lua_error(L);
  }

  // Chunks

  /** Compiles source text and pushes the function, or the message. @returns 0 when it could be compiled */
  load(L: number, source: string, chunkName: string): number {
    // A chunk that begins with escape would be taken for bytecode, which can do anything: with a space it is a syntax error.
    const text = source.charCodeAt(0) === escapeCode ? ` ${source}` : source;
    const name = this.copy(L, `${chunkName}\0`);
    try {
      const at = this.copy(L, text);
      try {
        return this.c.luaL_loadbuffer(L, at, text.length, name);
      } finally {
        this.c.free(at);
      }
    } finally {
      this.c.free(name);
    }
  }

  // Memory

  /** Memory for as many bytes; an error of Lua when there is none. */
  reserve(L: number, bytes: number): number {
    const at = this.c.malloc(Math.max(bytes, 1));
    if (at !== 0) return at;
    return this.raise(L, new LuaError('not enough memory', 0));
  }

  private copy(L: number, text: string): number {
    const at = this.reserve(L, text.length);
    this.machine.bytes.latin1Write(text, at, text.length);
    return at;
  }

  private allocate(bytes: number): number {
    const at = this.c.malloc(bytes);
    if (at === 0) throw new LuaFatal('no memory for a Lua state');
    return at;
  }
}
