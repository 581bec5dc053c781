/**
 * The WebAssembly build of PUC Lua 5.1 with a meter, and a machine of it without anything of a system. Errors of Lua are C's longjmp, which
 * the build makes from exceptions of JavaScript: `_emscripten_throw_longjmp` throws a number, `invoke_vii` (around every
 * protected call) catches it. Whatever else is thrown passes every protected call.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Machine, NotThere, noImports } from '../wasm/machine.ts';
import { withMeter } from '../wasm/metering.ts';
import { type WasmModule, wasm } from '../wasm/webassembly.ts';
import type { LuaExports } from './lua-exports.ts';

/** Of its C stack, as it was built. */
const stackBytes = 4_194_304;

export function loadLua(): WasmModule {
  const entry = createRequire(import.meta.url).resolve('wasmoon-lua5.1');
  return new wasm.Module(withMeter(readFileSync(join(dirname(entry), 'liblua5.1.wasm'))));
}

function invoke(c: LuaExports, code: number, first: number, second: number): void {
  const stack = c.stackSave();
  try {
    c.__indirect_function_table.get(code)(first, second);
  } catch (error) {
    if (typeof error !== 'number') throw error;
    c.stackRestore(stack);
    c.setThrew(1, 0);
  }
}

export interface LuaMachine {
  readonly machine: Machine;
  readonly c: LuaExports;
}

export function luaMachine(module: WasmModule): LuaMachine {
  const imports = (machine: Machine) => {
    const all = noImports(module);
    const c = () => machine.exports as unknown as LuaExports;
    Object.assign(all.env!, {
      invoke_vii: (code: number, first: number, second: number) => invoke(c(), code, first, second),
      _emscripten_throw_longjmp: () => {
        throw Number.POSITIVE_INFINITY;
      },
      emscripten_memcpy_js: (to: number, from: number, length: number) => {
        machine.takeSteps(length >>> 0);
        machine.bytes.copyWithin(to >>> 0, from >>> 0, (from >>> 0) + (length >>> 0));
      },
      emscripten_resize_heap: (bytes: number) => (machine.grow(bytes >>> 0) ? 1 : 0),
      // Of an error outside of protected calls, where nothing but a want of memory can be one.
      exit: () => {
        throw new NotThere('not enough memory');
      },
    });
    Object.assign(all.wasi_snapshot_preview1!, {
      environ_sizes_get: (countAt: number, bytesAt: number) => {
        machine.words[countAt >> 2] = 0;
        machine.words[bytesAt >> 2] = 0;
        return 0;
      },
      environ_get: () => 0,
    });
    return all;
  };
  const memoryOf = (exports: Readonly<Record<string, unknown>>) => (exports as unknown as LuaExports).memory;
  const machine = new Machine(module, { imports, memoryOf, stackBytes });
  return { machine, c: machine.exports as unknown as LuaExports };
}
