/** Functions in Lua 5.1: the text is the body of a function, with the libraries base, string, table and math, as far as they are without effects. */
import type { StepLimit } from '../../statement-work.ts';
import { CompileFailure, GuestFailure } from '../failure.ts';
import { compileLimit, type FunctionText, type Language, type Program } from '../guest.ts';
import type { Plain } from '../plain.ts';
import type { Image } from '../wasm/machine.ts';
import type { WasmModule } from '../wasm/webassembly.ts';
import { globalsIndex, luaTypes, registryIndex } from './lua-exports.ts';
import { luaMachine } from './lua-module.ts';
import { LuaValues } from './values.ts';

/** No files, no bytecode (which may do anything to the interpreter), no randomness, no environments of others. */
const removed: readonly (readonly [string | undefined, readonly string[]])[] = [
  [
    undefined,
    [
      'collectgarbage',
      'dofile',
      'gcinfo',
      'getfenv',
      'load',
      'loadfile',
      'loadstring',
      'module',
      'newproxy',
      'print',
      'require',
      'setfenv',
    ],
  ],
  ['string', ['dump']],
  ['math', ['random', 'randomseed']],
];

const identifier = /^[A-Za-z_]\w*$/;

export class Lua implements Language {
  private readonly values: LuaValues;
  private readonly fresh: Image;

  constructor(module: WasmModule) {
    const { machine, c } = luaMachine(module);
    c.__wasm_call_ctors();
    c.emscripten_stack_init();
    const L = c.luaL_newstate();
    this.values = new LuaValues(machine, c, L);
    c.luaopen_base(L);
    c.luaopen_table(L);
    c.luaopen_string(L);
    c.luaopen_math(L);
    c.lua_settop(L, 0);
    for (const [library, names] of removed) this.remove(library, names);
    this.fresh = machine.capture();
  }

  private remove(library: string | undefined, names: readonly string[]): void {
    const { values } = this;
    const { c, L } = values;
    c.lua_pushvalue(L, globalsIndex);
    if (library !== undefined) {
      values.pushText(library);
      c.lua_rawget(L, -2);
    }
    for (const name of names) {
      values.pushText(name);
      c.lua_pushnil(L);
      c.lua_rawset(L, -3);
    }
    c.lua_settop(L, 0);
  }

  get stepsTaken(): number {
    return this.values.machine.stepsTaken;
  }

  compile({ argumentNames, body }: FunctionText): Program {
    const wrong = argumentNames.find((name) => !identifier.test(name));
    if (wrong !== undefined) throw new CompileFailure(`'${wrong}' is no name of a variable`);
    const names = argumentNames.length > 0 ? `local ${argumentNames.join(', ')} = ...; ` : '';
    const { machine } = this.values;
    machine.restoreClean(this.fresh);
    try {
      const entry = machine.limited(compileLimit, () => this.load(names + body));
      return { entry, image: machine.capture() };
    } catch (error) {
      if (error instanceof GuestFailure) throw new CompileFailure(error.message);
      throw error;
    }
  }

  private load(text: string): number {
    const { values } = this;
    const { c, L } = values;
    const bytes = Buffer.from(text, 'utf8');
    const name = values.copied(Buffer.from('=function\0', 'latin1'));
    if (bytes[0] === 0x1b) throw new GuestFailure('bytecode is not taken');
    if (c.luaL_loadbuffer(L, values.copied(bytes), bytes.length, name) !== 0) throw this.failure();
    return c.luaL_ref(L, registryIndex);
  }

  /** Of the error on top of the stack. */
  private failure(): GuestFailure {
    const { values } = this;
    const type = luaTypes[values.c.lua_type(values.L, -1)];
    if (type !== 'string' && type !== 'number') return new GuestFailure(`an error that is a ${type}`);
    return new GuestFailure(Buffer.from(values.bytesAt(-1)).toString('utf8'));
  }

  run({ image, entry }: Program, args: readonly Plain[], limit: StepLimit): Plain {
    const { values } = this;
    values.machine.restore(image);
    return values.machine.limited(limit, () => {
      const { c, L } = values;
      c.lua_rawgeti(L, registryIndex, entry);
      for (const arg of args) values.push(arg);
      if (c.lua_pcall(L, args.length, 1, 0) !== 0) throw this.failure();
      return values.result();
    });
  }
}
