/**
 * CRC-64/NVME (polynomial 0xAD93D23594C93659, reflected, initial value and final XOR all ones; NVM Express NVM Command
 * Set Specification 1.0, section 5.2.1.3.4) as a small WebAssembly function, since JavaScript has no fast 64-bit integers.
 *
 * Method: slicing by 16 (Kounavis and Berry, "Novel Table Lookup-Based Algorithms for High-Performance CRC
 * Generation", IEEE ToC 57(11), 2008): 16 bytes are folded in by 16 independent lookups. The module's code is emitted
 * below byte by byte; section and instruction numbers are those of the WebAssembly core specification 1.0, chapter 5.
 *
 * Memory: 16 tables of 256 x 8 bytes at 0, the running value at `STATE`, data from `DATA` on.
 */

const TABLES = 16;
const TABLE_BYTES = 2048;
const STATE = TABLES * TABLE_BYTES;
const DATA = 65_536;
/** Data is copied in and folded in pieces of this size, which stay in the second-level cache. */
const DATA_BYTES = 128 * 1024;
const PAGES = (DATA + DATA_BYTES) / 65_536;
/** Reflected polynomial, upper and lower half. */
const POLY_HIGH = 0x9a6c9329;
const POLY_LOW = 0xac4bc9b5;

// Locals: 0 pointer, 1 end, 2 crc, 3 first word, 4 second word.
const op = {
  block: [0x02, 0x40],
  loop: [0x03, 0x40],
  end: [0x0b],
  br: (depth: number) => [0x0c, depth],
  brIf: (depth: number) => [0x0d, depth],
  get: (local: number) => [0x20, local],
  set: (local: number) => [0x21, local],
  i32Const: (value: number) => [0x41, ...signed(value)],
  i64Const: (value: number) => [0x42, ...signed(value)],
  i64Load: (offset: number) => [0x29, 0x00, ...unsigned(offset)],
  i64Load8: (offset: number) => [0x31, 0x00, ...unsigned(offset)],
  i64Store: (offset: number) => [0x37, 0x00, ...unsigned(offset)],
  i32GtU: [0x4b],
  i32GeU: [0x4f],
  i32Add: [0x6a],
  i32And: [0x71],
  i32Shl: [0x74],
  i32Wrap: [0xa7],
  i64Xor: [0x85],
  i64Shl: [0x86],
  i64ShrU: [0x88],
};

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest & 127) | 128);
    rest >>>= 7;
  }
  return [...bytes, rest];
}

/** LEB128 of a non-negative number, with room for the sign bit. */
function signed(value: number): number[] {
  const bytes = unsigned(value);
  const last = bytes[bytes.length - 1]!;
  return last < 64 ? bytes : [...bytes.slice(0, -1), last | 128, 0];
}

/** Pushes `table[byte number `index` of local]`. */
function lookup(local: number, index: number, table: number): number[] {
  const shift = index * 8 - 3;
  const scaled =
    shift < 0
      ? [...op.get(local), ...op.i32Wrap, ...op.i32Const(3), ...op.i32Shl]
      : [...op.get(local), ...op.i64Const(shift), ...op.i64ShrU, ...op.i32Wrap];
  return [...scaled, ...op.i32Const(0x7f8), ...op.i32And, ...op.i64Load(table * TABLE_BYTES)];
}

function codeOfUpdate(): number[] {
  const fold: number[] = [];
  for (let i = 0; i < 8; i++) fold.push(...lookup(4, i, 7 - i), ...(i === 0 ? [] : op.i64Xor));
  for (let i = 0; i < 8; i++) fold.push(...lookup(3, i, 15 - i), ...op.i64Xor);
  const pointerPlus = (bytes: number) => [...op.get(0), ...op.i32Const(bytes), ...op.i32Add];
  const sixteenAtATime = [
    ...[...op.block, ...op.loop],
    ...[...pointerPlus(16), ...op.get(1), ...op.i32GtU, ...op.brIf(1)],
    ...[...op.get(0), ...op.i64Load(0), ...op.get(2), ...op.i64Xor, ...op.set(3)],
    ...[...op.get(0), ...op.i64Load(8), ...op.set(4)],
    ...[...fold, ...op.set(2)],
    ...[...pointerPlus(16), ...op.set(0), ...op.br(0)],
    ...[...op.end, ...op.end],
  ];
  const oneAtATime = [
    ...[...op.block, ...op.loop],
    ...[...op.get(0), ...op.get(1), ...op.i32GeU, ...op.brIf(1)],
    ...[...op.get(0), ...op.i64Load8(0), ...op.get(2), ...op.i64Xor, ...op.set(3)],
    ...[...lookup(3, 0, 0), ...op.get(2), ...op.i64Const(8), ...op.i64ShrU, ...op.i64Xor, ...op.set(2)],
    ...[...pointerPlus(1), ...op.set(0), ...op.br(0)],
    ...[...op.end, ...op.end],
  ];
  const load = [...op.i32Const(STATE), ...op.i64Load(0), ...op.set(2)];
  const store = [...op.i32Const(STATE), ...op.get(2), ...op.i64Store(0)];
  return [...load, ...sixteenAtATime, ...oneAtATime, ...store, ...op.end];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const name = (text: string) => [text.length, ...Buffer.from(text, 'latin1')];
  const locals = [0x01, 0x03, 0x7e]; // one group: three of type i64
  const body = [...locals, ...codeOfUpdate()];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [0x01, 0x60, 0x02, 0x7f, 0x7f, 0x00]), // type (i32, i32) -> ()
    ...section(3, [0x01, 0x00]), // one function of that type
    ...section(5, [0x01, 0x01, PAGES, PAGES]), // one memory, fixed size
    ...section(7, [0x02, ...name('m'), 0x02, 0x00, ...name('u'), 0x00, 0x00]), // exports
    ...section(10, [0x01, ...unsigned(body.length), ...body]),
  ]);
}

/** table[k][b]: the effect of byte b followed by k zero bytes. */
function fillTables(words: Uint32Array): void {
  for (let b = 0; b < 256; b++) {
    let low = b;
    let high = 0;
    for (let i = 0; i < 8; i++) {
      const carry = low & 1;
      low = ((low >>> 1) | (high << 31)) >>> 0;
      high >>>= 1;
      if (carry) {
        low = (low ^ POLY_LOW) >>> 0;
        high = (high ^ POLY_HIGH) >>> 0;
      }
    }
    words[b * 2] = low;
    words[b * 2 + 1] = high;
  }
  for (let i = 512; i < TABLES * 512; i += 2) {
    const low = words[i - 512]!;
    const high = words[i - 511]!;
    const index = (low & 255) * 2;
    words[i] = (((low >>> 8) | (high << 24)) ^ words[index]!) >>> 0;
    words[i + 1] = ((high >>> 8) ^ words[index + 1]!) >>> 0;
  }
}

/** The part of the global used here; TypeScript declares WebAssembly only together with the browser's DOM. */
interface WebAssemblyGlobal {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (
    module: object,
  ) => {
    readonly exports: {
      readonly m: { readonly buffer: ArrayBuffer };
      u(pointer: number, end: number): void;
    };
  };
}

const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyGlobal }).WebAssembly;
const { m, u: update } = new Instance(new Module(moduleBytes())).exports;
const memory = m.buffer;
const data = new Uint8Array(memory, DATA, DATA_BYTES);
/** Lower and upper half of the running value (WebAssembly memory is little-endian, and so is every host of Node). */
const state = new Uint32Array(memory, STATE, 2);
fillTables(new Uint32Array(memory, 0, TABLES * 512));

/** Running value as two 32-bit halves; a fresh one has all bits set. */
export interface Crc64State {
  low: number;
  high: number;
}

/** Folds bytes into the running value. Synchronous, so the one shared memory is never used twice at a time. */
export function crc64Update(value: Crc64State, bytes: Uint8Array): void {
  state[0] = value.low;
  state[1] = value.high;
  for (let start = 0; start < bytes.byteLength; start += DATA_BYTES) {
    const piece = bytes.byteLength <= DATA_BYTES ? bytes : bytes.subarray(start, start + DATA_BYTES);
    data.set(piece);
    update(DATA, DATA + piece.byteLength);
  }
  value.low = state[0]!;
  value.high = state[1]!;
}
