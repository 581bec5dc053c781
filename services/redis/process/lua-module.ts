/** The WebAssembly build of Lua 5.1, compiled once a process. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type WasmModule, wasm } from '../engine/scripting/webassembly.ts';

let compiled: WasmModule | undefined;

/** 200 KB: reading and compiling take a few milliseconds. */
export function luaModule(): WasmModule {
  if (compiled === undefined) {
    const entry = createRequire(import.meta.url).resolve('wasmoon-lua5.1');
    compiled = new wasm.Module(readFileSync(join(dirname(entry), 'liblua5.1.wasm')));
  }
  return compiled;
}
