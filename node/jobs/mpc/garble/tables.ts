/** How garbled tables are cut: 32 bytes for each AND gate, in the order of the gates, whichever layer they are in. */
import { blockBytes } from '../block/words.ts';

/** The garbler's half and the evaluator's half. */
export const rowBytes = 2 * blockBytes;
export const rowWords = rowBytes / 4;

/** Of a piece that the garbler sends: large enough that messages cost little, small enough that both sides work at the same time. */
export const tablePieceBytes = 256 * 1024;

/** AND gates that go through the cipher at once: 4096 blocks for the garbler. */
export const batchAnds = 1024;

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
