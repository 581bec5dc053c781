/**
 * Memory for pieces between their making and the disk, in blocks that are used again. Pieces that are made one after another stand
 * side by side in it, as they mostly do in the file: they can be written as one buffer.
 */
import { treeStoreLimits } from './limits.ts';

const { writeBytesMax, queuedBytesMax } = treeStoreLimits;

interface Block {
  readonly bytes: Buffer;
  used: number;
  /** Pieces of it that were taken and not given back. */
  pieces: number;
}

export class WriteMemory {
  #current: Block | undefined;
  readonly #free: Block[] = [];
  /** By their memory. */
  readonly #blocks = new Map<ArrayBufferLike, Block>();

  /** Zeros. */
  take(length: number): Buffer {
    if (length > writeBytesMax / 4) return Buffer.alloc(length);
    let block = this.#current;
    if (block === undefined || block.used + length > block.bytes.length) {
      block = this.#free.pop() ?? this.#newBlock();
      this.#current = block;
    }
    block.used += length;
    block.pieces += 1;
    return block.bytes.subarray(block.used - length, block.used).fill(0);
  }

  #newBlock(): Block {
    const block = { bytes: Buffer.allocUnsafeSlow(writeBytesMax), used: 0, pieces: 0 };
    this.#blocks.set(block.bytes.buffer, block);
    return block;
  }

  /** The piece is not looked at any more. One that was not taken here is ignored. */
  give(piece: Buffer): void {
    const block = this.#blocks.get(piece.buffer);
    if (block === undefined) return;
    block.pieces -= 1;
    if (block.pieces > 0) return;
    block.used = 0;
    if (block === this.#current) return;
    if ((this.#free.length + 1) * writeBytesMax <= queuedBytesMax) this.#free.push(block);
    else this.#blocks.delete(block.bytes.buffer);
  }
}

/** One buffer for each run of buffers that stand side by side in memory. */
export function joined(buffers: readonly Buffer[]): Buffer[] {
  const result: Buffer[] = [];
  for (const buffer of buffers) {
    const last = result.at(-1);
    if (last?.buffer === buffer.buffer && last.byteOffset + last.length === buffer.byteOffset) {
      result[result.length - 1] = Buffer.from(buffer.buffer, last.byteOffset, last.length + buffer.length);
    } else result.push(buffer);
  }
  return result;
}
