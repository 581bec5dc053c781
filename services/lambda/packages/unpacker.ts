/** Gives work on zip files to threads, a few at a time; what is quick is done at once. */
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { packageLimits } from './limits.ts';
import { type Examined, examine, sha256Of, unpack } from './unpack.ts';
import type { UnpackResult, UnpackTask } from './unpack-messages.ts';
import { readZip, type ZipPackage } from './zip-reader.ts';
import { ZipRefused } from './zip-refused.ts';

const { inlineZipMax, inlineUnpackedMax, inlineEntriesMax, copyBytes, threadsMax, threadHeapMb } =
  packageLimits;
const entry = new URL('./unpack-thread.ts', import.meta.url);

export class Unpacker {
  readonly #workers = new Set<Worker>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #isStopped = false;

  /** @param unpackedMax what comes out must be smaller @throws ZipRefused */
  async examine(zip: Uint8Array, unpackedMax: number): Promise<Examined> {
    if (zip.length <= inlineZipMax) {
      const bytes = view(zip);
      const read = readZip(bytes, unpackedMax);
      if (isQuick(read)) return examine(bytes, read);
    }
    return this.#inTurn(async () => {
      const result = await this.#run({ kind: 'examine', zip: await shared([zip], zip.length), unpackedMax });
      if (result.kind !== 'examined') throw new Error(`a thread answered ${result.kind}`);
      return result.examined;
    });
  }

  /**
   * @param pieces of the zip file, `size` bytes
   * @param sha256 base64: compared before anything is written
   * @returns bytes on disk
   */
  unpack(pieces: AsyncIterable<Uint8Array>, size: number, sha256: string, folder: string): Promise<number> {
    if (size <= inlineZipMax) return this.#unpackSmall(pieces, size, sha256, folder);
    return this.#inTurn(async () =>
      this.#write({ kind: 'unpack', zip: await shared(pieces, size), sha256, folder }),
    );
  }

  /** @param layers folders, first ones first @returns bytes on disk */
  merge(layers: readonly string[], folder: string): Promise<number> {
    return this.#inTurn(() => this.#write({ kind: 'merge', layers, folder }));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const next of this.#waiting.splice(0)) next();
    await Promise.all([...this.#workers].map((worker) => worker.terminate()));
  }

  async #unpackSmall(
    pieces: AsyncIterable<Uint8Array>,
    size: number,
    sha256: string,
    folder: string,
  ): Promise<number> {
    const zip = await shared(pieces, size);
    const bytes = Buffer.from(zip);
    if (sha256Of(bytes) !== sha256) throw new Error('the package is not what was kept');
    const read = readZip(bytes, Number.POSITIVE_INFINITY);
    if (isQuick(read)) return unpack(bytes, read, folder);
    return this.#inTurn(() => this.#write({ kind: 'unpack', zip, sha256, folder }));
  }

  async #write(task: UnpackTask): Promise<number> {
    const result = await this.#run(task);
    if (result.kind !== 'written') throw new Error(`a thread answered ${result.kind}`);
    return result.diskBytes;
  }

  /** Memory for a zip file is taken when its turn has come. */
  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running >= threadsMax) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      if (this.#isStopped) throw stopped();
      return await work();
    } finally {
      // Whoever waits gets the place without its being free in between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  async #run(task: UnpackTask): Promise<UnpackResult> {
    if (this.#isStopped) throw stopped();
    const resourceLimits = { maxOldGenerationSizeMb: threadHeapMb };
    const worker = new Worker(entry, {
      name: 'unpack',
      env: {},
      execArgv: [],
      workerData: task,
      resourceLimits,
    });
    this.#workers.add(worker);
    const result = await new Promise<UnpackResult>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => reject(stopped()));
    }).finally(() => this.#workers.delete(worker));
    if (result.kind === 'refused') throw new ZipRefused(result.fault, result.message);
    return result;
  }
}

const stopped = () => new Error('the packages are closed');

const isQuick = ({ entries, unpackedSize }: ZipPackage): boolean =>
  entries <= inlineEntriesMax && unpackedSize <= inlineUnpackedMax;

const view = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** In memory that a thread sees too. Between slices others have their turn. */
async function shared(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  size: number,
): Promise<SharedArrayBuffer> {
  const memory = new SharedArrayBuffer(size);
  const target = new Uint8Array(memory);
  let length = 0;
  let sincePause = 0;
  for await (const piece of pieces)
    for (let at = 0; at < piece.length; at += copyBytes) {
      const slice = piece.subarray(at, at + copyBytes);
      if (length + slice.length > size) throw new Error('the package is longer than was kept');
      target.set(slice, length);
      length += slice.length;
      sincePause += slice.length;
      if (sincePause >= copyBytes) {
        sincePause = 0;
        await setImmediate();
      }
    }
  if (length !== size) throw new Error('the package is shorter than was kept');
  return memory;
}
