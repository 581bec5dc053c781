/** What is used of the WebAssembly API, whose types otherwise come only with those of a browser. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** In pages of 64 KiB. @throws RangeError */
  grow(pages: number): number;
}

export interface WasmTable {
  readonly length: number;
  get(index: number): (...values: number[]) => number;
  set(index: number, code: unknown): void;
  grow(by: number): number;
}

/** A compiled module; it has no state and may be shared. */
export type WasmModule = object;

type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

interface WasmApi {
  readonly Module: {
    new (bytes: Uint8Array): WasmModule;
    imports(module: WasmModule): readonly { readonly module: string; readonly name: string }[];
  };
  readonly Instance: new (module: WasmModule, imports: Imports) => { readonly exports: unknown };
}

export const wasm = (globalThis as unknown as { readonly WebAssembly: WasmApi }).WebAssembly;
