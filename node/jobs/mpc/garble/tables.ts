/** How garbled tables are cut: 32 bytes for each AND gate, in the order of the gates, whichever layer they are in. */
import { blockBytes } from '../block/words.ts';
import type { Circuit } from '../circuit/circuit.ts';

/** The garbler's half and the evaluator's half. */
export const rowBytes = 2 * blockBytes;
export const rowHalves = rowBytes / 8;

/** AND gates that go through the cipher at once, at most. Measured: from 2048 on nothing is gained, above 8192 caches are too small. */
export const batchAnds = 4096;

/** AND gates of the largest batch of a circuit. */
export function largestBatch({ layers }: Circuit): number {
  let widest = 0;
  for (const { andFrom, end } of layers) widest = Math.max(widest, end - andFrom);
  return Math.min(batchAnds, widest);
}

/** The first so many blocks of a buffer, as views that are made once: narrow layers ask for the same few again and again. */
export class Prefixes {
  private readonly buffer: Buffer;
  private readonly views: (Buffer | undefined)[];

  /** @param kept views of up to so many blocks are kept */
  constructor(buffer: Buffer, kept: number) {
    this.buffer = buffer;
    this.views = new Array<Buffer | undefined>(kept + 1).fill(undefined);
  }

  of(blocks: number): Buffer {
    if (blocks >= this.views.length) return this.buffer.subarray(0, blocks * blockBytes);
    return (this.views[blocks] ??= this.buffer.subarray(0, blocks * blockBytes));
  }
}
