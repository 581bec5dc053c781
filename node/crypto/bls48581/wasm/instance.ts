/** One instance of the kernel: its memory, room for operands, and its routines. */
import { kernelLimits } from './limits.ts';
import { fieldBytes, fromLimbs, limbCount, toLimbs } from './numbers.ts';
import { type WasmMemory, type WasmModule, webAssembly } from './platform.ts';

type Name =
  | 'fpMontgomery'
  | 'fpPlain'
  | 'fpCanonical'
  | 'fpIsOdd'
  | `g1${'Add' | 'AddAffine' | 'FromAffine' | 'ToAffine' | 'Signed' | 'TimesSeed' | 'Endomorphism' | 'InSubgroup' | 'IsValid' | 'FromX' | 'Map'}`
  | `g1${'OddTables' | 'Straus' | 'Pippenger' | 'Secret' | 'FixedTable' | 'FixedGather' | 'AffineSum' | 'XyzzToAffine'}`
  | `g2${'Add' | 'FromAffine' | 'ToAffine' | 'Signed' | 'Endomorphism' | 'InSubgroup' | 'IsValid' | 'FromX' | 'OddTables' | 'Straus' | 'Secret'}`
  | `pairing${'Prepare' | 'PrepareG1' | 'Miller' | 'Multiply' | 'Power' | 'IsOne'}`;

/** Arguments are addresses and counts; tests return 1 or 0, the others nothing. */
export type Routines = Readonly<Record<Name, (...args: number[]) => number>>;

const pageBytes = 65_536;
const alignment = 64;

export class KernelInstance {
  readonly call: Routines;
  readonly #memory: WasmMemory;
  #view: Uint8Array<ArrayBuffer>;
  #end: number;
  /** Regions for operands; all but the first come into being with larger needs. */
  readonly #regions: { readonly start: number; readonly end: number }[] = [];
  #region = 0;
  #next = 0;

  constructor(module: WasmModule) {
    const { exports } = new webAssembly.Instance(module);
    this.call = exports as unknown as Routines;
    this.#memory = exports.memory as WasmMemory;
    this.#view = new Uint8Array(this.#memory.buffer);
    this.#end = (exports.heapStart as { readonly value: number }).value;
  }

  /** The memory; another array after each allocation. */
  get view(): Uint8Array<ArrayBuffer> {
    if (this.#view.buffer !== this.#memory.buffer) {
      this.#view = new Uint8Array(this.#memory.buffer);
    }
    return this.#view;
  }

  /** Memory that is never given back. @throws RangeError when the machine has none left */
  allocate(byteLength: number): number {
    const start = this.#end;
    const end = start + Math.ceil(byteLength / alignment) * alignment;
    const missing = end - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / pageBytes));
    this.#end = end;
    return start;
  }

  /** Starts an operation: all room taken before is free again. */
  begin(): void {
    this.#region = 0;
    this.#next = this.#regions[0]?.start ?? 0;
  }

  /** Room for operands until the next operation begins, not zeroed. */
  take(byteLength: number): number {
    for (;;) {
      const region = this.#regions[this.#region];
      if (region === undefined) {
        // Powers of two: growing needs leave behind no more than they take.
        const size = Math.max(kernelLimits.scratchBytes, 2 ** Math.ceil(Math.log2(byteLength)));
        const start = this.allocate(size);
        this.#regions.push({ start, end: start + size });
        this.#next = start;
        continue;
      }
      const start = this.#next;
      if (start + byteLength <= region.end) {
        this.#next = start + Math.ceil(byteLength / alignment) * alignment;
        return start;
      }
      this.#region++;
      this.#next = this.#regions[this.#region]?.start ?? 0;
    }
  }

  /** Copies bytes in, into new room unless an address is given. */
  put(bytes: Uint8Array, address = this.take(bytes.length)): number {
    this.view.set(bytes, address);
    return address;
  }

  /** Copies bytes out. */
  get(address: number, byteLength: number): Uint8Array<ArrayBuffer> {
    return this.view.slice(address, address + byteLength);
  }

  /** Writes an integer in [0, p) into field form at an address. */
  putField(value: bigint, address: number): void {
    this.put(new Uint8Array(toLimbs(value).buffer), address);
    this.call.fpMontgomery(address, address);
  }

  /** Reads the field element at an address as an integer in [0, p). */
  getField(address: number): bigint {
    const plain = this.take(fieldBytes);
    this.call.fpPlain(plain, address);
    return fromLimbs(new Int32Array(this.get(plain, fieldBytes).buffer, 0, limbCount));
  }
}
