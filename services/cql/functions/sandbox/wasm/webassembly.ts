/** What is used of the WebAssembly API, whose types otherwise come only with those of a browser. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** In pages of 64 KiB. @throws RangeError */
  grow(pages: number): number;
}

export interface WasmTable {
  get(index: number): (...values: number[]) => number;
}

export interface WasmGlobal {
  value: number;
}

/** A compiled module; it has no state and may be shared. */
export type WasmModule = object;

export type WasmImports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

interface WasmApi {
  readonly Module: {
    new (bytes: Uint8Array): WasmModule;
    imports(
      module: WasmModule,
    ): readonly { readonly module: string; readonly name: string; readonly kind: string }[];
  };
  readonly Memory: new (size: { readonly initial: number; readonly maximum: number }) => WasmMemory;
  readonly Instance: new (module: WasmModule, imports: WasmImports) => { readonly exports: unknown };
  readonly RuntimeError: new () => Error;
}

export const wasm = (globalThis as unknown as { readonly WebAssembly: WasmApi }).WebAssembly;

export const pageBytes = 65_536;
