/**
 * A Lua machine set up as Redis has it, for EVAL or for functions (they share nothing), and the running of one function in
 * it. When something leaves it in the middle of its work it must be made anew.
 */
import type { ReplySink } from '../../model/reply.ts';
import type { Engine } from '../engine.ts';
import { RedisError } from '../errors.ts';
import { engineLimits } from '../limits.ts';
import { addBitLibrary } from './bit.ts';
import { addJsonLibrary } from './cjson.ts';
import { addMsgpackLibrary } from './cmsgpack.ts';
import { ErrorPlace } from './error-place.ts';
import { LibraryLoader } from './library-loader.ts';
import { Lrand48 } from './lrand48.ts';
import { globalsIndex, hookMask, luaStatus } from './lua-exports.ts';
import { LuaError, LuaState } from './lua-state.ts';
import { LuaToReply } from './lua-to-reply.ts';
import { addCommonApi, addEvalApi, addRedisApi } from './redis-api.ts';
import { LuaReply } from './reply-to-lua.ts';
import { addSafeLibrary } from './safe-library.ts';
import { Sandbox } from './sandbox.ts';
import type { ScriptKind, ScriptRun } from './script-run.ts';
import { addStructLibrary } from './struct.ts';
import { TextBuffer } from './text-buffer.ts';
import { Ticker } from './ticker.ts';
import type { WasmModule } from './webassembly.ts';

/** What `compile` answers when the machine is full. */
export const outOfLuaMemory = 'not enough memory';

export interface LuaEngineModules {
  readonly engine: Engine;
  readonly module: WasmModule;
  /** Every so many instructions. @throws LuaError to end what runs */
  readonly onTick: () => void;
}

export class LuaEngine {
  readonly kind: ScriptKind;
  readonly state: LuaState;
  readonly sandbox: Sandbox;
  readonly place: ErrorPlace;
  readonly loader: LibraryLoader;
  private readonly modules: LuaEngineModules;
  private readonly toReply: LuaToReply;
  private readonly hook: number;
  /** Where commands of the script answer. */
  private readonly commandReply: LuaReply;
  private run: ScriptRun | undefined;
  /** Why what runs is being ended. */
  private ended: string | undefined;

  constructor(kind: ScriptKind, modules: LuaEngineModules) {
    this.kind = kind;
    this.modules = modules;
    const { engine } = modules;
    this.state = new LuaState(modules.module, engineLimits.luaMemoryBytes);
    this.sandbox = new Sandbox(this.state);
    this.place = new ErrorPlace(this.state);
    this.toReply = new LuaToReply(this.state);
    this.commandReply = new LuaReply(this.state);
    this.addLibraries(engine);
    this.sandbox.close();
    this.loader = new LibraryLoader(this, engine);
    this.hook = this.state.machine.addFunctions([(L) => this.tick(L)], 2)[0]!;
    this.tickOften(false);
  }

  /** Compiles a script. @returns what `execute` runs, or the message why it cannot be compiled */
  compile(source: string, chunkName: string): number | string {
    const { state } = this;
    const status = state.load(state.main, source, chunkName);
    if (status === 0) return state.keep(state.main);
    const message = status === luaStatus.memory ? outOfLuaMemory : state.string(state.main, -1);
    state.c.lua_settop(state.main, 0);
    return message;
  }

  /**
   * Runs a compiled function and writes what it returns.
   * @throws RedisError of the script
   * @throws anything else: the machine is broken
   */
  execute(run: ScriptRun, code: number, reply: ReplySink): void {
    const { state } = this;
    const { c, main } = state;
    this.run = run;
    run.call.reply = this.commandReply;
    try {
      this.place.pushHandler(main);
      const given = this.pushArguments(run, code);
      if (c.lua_pcall(main, given, 1, 1) !== 0) throw this.failure(run);
      const failure = this.toReply.failure();
      if (failure === undefined) this.answer(run, reply);
      c.lua_settop(main, 0);
      if (failure !== undefined) throw new RedisError(failure);
    } finally {
      this.run = undefined;
      this.mayGoOn();
    }
  }

  private answer(run: ScriptRun, reply: ReplySink): void {
    try {
      this.toReply.write(reply, run.resp);
    } catch (error) {
      // Half an answer is written, and there is no way to take it back.
      run.call.client.port.close(false);
      throw error;
    }
  }

  /** Calls what is on top of the stack, above an error handler. @returns the message of the error it ended with */
  callTop(): string | undefined {
    const { c, main } = this.state;
    this.place.pushHandler(main);
    c.lua_insert(main, 1);
    const failed = c.lua_pcall(main, 0, 0, 1) !== 0;
    const message = failed ? this.message() : undefined;
    this.mayGoOn();
    c.lua_settop(main, 0);
    return message;
  }

  /** From now on every instruction asks, so that no `pcall` goes on; or only now and then. */
  private tickOften(often: boolean, L = this.state.main): void {
    const { c } = this.state;
    if (often) c.lua_sethook(L, this.hook, hookMask.line | hookMask.count, 1);
    else c.lua_sethook(L, this.hook, hookMask.count, engineLimits.luaTickInstructions);
  }

  private tick(L: number): void {
    try {
      this.modules.onTick();
    } catch (error) {
      if (!(error instanceof LuaError)) throw error;
      if (this.ended === undefined) {
        this.ended = error.message;
        this.place.note(L, 0);
      }
      this.tickOften(true, L);
      this.tickOften(true);
      // An error of the usual kind would first call the message handler of `xpcall`, in which no hook is called, so that it
      // could go on for ever. One for want of memory calls nothing.
      this.state.c.lua_newuserdata(L, engineLimits.luaMemoryBytes);
    }
  }

  private addLibraries(engine: Engine): void {
    const { state, sandbox } = this;
    const { c, main } = state;
    sandbox.openLibraries();
    c.lua_pushvalue(main, globalsIndex);
    addSafeLibrary(state, {
      random: new Lrand48(Math.floor(engine.modules.random() * 2 ** 32)),
      clock: () => engine.modules.clock.now() / 1000,
      stringBytesMax: engineLimits.luaTextBytesMax,
    });
    const text = new TextBuffer(engineLimits.luaTextBytesMax);
    const ticker = new Ticker(this.modules.onTick);
    const library = (name: string, fill: () => void) => {
      c.lua_createtable(main, 0, 0);
      fill();
      state.setField(main, name);
    };
    library('bit', () => addBitLibrary(state));
    library('cjson', () => addJsonLibrary(state, text, ticker));
    library('cmsgpack', () => addMsgpackLibrary(state, text, ticker));
    library('struct', () => addStructLibrary(state, text));
    library('redis', () => {
      addCommonApi(state, engine);
      addRedisApi(state, { engine, reply: this.commandReply, running: () => this.run });
      if (this.kind === 'eval') addEvalApi(state);
    });
    c.lua_settop(main, 0);
  }

  /** @returns how many there are: a function has two, a script finds them as globals */
  private pushArguments(run: ScriptRun, code: number): number {
    const { state } = this;
    const { c, main } = state;
    const { args, keysAt, keyCount } = run.options;
    c.lua_checkstack(main, 8);
    state.pushKept(main, code);
    this.pushWords(args, keysAt, keysAt + keyCount);
    if (this.kind === 'eval') this.sandbox.setGlobal(main, 'KEYS');
    this.pushWords(args, keysAt + keyCount, args.length);
    if (this.kind === 'function') return 2;
    this.sandbox.setGlobal(main, 'ARGV');
    return 0;
  }

  private pushWords(words: readonly string[], from: number, to: number): void {
    const { state } = this;
    const { c, main } = state;
    c.lua_createtable(main, to - from, 0);
    for (let i = from; i < to; i++) {
      state.push(main, words[i]!);
      c.lua_rawseti(main, -2, i - from + 1);
    }
  }

  /** Of the error on top of the stack, as a client is told it. */
  private message(): string {
    return this.ended === undefined ? this.place.message(this.state.main) : `ERR ${this.ended}`;
  }

  private mayGoOn(): void {
    if (this.ended === undefined) return;
    this.ended = undefined;
    this.tickOften(false);
  }

  /** What the client is told of the error on top of the stack. */
  private failure(run: ScriptRun): RedisError {
    const { c, main } = this.state;
    const message = this.message();
    c.lua_settop(main, 0);
    return new RedisError(`${message} script: ${run.options.name}${this.place.text()}`);
  }
}
