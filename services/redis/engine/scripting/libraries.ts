/**
 * Libraries of functions: part of the state, recorded as effects with their code. The code runs once, when a library is
 * loaded, and registers functions; nothing else is there for it then.
 */
import type { Engine } from '../engine.ts';
import { RedisError } from '../errors.ts';
import { engineLimits } from '../limits.ts';
import { functionEffects } from './function-effect-codes.ts';
import type { LoadedFunction } from './library-loader.ts';
import type { LuaEngine } from './lua-engine.ts';
import { LuaError } from './lua-state.ts';
import { readLibraryHead, type ScriptFlag } from './shebang.ts';

export interface Library {
  readonly name: string;
  readonly code: string;
  readonly functions: readonly LoadedFunction[];
}

export interface LoadOptions {
  /** A library of this name may be there. */
  readonly replace: boolean;
  /** Effects are applied: what is in the way goes, as it will when the effects that are still to come are applied. */
  readonly replaying?: boolean;
}

interface LibrariesModules {
  readonly engine: Engine;
  readonly machine: () => LuaEngine;
  readonly discard: () => void;
}

export class Libraries {
  private readonly modules: LibrariesModules;
  private byName = new Map<string, Library>();
  /** By name in lower case. */
  private functions = new Map<string, LoadedFunction>();
  /** Milliseconds since 1970 while the code of a library runs, else 0. */
  private loadingSince = 0;
  private reloading = false;

  constructor(modules: LibrariesModules) {
    this.modules = modules;
    modules.engine.stateRecorders.push(() => this.record());
  }

  get size(): number {
    return this.byName.size;
  }

  get functionCount(): number {
    return this.functions.size;
  }

  /** Bytes of all code. */
  get bytes(): number {
    let bytes = 0;
    for (const { code } of this.byName.values()) bytes += code.length;
    return bytes;
  }

  all(): Iterable<Library> {
    return this.byName.values();
  }

  /** Flags of a function that is there. */
  flagsOf(name: string): readonly ScriptFlag[] | undefined {
    return this.functions.get(name.toLowerCase())?.flags;
  }

  /** In any case of letters. */
  function(name: string): LoadedFunction | undefined {
    const found = this.functions.get(name) ?? this.functions.get(name.toLowerCase());
    // A machine that broke takes the compiled functions with it; making it anew loads them again.
    if (found !== undefined) this.modules.machine();
    return found === undefined ? undefined : this.functions.get(name.toLowerCase());
  }

  /** FUNCTION LOAD. @returns the name of the library @throws RedisError, having changed nothing */
  load(code: string, options: LoadOptions): string {
    const { name, source } = readLibraryHead(code);
    const old = this.byName.get(name);
    if (old !== undefined && !options.replace) throw new RedisError(`ERR Library '${name}' already exists`);
    const loaded = this.runCode(source);
    try {
      this.checkNames(loaded, old, options);
    } catch (error) {
      this.release(loaded);
      throw error;
    }
    if (old !== undefined) this.remove(old);
    this.add({ name, code, functions: loaded });
    this.effect(functionEffects.load)?.string(code);
    return name;
  }

  /** @returns whether it was there */
  delete(name: string): boolean {
    const library = this.byName.get(name);
    if (library === undefined) return false;
    this.remove(library);
    this.effect(functionEffects.delete)?.string(name);
    return true;
  }

  flush(): void {
    this.byName.clear();
    this.functions.clear();
    this.modules.discard();
    this.effect(functionEffects.flush)?.u8(0);
  }

  /** FUNCTION RESTORE: all of them or none. @throws RedisError */
  restore(codes: readonly string[], policy: 'flush' | 'append' | 'replace'): void {
    const { effects } = this.modules.engine;
    const wasRecording = effects.recording;
    const before = [...this.byName.values()];
    const loaded: string[] = [];
    effects.recording = false;
    try {
      if (policy === 'flush') this.flush();
      for (const code of codes) {
        const { name } = readLibraryHead(code);
        if (policy !== 'replace' && this.byName.has(name)) {
          throw new RedisError(`ERR Library ${name} already exists`);
        }
        loaded.push(this.load(code, { replace: true }));
      }
    } catch (error) {
      this.flush();
      for (const { code } of before) this.load(code, { replace: true, replaying: true });
      throw error;
    } finally {
      effects.recording = wasRecording;
    }
    if (policy === 'flush') this.effect(functionEffects.flush)?.u8(0);
    for (const name of loaded) this.effect(functionEffects.load)?.string(this.byName.get(name)!.code);
  }

  /** Runs the code of every library in a new machine. */
  reload(): void {
    if (this.reloading || this.byName.size === 0) return;
    this.reloading = true;
    const libraries = [...this.byName.values()];
    const broken = new Set<Library>();
    while (!this.reloadAll(libraries, broken));
    this.reloading = false;
  }

  /** The code of a library runs. */
  onTick(): void {
    const { engine } = this.modules;
    if (this.loadingSince === 0 || engine.replaying || this.reloading) return;
    if (engine.modules.clock.now() - this.loadingSince > engineLimits.libraryLoadMs) {
      throw new LuaError('FUNCTION LOAD timeout', 0);
    }
  }

  /** @returns false when one broke the machine: it is left out the next time */
  private reloadAll(libraries: readonly Library[], broken: Set<Library>): boolean {
    this.byName = new Map();
    this.functions = new Map();
    const machine = this.modules.machine();
    for (const library of libraries) {
      const { name, code } = library;
      if (!broken.has(library)) {
        try {
          this.add({ name, code, functions: this.runCode(readLibraryHead(code).source) });
          continue;
        } catch (error) {
          if (!(error instanceof RedisError)) throw error;
          broken.add(library);
          if (this.modules.machine() !== machine) return false;
        }
      }
      // It was loaded once and is state: it stays, and its functions say so when they are called.
      this.add({ name, code, functions: library.functions.map((known) => ({ ...known, code: 0 })) });
    }
    return true;
  }

  private runCode(source: string): readonly LoadedFunction[] {
    const { engine, machine, discard } = this.modules;
    const { loader } = machine();
    this.loadingSince = engine.modules.clock.now();
    try {
      return loader.run(source);
    } catch (error) {
      if (error instanceof RedisError) throw error;
      discard();
      if (!(error instanceof Error)) throw error;
      throw new RedisError(`ERR Error registering functions: ERR ${error.message}`);
    } finally {
      this.loadingSince = 0;
    }
  }

  private checkNames(
    loaded: readonly LoadedFunction[],
    old: Library | undefined,
    options: LoadOptions,
  ): void {
    for (const { name } of loaded) {
      const known = this.functions.get(name.toLowerCase());
      if (known === undefined || old?.functions.includes(known) === true) continue;
      if (options.replaying !== true) throw new RedisError(`ERR Function ${name} already exists`);
      for (const library of [...this.byName.values()]) {
        if (library.functions.includes(known)) this.remove(library);
      }
    }
  }

  private add(library: Library): void {
    this.byName.set(library.name, library);
    for (const loaded of library.functions) this.functions.set(loaded.name.toLowerCase(), loaded);
  }

  private remove(library: Library): void {
    this.byName.delete(library.name);
    for (const { name } of library.functions) this.functions.delete(name.toLowerCase());
    this.release(library.functions);
  }

  private release(functions: readonly LoadedFunction[]): void {
    for (const { machine, code } of functions) if (code !== 0) machine.state.release(code);
  }

  private record(): void {
    if (this.byName.size === 0) return;
    this.effect(functionEffects.flush)?.u8(0);
    for (const { code } of this.byName.values()) this.effect(functionEffects.load)?.string(code);
  }

  private effect(code: number) {
    const { effects } = this.modules.engine;
    this.modules.engine.expose(effects.batch);
    return effects.begin(code, 0, '');
  }
}
