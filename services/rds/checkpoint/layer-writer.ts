/**
 * A layer in the making: walks through the data directory, and gives the layer's bytes as one stream. In memory are two steps of a
 * file, some packs, and the hashes: whoever reads the stream slowly slows the walk down.
 */
import { promisify } from 'node:util';
import { zstdCompress } from 'node:zlib';
import type { LayerRow } from '../model/checkpoint-tables.ts';
import { encodeLayerIndex, type IndexFile, type PageRun, pageHashBytes } from '../model/layer-format.ts';
import { CheckpointError } from './errors.ts';
import { checkpointLimits } from './limits.ts';
import { Packer } from './packer.ts';
import type { DirectoryState, FileState } from './page-hashes.ts';
import { type ReadContext, readFile } from './read-file.ts';
import { type FoundFile, scanFiles } from './scan-files.ts';

const compress = promisify(zstdCompress);

export interface LayerOptions {
  readonly dataDir: string;
  /** What the layers below have; undefined for an image, which has everything. */
  readonly before: DirectoryState | undefined;
  readonly now: () => number;
  readonly settleMs: number;
}

/** Once the stream has ended. */
export interface MadeLayer {
  readonly parts: Omit<LayerRow, 'id' | 'blob'>;
  readonly state: DirectoryState;
  readonly files: number;
  readonly dataBytes: number;
  /** Files that were read; the others have had the same stamp for long enough. */
  readonly filesRead: number;
}

export class LayerWriter {
  private readonly options: LayerOptions;
  private readonly packer = new Packer();
  private readonly context: ReadContext;
  private readonly state = new Map<string, FileState>();
  private readonly files: IndexFile[] = [];
  private filesRead = 0;
  private pages = 0;
  private made: MadeLayer | undefined;

  constructor(options: LayerOptions) {
    this.options = options;
    this.context = { ...options, onPage: (page) => this.packer.add(page) };
  }

  get result(): MadeLayer {
    if (this.made === undefined) throw new Error('the layer is not written to its end');
    return this.made;
  }

  /** @throws CheckpointError `not-supported` */
  async *bytes(signal?: AbortSignal): AsyncGenerator<Buffer> {
    const { packer } = this;
    try {
      for await (const group of scanFiles(this.options.dataDir)) {
        for (const file of group) {
          signal?.throwIfAborted();
          yield* this.fullPacks(this.file(file));
        }
      }
      packer.finish();
      while (packer.inFlight > 0) yield await packer.take();
    } finally {
      await packer.abandon();
    }
    const packBytes = packer.lengths.reduce((sum, length) => sum + length, 0);
    yield* this.hashes();
    const index = encodeLayerIndex({ packs: packer.lengths, files: this.files });
    if (index.length > checkpointLimits.indexBytesMax)
      throw new CheckpointError('not-supported', 'the data directory has too many files');
    const packed = await compress(index);
    this.made = {
      parts: {
        packBytes,
        hashBytes: this.pages * pageHashBytes,
        indexBytes: packed.length,
        indexRawBytes: index.length,
        pages: this.pages,
        rawBytes: packer.rawBytes,
      },
      state: this.state,
      files: this.files.length,
      dataBytes: this.files.reduce((sum, { size }) => sum + size, 0),
      filesRead: this.filesRead,
    };
    yield packed;
  }

  /** Packs as they become ready while the work goes on, beyond those that may be in flight. */
  private async *fullPacks(work: AsyncIterable<void>): AsyncGenerator<Buffer> {
    const { packer } = this;
    for await (const _ of work) {
      while (packer.inFlight > checkpointLimits.packsInFlight) yield await packer.take();
    }
  }

  private async *file({ path, stamp }: FoundFile): AsyncGenerator<void> {
    const before = this.options.before?.get(path);
    if (before?.stamp === stamp) {
      this.add(path, before, []);
      return;
    }
    this.filesRead++;
    const reading = yield* readFile(path, before, this.context);
    if (reading === undefined) return;
    this.add(path, reading.state, reading.runs);
    yield;
  }

  private add(path: string, state: FileState, runs: readonly PageRun[]): void {
    this.state.set(path, state);
    this.files.push({ path, size: state.size, runs });
    this.pages += runs.reduce((sum, { count }) => sum + count, 0);
  }

  /** Of the pages in the layer, in their order. */
  private *hashes(): Generator<Buffer> {
    for (const { path, runs } of this.files) {
      const { hashes } = this.state.get(path)!;
      for (const { first, count } of runs)
        yield hashes.subarray(first * pageHashBytes, (first + count) * pageHashBytes);
    }
  }
}
