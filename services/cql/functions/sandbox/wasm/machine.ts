/**
 * An instance of a metered module whose whole state can be taken and put back. Every call of a function begins with the state that
 * compiling it left: so functions remember nothing, nothing has to be given back, and it does not matter in which state a call that was cut
 * off or crashed has left the machine.
 */
import type { Buffer as NodeBuffer } from 'node:buffer';
import { Buffer } from 'node:buffer';
import '@hypergate/kit/bytes';
import type { StepLimit } from '../../statement-work.ts';
import { GuestFailure } from '../failure.ts';
import { sandboxLimits } from '../limits.ts';
import { bytesPerStepShift, stepsExport, variableExport } from './metering.ts';
import {
  pageBytes,
  type WasmGlobal,
  type WasmImports,
  type WasmMemory,
  type WasmModule,
  wasm,
} from './webassembly.ts';

/** What is needed of a module to put its state back. */
export interface MachineLayout {
  /** Below the end of its memory's stack, which grows downwards: what is unused of it is not part of the state. */
  readonly stackBytes: number;
  readonly imports: (machine: Machine) => WasmImports;
  readonly memoryOf: (exports: Readonly<Record<string, unknown>>) => WasmMemory;
}

/** The module asked for something that is not there. It is in the middle of its work and cannot go on. */
export class NotThere extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'NotThere';
  }
}

export interface Image {
  /** Memory from its beginning to the stack. */
  readonly low: Uint8Array;
  /** Memory above the stack. */
  readonly high: Uint8Array;
  readonly variables: readonly number[];
}

/** Memory is taken in such pieces into an image. */
const imagePieceBytes = 4096;

export class Machine {
  readonly exports: Readonly<Record<string, unknown>>;
  /** Views of its memory, made anew when it grows. */
  bytes!: NodeBuffer;
  words!: Uint32Array;
  private readonly memory: WasmMemory;
  private readonly steps: WasmGlobal;
  private taken = 0;
  private readonly variables: readonly WasmGlobal[];
  private readonly stackLow: number;
  private readonly stackHigh: number;

  constructor(module: WasmModule, { imports, memoryOf, stackBytes }: MachineLayout) {
    const exports = new wasm.Instance(module, imports(this)).exports as Readonly<Record<string, unknown>>;
    this.exports = exports;
    this.memory = memoryOf(exports);
    this.steps = exports[stepsExport] as WasmGlobal;
    this.variables = Object.keys(exports)
      .filter((name) => name.startsWith(variableExport))
      .map((name) => exports[name] as WasmGlobal);
    // The pointer into the stack is the first variable of every module of this compiler.
    this.stackHigh = this.variables[0]!.value;
    this.stackLow = this.stackHigh - stackBytes;
    this.view();
  }

  /** Above what the image has, memory is as it was: what is left there of other calls is never read before it is written. */
  restore({ low, high, variables }: Image): void {
    this.bytes.set(low, 0);
    this.bytes.set(high, this.stackHigh);
    variables.forEach((value, index) => {
      this.variables[index]!.value = value;
    });
  }

  /** Takes the state, once nothing is left of other calls: the memory in use ends with the last byte that is not zero. */
  capture(): Image {
    let end = this.bytes.length;
    while (end > this.stackHigh && this.words[(end >> 2) - 1] === 0) end -= 4;
    const pieces = Math.ceil((end - this.stackHigh) / imagePieceBytes);
    const highEnd = Math.min(this.stackHigh + pieces * imagePieceBytes, this.bytes.length);
    return {
      low: Uint8Array.from(this.bytes.subarray(0, this.stackLow)),
      high: Uint8Array.from(this.bytes.subarray(this.stackHigh, highEnd)),
      variables: this.variables.map(({ value }) => value),
    };
  }

  /** Restores an image and removes everything that is not part of it. */
  restoreClean(image: Image): void {
    this.restore(image);
    this.bytes.fill(0, this.stackHigh + image.high.length);
  }

  /** Of all that was limited. */
  get stepsTaken(): number {
    return this.taken;
  }

  /** Does something with so many steps at most. @throws GuestFailure when they were not enough, or the machine cannot go on */
  limited<T>({ steps, message }: StepLimit, work: () => T): T {
    this.steps.value = steps;
    try {
      return work();
    } catch (error) {
      throw this.translated(error, message);
    } finally {
      this.taken += steps - Math.max(this.steps.value, 0);
    }
  }

  private translated(error: unknown, message: string): unknown {
    if (this.steps.value < 0) return new GuestFailure(message, { cause: error });
    if (error instanceof NotThere) return new GuestFailure(error.message, { cause: error });
    if (error instanceof RangeError) return new GuestFailure('stack overflow', { cause: error });
    if (error instanceof wasm.RuntimeError)
      return new GuestFailure('the interpreter crashed', { cause: error });
    return error;
  }

  /** For work that is done outside on behalf of the module. */
  takeSteps(bytes: number): void {
    this.steps.value -= bytes >>> bytesPerStepShift;
    if (this.steps.value < 0) throw new NotThere('no steps are left');
  }

  /** @returns whether there is as much memory now */
  grow(bytes: number): boolean {
    const now = this.bytes.length;
    if (bytes <= now) return true;
    if (bytes > sandboxLimits.memoryBytesMax) return false;
    // A little more than asked for, or each growth of a long text would be one of the memory.
    const target = Math.min(Math.max(bytes, now + (now >> 2)), sandboxLimits.memoryBytesMax);
    try {
      this.memory.grow(Math.ceil((target - now) / pageBytes));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return false;
    }
    this.view();
    return true;
  }

  private view(): void {
    const { buffer } = this.memory;
    this.bytes = Buffer.from(buffer);
    this.words = new Uint32Array(buffer);
  }
}

/** Functions of which each says that it is not there, for all that a module wants to import. */
export function noImports(module: WasmModule): Record<string, Record<string, unknown>> {
  const imports: Record<string, Record<string, unknown>> = {};
  for (const { module: space, name, kind } of wasm.Module.imports(module)) {
    const inner = (imports[space] ??= {});
    if (kind !== 'function') continue;
    inner[name] = () => {
      throw new NotThere(`functions have no access to the system (${name})`);
    };
  }
  return imports;
}
