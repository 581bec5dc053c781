/**
 * Functions of the QuickJS build: `QTS_…` of @jitl/quickjs-wasmfile-release-sync 0.32.0, which its build has given short names. Values of
 * JavaScript are pointers; what makes one returns a new pointer.
 */
export interface QuickJsExports {
  construct(): void;
  malloc(bytes: number): number;
  newRuntime(): number;
  newContext(runtime: number, intrinsics: number): number;
  setMemoryLimit(runtime: number, bytes: number): void;
  setMaxStackSize(runtime: number, bytes: number): void;
  getUndefined(): number;
  getNull(): number;
  getFalse(): number;
  getTrue(): number;
  newArray(context: number): number;
  /** Owns the memory from then on. */
  newArrayBuffer(context: number, at: number, length: number): number;
  newFloat64(context: number, value: number): number;
  getFloat64(context: number, value: number): number;
  /** UTF-8 with a zero behind. */
  newString(context: number, at: number): number;
  /** The same way; the value is made a string first. 0 where that throws. */
  getString(context: number, value: number): number;
  getArrayBuffer(context: number, value: number): number;
  getArrayBufferLength(context: number, value: number): number;
  getPropNumber(context: number, object: number, index: number): number;
  call(context: number, code: number, receiver: number, count: number, pointers: number): number;
  /** The exception that a value stands for, 0 if it is one like others. */
  resolveException(context: number, value: number): number;
  evaluate(
    context: number,
    at: number,
    length: number,
    fileName: number,
    detectModule: number,
    flags: number,
  ): number;
  /** @returns 1 where they are strictly equal */
  isEqual(context: number, left: number, right: number, operation: number): number;
  /** A C string. */
  typeOf(context: number, value: number): number;
  /** @returns below zero if it has none */
  getLength(context: number, lengthAt: number, value: number): number;
}

const names: Readonly<Record<keyof QuickJsExports, string>> = {
  construct: 'u',
  malloc: 'v',
  newRuntime: 'K',
  newContext: 'N',
  setMemoryLimit: 'y',
  setMaxStackSize: 'D',
  getUndefined: 'E',
  getNull: 'F',
  getFalse: 'G',
  getTrue: 'H',
  newArray: 'W',
  newArrayBuffer: 'X',
  newFloat64: 'Y',
  getFloat64: 'Z',
  newString: '_',
  getString: '$',
  getArrayBuffer: 'aa',
  getArrayBufferLength: 'ba',
  getPropNumber: 'ia',
  call: 'ma',
  resolveException: 'na',
  evaluate: 'pa',
  isEqual: 'ta',
  typeOf: 'ra',
  getLength: 'sa',
};

export function quickJsExports(exports: Readonly<Record<string, unknown>>): QuickJsExports {
  return Object.fromEntries(
    Object.entries(names).map(([name, short]) => [name, exports[short]]),
  ) as unknown as QuickJsExports;
}

/** Only compiles: for texts that are not to be run. */
export const compileOnly = 1 << 5;
