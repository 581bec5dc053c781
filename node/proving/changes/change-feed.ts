/**
 * Hands the writes of applied batches to the prover's thread, in order. Buffers come back and are used again. What is
 * handed over and not yet worked off is counted: beyond a limit writers wait.
 */
import type { StateWrite } from '../../hypergraph/index.ts';
import { provingLimits } from '../limits.ts';
import { isProven } from './phase-updates.ts';
import { entryBytes, SlabWriter, slabBytes } from './slab.ts';

export interface SlabSink {
  /** Takes the buffer over. */
  slab(buffer: ArrayBuffer, length: number): void;
}

export class ChangeFeed {
  readonly #sink: SlabSink;
  readonly #spare: ArrayBuffer[] = [];
  #open: SlabWriter | undefined;
  #outBytes = 0;

  constructor(sink: SlabSink) {
    this.#sink = sink;
  }

  /** Bytes of buffers that the prover has not given back. */
  get outstandingBytes(): number {
    return this.#outBytes;
  }

  write(writes: readonly StateWrite[]): void {
    for (const write of writes) {
      if (isProven(write.key)) this.put(write.key, write.type === 'put' ? write.value : undefined);
    }
  }

  put(key: Uint8Array, value: Uint8Array | undefined): void {
    if (this.#open !== undefined && !this.#open.fits(key, value)) this.flush();
    this.#open ??= new SlabWriter(this.#take(entryBytes(key, value)));
    this.#open.add(key, value);
  }

  /** What was written until now is with the prover. */
  flush(): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    this.#outBytes += open.buffer.byteLength;
    this.#sink.slab(open.buffer, open.length);
  }

  /** The prover is done with a buffer. */
  returned(buffer: ArrayBuffer): void {
    this.#outBytes -= buffer.byteLength;
    if (buffer.byteLength === slabBytes && this.#spare.length < provingLimits.spareSlabs)
      this.#spare.push(buffer);
  }

  #take(needed: number): ArrayBuffer {
    if (needed > slabBytes) return new ArrayBuffer(needed);
    return this.#spare.pop() ?? new ArrayBuffer(slabBytes);
  }
}
