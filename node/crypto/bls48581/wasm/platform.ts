/** What is used of the platform's WebAssembly, which neither the library of ECMAScript nor that of Node.js declares. */

/** A compiled module: can be sent to other threads by structured clone. */
export type WasmModule = object;

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** @throws RangeError when there is no more */
  grow(pages: number): number;
}

interface Platform {
  readonly WebAssembly: {
    compile(bytes: Uint8Array): Promise<WasmModule>;
    readonly Instance: new (module: WasmModule) => { readonly exports: Readonly<Record<string, unknown>> };
  };
}

export const webAssembly = (globalThis as unknown as Platform).WebAssembly;
