/** Scripts of EVAL and SCRIPT LOAD by their SHA-1, until SCRIPT FLUSH. Compiled when they first run in a machine. */
import { RedisError } from '../errors.ts';
import { type LuaEngine, outOfLuaMemory } from './lua-engine.ts';
import { sha1Hex } from './sha1.ts';
import { readScriptHead, type ScriptFlag } from './shebang.ts';

/** Stands in messages. */
const chunkName = '@user_script';

export interface Script {
  readonly sha: string;
  readonly body: string;
  readonly flags: readonly ScriptFlag[] | undefined;
  /** In the machine that is in use; 0 before it is compiled there. */
  code: number;
}

interface ScriptCacheModules {
  /** The machine in use, made if need be. */
  readonly machine: () => LuaEngine;
  /** Puts it away. */
  readonly discard: () => void;
}

export class ScriptCache {
  private readonly bySha = new Map<string, Script>();
  /** Spares the digest of a body that was seen. */
  private readonly byBody = new Map<string, Script>();
  private readonly modules: ScriptCacheModules;

  constructor(modules: ScriptCacheModules) {
    this.modules = modules;
  }

  get size(): number {
    return this.bySha.size;
  }

  /** Bytes of all bodies. */
  bytes = 0;

  has(sha: string): boolean {
    return this.bySha.has(sha.toLowerCase());
  }

  /** Flags of a script that is in the cache. */
  flagsOf(sha: string): readonly ScriptFlag[] | undefined {
    return this.bySha.get(sha.toLowerCase())?.flags;
  }

  /** @param sha in any case of letters */
  find(sha: string): Script | undefined {
    const script = this.bySha.get(sha) ?? this.bySha.get(sha.toLowerCase());
    if (script !== undefined && script.code === 0) this.compile(script);
    return script;
  }

  /** The script with this body, new or not. @throws RedisError when it cannot be compiled */
  load(body: string): Script {
    const known = this.byBody.get(body);
    if (known !== undefined) {
      if (known.code === 0) this.compile(known);
      return known;
    }
    const script: Script = { sha: sha1Hex(body), body, flags: readScriptHead(body).flags, code: 0 };
    this.compile(script);
    this.bySha.set(script.sha, script);
    this.byBody.set(body, script);
    this.bytes += body.length;
    return script;
  }

  clear(): void {
    this.bySha.clear();
    this.byBody.clear();
    this.bytes = 0;
  }

  /** The machine is gone. */
  forgetCompiled(): void {
    for (const script of this.bySha.values()) script.code = 0;
  }

  private compile(script: Script): void {
    const { machine, discard } = this.modules;
    const { source } = readScriptHead(script.body);
    let code = machine().compile(source, chunkName);
    if (code === outOfLuaMemory && this.size > 0) {
      // Full of other scripts, which are compiled again when they are needed.
      discard();
      code = machine().compile(source, chunkName);
    }
    if (typeof code === 'string') throw new RedisError(`ERR Error compiling script (new function): ${code}`);
    script.code = code;
  }
}
