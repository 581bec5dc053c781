/**
 * Large writes around the page cache (O_DIRECT of Linux). Chunk files are written once and rarely read soon after, and
 * filling the page cache with them is the larger part of what a big upload costs: every page is allocated, zeroed, copied
 * to and written back (measured with 8 MiB on a virtual machine: 2 to 28 ms buffered, 1 ms direct).
 *
 * A direct write needs position, length and memory aligned. The unaligned ends of a write go through the page cache;
 * they never share a page with the aligned middle, so the two ways do not meet (open(2), "O_DIRECT": page cache and
 * direct writes of the same file stay coherent, the kernel drops cached pages of the range).
 */
import { constants } from 'node:fs';
import { storeLimits } from './limits.ts';

/** A page; every file system that takes direct writes is content with it. */
export const alignment = 4096;

/** `O_DIRECT` where the platform has it. */
export const directFlag: number | undefined = (constants as { readonly O_DIRECT?: number }).O_DIRECT;

/** The aligned middle of a write; undefined when it is too small to be worth a system call of its own. */
export function alignedMiddle(
  position: number,
  length: number,
): { readonly start: number; readonly end: number } | undefined {
  const start = Math.ceil(position / alignment) * alignment;
  const end = Math.floor((position + length) / alignment) * alignment;
  return end - start >= storeLimits.directWriteBytesMin ? { start, end } : undefined;
}

/** Bytes [from, to) of the buffers laid end to end, as views. */
export function sliceBuffers(buffers: readonly Uint8Array[], from: number, to: number): Uint8Array[] {
  const slices: Uint8Array[] = [];
  let at = 0;
  for (const buffer of buffers) {
    const low = Math.max(from - at, 0);
    const high = Math.min(to - at, buffer.length);
    if (low < high) slices.push(buffer.subarray(low, high));
    at += buffer.length;
  }
  return slices;
}

/** The part of the global used here; TypeScript declares WebAssembly only together with the browser's DOM. */
interface WebAssemblyGlobal {
  readonly Memory: new (pages: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
}
const { Memory } = (globalThis as unknown as { WebAssembly: WebAssemblyGlobal }).WebAssembly;

/**
 * Memory that starts on page boundaries. JavaScript cannot ask for that; the memory of WebAssembly is always so. Made with
 * the first large write, a fixed number of buffers: whoever finds none writes through the page cache.
 */
export class AlignedBuffers {
  #free: Uint8Array[] | undefined;

  take(): Uint8Array | undefined {
    this.#free ??= AlignedBuffers.#make();
    return this.#free.pop();
  }

  give(buffer: Uint8Array): void {
    this.#free?.push(buffer);
  }

  static #make(): Uint8Array[] {
    const { directBuffers, directBufferBytes } = storeLimits;
    const wasmPageBytes = 65_536;
    const memory = new Memory({ initial: (directBuffers * directBufferBytes) / wasmPageBytes });
    return Array.from(
      { length: directBuffers },
      (_, index) => new Uint8Array(memory.buffer, index * directBufferBytes, directBufferBytes),
    );
  }
}

/** Copies the buffers, one after another, to the start of the target. Returns the bytes copied. */
export function gather(target: Uint8Array, buffers: readonly Uint8Array[]): number {
  let at = 0;
  for (const buffer of buffers) {
    target.set(buffer, at);
    at += buffer.length;
  }
  return at;
}
