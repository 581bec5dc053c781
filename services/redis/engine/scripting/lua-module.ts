/**
 * One machine that runs Lua: an instance of the WebAssembly build of PUC Lua 5.1 with a memory of its own. Nothing of the
 * build's operating system is there: no files, no environment, no clock; what asks for it ends the machine.
 *
 * Errors of Lua are C's longjmp, which the build makes from exceptions of JavaScript: `_emscripten_throw_longjmp` throws a
 * number, `invoke_vii` (around every protected call) catches it. Whatever else is thrown passes every protected call and
 * leaves the machine in the middle of its work: then it must not be used again.
 */
import type { Buffer as NodeBuffer } from 'node:buffer';
import { Buffer } from 'node:buffer';
import '@hypergate/kit/bytes';
import { functionWrappers } from './function-wrappers.ts';
import type { LuaExports } from './lua-exports.ts';
import { type WasmModule, wasm } from './webassembly.ts';

/** The machine cannot go on. */
export class LuaFatal extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'LuaFatal';
  }
}

const pageBytes = 65_536;

export class LuaMachine {
  readonly c: LuaExports;
  /** Most bytes of its memory, stack and all. */
  private readonly bytesMax: number;
  // Views of the memory, made anew when it grows.
  bytes!: NodeBuffer;
  words!: Uint32Array;
  integers!: Int32Array;

  constructor(module: WasmModule, bytesMax: number) {
    this.bytesMax = bytesMax;
    const imports: Record<string, Record<string, unknown>> = {};
    for (const { module: space, name } of wasm.Module.imports(module)) {
      const inner = (imports[space] ??= {});
      inner[name] = () => {
        throw new LuaFatal(`Lua asked for ${name}`);
      };
    }
    Object.assign(imports.env!, {
      invoke_vii: (code: number, first: number, second: number) => this.invoke(code, first, second),
      _emscripten_throw_longjmp: () => {
        throw Number.POSITIVE_INFINITY;
      },
      emscripten_memcpy_js: (to: number, from: number, length: number) =>
        this.bytes.copyWithin(to, from, from + length),
      emscripten_resize_heap: (bytes: number) => this.resize(bytes >>> 0),
    });
    Object.assign(imports.wasi_snapshot_preview1!, {
      environ_sizes_get: (countAt: number, bytesAt: number) => {
        this.words[countAt >> 2] = 0;
        this.words[bytesAt >> 2] = 0;
        return 0;
      },
      environ_get: () => 0,
    });
    this.c = new wasm.Instance(module, imports).exports as LuaExports;
    this.view();
    this.c.__wasm_call_ctors();
    this.c.emscripten_stack_init();
  }

  /** Bytes of its memory. */
  get size(): number {
    return this.bytes.length;
  }

  /** Functions of JavaScript as C functions. @returns their addresses */
  addFunctions(functions: readonly ((first: number, second: number) => unknown)[], arity: 1 | 2): number[] {
    const table = this.c.__indirect_function_table;
    const wrapped = functionWrappers(functions, arity);
    const start = table.grow(wrapped.length);
    return wrapped.map((code, i) => {
      table.set(start + i, code);
      return start + i;
    });
  }

  /** The C function at an address, to be called from JavaScript. */
  functionAt(address: number): (L: number) => number {
    return this.c.__indirect_function_table.get(address);
  }

  private invoke(code: number, first: number, second: number): void {
    const { c } = this;
    const stack = c.stackSave();
    try {
      c.__indirect_function_table.get(code)(first, second);
    } catch (error) {
      if (typeof error !== 'number') throw error;
      c.stackRestore(stack);
      c.setThrew(1, 0);
    }
  }

  /** @returns 1, or 0 when there is no more: then malloc fails and Lua says "not enough memory" */
  private resize(bytes: number): number {
    const now = this.size;
    if (bytes > this.bytesMax) return 0;
    // A little more than asked for, or each growth of a long string would be one of the memory.
    const target = Math.min(Math.max(bytes, now + (now >> 2)), this.bytesMax);
    try {
      this.c.memory.grow(Math.ceil((target - now) / pageBytes));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return 0;
    }
    this.view();
    return 1;
  }

  private view(): void {
    const { buffer } = this.c.memory;
    this.bytes = Buffer.from(buffer);
    this.words = new Uint32Array(buffer);
    this.integers = new Int32Array(buffer);
  }
}
