/**
 * Pieces in one file. Writes are queued, joined where they stand side by side and written in the background; reads of pieces
 * that stand near each other are one read. What is still queued is read from memory.
 */
import { crc32 } from 'node:zlib';
import { type PieceRef, type Pieces, pieceUnitBytes, type ReadMemory } from '../../hypergraph/tree/index.ts';
import type { DiskFile } from '../disk.ts';
import { CorruptFileError } from '../errors.ts';
import { treeStoreLimits } from './limits.ts';
import type { Space } from './space.ts';
import { joined, WriteMemory } from './write-memory.ts';

interface Queued {
  readonly at: number;
  readonly piece: Buffer;
}

/** A stretch of the file and the pieces asked for in it. */
interface Stretch {
  readonly from: number;
  to: number;
  readonly wanted: number[];
}

const {
  readGapBytes,
  readBytesMax,
  readsInFlight,
  queuedBytesMax,
  writeBytesMax,
  writePiecesMax,
  writesInFlight,
} = treeStoreLimits;

export class PieceFile implements Pieces {
  readonly #path: string;
  readonly #file: DiskFile;
  readonly #space: Space;
  #memory = new WriteMemory();
  readonly #queue = new Map<number, Buffer>();
  #queuedBytes = 0;
  #flushing: Promise<void> | undefined;
  /** Pieces being written, and those of them that were freed meanwhile: their place is not given away before. */
  #inFlight = new Map<number, Buffer>();
  #freedInFlight: PieceRef[] = [];
  /** Bytes written and read since the start; for measurements. */
  bytesWritten = 0;
  bytesRead = 0;

  constructor(path: string, file: DiskFile, space: Space) {
    this.#path = path;
    this.#file = file;
    this.#space = space;
  }

  take(length: number): Buffer {
    return this.#memory.take(length);
  }

  write(piece: Buffer): PieceRef {
    const at = this.#space.allocate(piece.length / pieceUnitBytes);
    return this.writeAt(at, piece);
  }

  /** @param at allocated before */
  writeAt(at: number, piece: Buffer): PieceRef {
    this.#queue.set(at, piece);
    this.#queuedBytes += piece.length;
    return { at, units: piece.length / pieceUnitBytes, crc: crc32(piece) };
  }

  free(ref: PieceRef): void {
    if (!this.#space.isYoung(ref)) {
      this.#space.free(ref);
      return;
    }
    const queued = this.#queue.get(ref.at);
    if (queued !== undefined) {
      this.#queue.delete(ref.at);
      this.#queuedBytes -= queued.length;
    }
    if (this.#inFlight.has(ref.at)) {
      this.#freedInFlight.push(ref);
      return;
    }
    if (queued !== undefined) this.#memory.give(queued);
    this.#space.free(ref);
  }

  async drained(): Promise<void> {
    while (this.#queuedBytes > queuedBytesMax) await this.#flush();
  }

  /** Everything queued is handed to the disk. */
  async written(): Promise<void> {
    while (this.#queue.size > 0 || this.#flushing !== undefined) await this.#flush();
  }

  /** What is queued is forgotten, once nothing is under way. */
  async discard(): Promise<void> {
    this.#queue.clear();
    this.#queuedBytes = 0;
    // Whether the write under way succeeds does not matter any more; its failure was thrown to whoever waited for it.
    await this.#flushing?.catch(() => undefined);
    this.#queue.clear();
    this.#queuedBytes = 0;
    this.#freedInFlight = [];
    this.#memory = new WriteMemory();
  }

  #flush(): Promise<void> {
    this.#flushing ??= this.#writeQueued().finally(() => {
      this.#flushing = undefined;
      this.#inFlight = new Map();
      for (const ref of this.#freedInFlight.splice(0)) this.#space.free(ref);
    });
    return this.#flushing;
  }

  async #writeQueued(): Promise<void> {
    this.#inFlight = new Map(this.#queue);
    const pieces = [...this.#queue].map(([at, piece]): Queued => ({ at, piece })).sort((a, b) => a.at - b.at);
    const groups = sideBySide(pieces);
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < groups.length) {
        const group = groups[next]!;
        next += 1;
        await this.#writeGroup(group);
      }
    };
    const ends = await Promise.allSettled(Array.from({ length: writesInFlight }, lane));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  async #writeGroup(group: readonly Queued[]): Promise<void> {
    const buffers = group.map(({ piece }) => piece);
    await this.#file.write(group[0]!.at * pieceUnitBytes, joined(buffers));
    for (const { at, piece } of group) {
      this.bytesWritten += piece.length;
      if (this.#queue.get(at) === piece) {
        this.#queue.delete(at);
        this.#queuedBytes -= piece.length;
      }
      this.#memory.give(piece);
    }
  }

  async read(refs: readonly PieceRef[], memory?: ReadMemory): Promise<Buffer[]> {
    // Copied, because a queued piece's memory is used again once it is written.
    const found = refs.map(({ at }) => {
      const queued = this.#queue.get(at);
      return queued === undefined ? undefined : Buffer.from(queued);
    });
    const missing = refs
      .map((_, index) => index)
      .filter((index) => found[index] === undefined)
      .sort((left, right) => refs[left]!.at - refs[right]!.at);
    const stretches = this.#stretches(refs, missing);
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < stretches.length) {
        const stretch = stretches[next]!;
        next += 1;
        await this.#readStretch(stretch, refs, found, memory);
      }
    };
    await Promise.all(Array.from({ length: Math.min(readsInFlight, stretches.length) }, lane));
    return found as Buffer[];
  }

  #stretches(refs: readonly PieceRef[], sorted: readonly number[]): Stretch[] {
    const stretches: Stretch[] = [];
    for (const index of sorted) {
      const { at, units } = refs[index]!;
      const from = at * pieceUnitBytes;
      const to = from + units * pieceUnitBytes;
      const last = stretches.at(-1);
      if (last !== undefined && from - last.to <= readGapBytes && to - last.from <= readBytesMax) {
        last.to = Math.max(last.to, to);
        last.wanted.push(index);
      } else stretches.push({ from, to, wanted: [index] });
    }
    return stretches;
  }

  async #readStretch(
    { from, to, wanted }: Stretch,
    refs: readonly PieceRef[],
    found: (Buffer | undefined)[],
    memory: ReadMemory | undefined,
  ): Promise<void> {
    const bytes = await this.#readBytes(from, to - from, memory);
    this.bytesRead += bytes.length;
    for (const index of wanted) {
      const { at, units, crc } = refs[index]!;
      const start = at * pieceUnitBytes - from;
      const piece = bytes.subarray(start, start + units * pieceUnitBytes);
      if (piece.length !== units * pieceUnitBytes || units === 0 || crc32(piece) !== crc) {
        throw new CorruptFileError(
          this.#path,
          at * pieceUnitBytes,
          'a piece of a tree is not what was written',
        );
      }
      found[index] = piece;
    }
  }

  async #readBytes(from: number, length: number, memory: ReadMemory | undefined): Promise<Buffer> {
    if (memory === undefined || this.#file.readInto === undefined) return this.#file.read(from, length);
    const target = memory.take(length);
    return target.subarray(0, await this.#file.readInto(from, target));
  }
}

/** Runs of pieces without a gap, cut to what one write takes. */
function sideBySide(sorted: readonly Queued[]): Queued[][] {
  const groups: Queued[][] = [];
  let end = -1;
  let bytes = 0;
  for (const queued of sorted) {
    const group = groups.at(-1);
    const fits = bytes + queued.piece.length <= writeBytesMax && (group?.length ?? 0) < writePiecesMax;
    if (group !== undefined && queued.at === end && fits) {
      group.push(queued);
      bytes += queued.piece.length;
    } else {
      groups.push([queued]);
      bytes = queued.piece.length;
    }
    end = queued.at + queued.piece.length / pieceUnitBytes;
  }
  return groups;
}
