/**
 * Memory for the labels of all wires that one run after another uses: memory that the system has to hand out and clear anew takes a
 * third of the time of a wide circuit. It holds what it held: every wire is written before it is read.
 */
import { blockBytes } from '../block/words.ts';

/** What is kept between runs; a larger circuit has memory of its own. */
export const keptLabelBytesMax = 64 * 1024 * 1024;

export class LabelMemory {
  private kept = new ArrayBuffer(0);

  /** @returns four words for each wire. What was taken before is no longer to be used */
  take(wires: number): Int32Array {
    const bytes = blockBytes * wires;
    if (bytes > keptLabelBytesMax) return new Int32Array(bytes / 4);
    if (bytes > this.kept.byteLength) this.kept = new ArrayBuffer(bytes);
    return new Int32Array(this.kept, 0, bytes / 4);
  }
}
