/**
 * Large data on its way in: cut into chunks of `chunkBytes`, each sealed as a stream of its own and staged while it
 * arrives. In memory are at most one piece of the source and what the node buffers of two chunks: one that is being read
 * and one that is being finished.
 */
import type { Bytes, LocalNodePorts, NodePorts } from '@hypergate/node/api';
import { NodeError, nodeLimits } from '@hypergate/node/api';
import { cryptoLimits, Purpose, type RandomSource, StreamSealer } from '@hypergate/node/crypto';
import type { StagedBlob } from './api.ts';
import type { DomainKeys } from './domain-keys.ts';
import { TableMisuse } from './errors.ts';
import { encodeChunk } from './format/v1/chunk.ts';
import { giveBack } from './give-back.ts';
import { tableLimits } from './limits.ts';
import { type StagedChunk, StagedChunks } from './staged.ts';

export interface BlobWriterModules {
  readonly node: Pick<LocalNodePorts, 'stage' | 'unstage'>;
  readonly random: RandomSource;
}

const blobIdBytes = 16;
const incarnationBytes = 8;
const chunksInFlight = 2;
const noBytes = new Uint8Array(0);

/** Bytes of any sizes as bytes of wanted sizes. Gives views: the source must not write into its buffers again. */
class Source {
  readonly #iterator: AsyncIterator<Bytes>;
  #current: Bytes = new Uint8Array(0);
  #ended = false;
  /** Rejects the wait for the source's next bytes, which may never come. */
  #interrupt: ((reason: unknown) => void) | undefined;

  constructor(source: AsyncIterable<Bytes>) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  /** False at the end. */
  async more(): Promise<boolean> {
    while (this.#current.length === 0 && !this.#ended) {
      const result = await this.#next();
      if (result.done === true) this.#ended = true;
      else this.#current = result.value;
    }
    return this.#current.length > 0;
  }

  take(max: number): Bytes {
    const part = this.#current.subarray(0, max);
    this.#current = this.#current.subarray(part.length);
    return part;
  }

  interrupt(reason: unknown): void {
    this.#interrupt?.(reason);
  }

  /** Tells the source that nobody reads on. Does not wait for one that is stuck. */
  abandon(): void {
    if (this.#ended) return;
    this.#ended = true;
    // It has nothing more to say to us, its failures neither.
    this.#iterator.return?.().catch(() => undefined);
  }

  async #next(): Promise<IteratorResult<Bytes>> {
    const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<Bytes>>();
    this.#interrupt = reject;
    this.#iterator.next().then(resolve, (error) => {
      this.#ended = true;
      reject(error);
    });
    try {
      return await promise;
    } finally {
      this.#interrupt = undefined;
    }
  }
}

/**
 * Nothing is part of the domain before `put-blob` is applied; what was staged and is not named is collected by the node.
 * @throws NodeError `aborted`, `storage-full`; TableMisuse beyond `blobChunksMax`; whatever the source throws
 */
export async function stageBlob(
  keys: DomainKeys,
  input: AsyncIterable<Bytes>,
  modules: BlobWriterModules,
  signal?: AbortSignal,
): Promise<StagedBlob> {
  const id = Buffer.from(modules.random.bytes(blobIdBytes));
  const source = new Source(input);
  const failed = new AbortController();
  const giveUp = () => {
    const error = new NodeError('aborted', 'staging was given up', { cause: signal?.reason });
    failed.abort(error);
    source.interrupt(error);
  };
  signal?.addEventListener('abort', giveUp, { once: true });
  const finishing: Promise<StagedChunk>[] = [];
  const chunks: StagedChunk[] = [];
  let length = 0;
  try {
    if (signal?.aborted) giveUp();
    failed.signal.throwIfAborted();
    while (await source.more()) {
      failed.signal.throwIfAborted();
      if (chunks.length + finishing.length === tableLimits.blobChunksMax)
        throw new TableMisuse(`large data of more than ${tableLimits.blobChunksMax} chunks is several blobs`);
      if (finishing.length === chunksInFlight) chunks.push(await finishing.shift()!);
      const index = chunks.length + finishing.length;
      const chunk = new ChunkWriter(keys, keys.chunkSlot(id, index), modules);
      const staged = chunk.stage(source, modules.node, failed.signal);
      finishing.push(staged);
      // Awaited above or below; until then a failure must not count as unhandled.
      staged.catch(() => undefined);
      await Promise.race([chunk.read, staged]);
      length += chunk.plainLength;
    }
    for (const staged of finishing) chunks.push(await staged);
  } catch (error) {
    failed.abort(error);
    source.abandon();
    for (const end of await Promise.allSettled(finishing))
      if (end.status === 'fulfilled') chunks.push(end.value);
    unstage(chunks, modules.node);
    throw error;
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
  return { id, length, chunkBytes: tableLimits.chunkBytes, staged: new StagedChunks(keys.address, chunks) };
}

/** Nobody will name these chunks: their space may be given back without waiting. */
export function unstage(chunks: readonly StagedChunk[], node: Pick<LocalNodePorts, 'unstage'>): void {
  const refs = chunks.flatMap(({ ref }) => (ref === undefined ? [] : [ref]));
  if (refs.length > 0) node.unstage?.(refs);
}

class ChunkWriter {
  /** Bytes taken from the source. */
  plainLength = 0;
  /** Resolves when the source was read up to the end of this chunk. */
  readonly read: Promise<void>;
  readonly #wasRead: () => void;
  readonly #slot: Buffer;
  readonly #incarnation: Bytes;
  readonly #sealer: StreamSealer;

  constructor(keys: DomainKeys, slot: Buffer, { random }: BlobWriterModules) {
    this.#slot = slot;
    this.#incarnation = Buffer.from(random.bytes(incarnationBytes));
    const atom = { domain: keys.address, slot, incarnation: this.#incarnation };
    this.#sealer = new StreamSealer(keys.current, Purpose.chunk, atom, cryptoLimits.streamPieceBytes, random);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.read = promise;
    this.#wasRead = resolve;
  }

  async stage(source: Source, node: Pick<NodePorts, 'stage'>, signal: AbortSignal): Promise<StagedChunk> {
    const first = await this.#piece(source);
    if (first.last) {
      const sealed = Buffer.concat(first.sealed);
      if (sealed.length < nodeLimits.chunkBytesMin) return this.#staged(undefined, sealed);
      return this.#staged(await node.stage(sealed, signal), noBytes);
    }
    const given: Buffer[] = [];
    const ref = await node.stage(this.#pieces(first.sealed, source, given), signal);
    // Only now that it is written: after a failure a write may still be on its way.
    for (const piece of given) giveBack(piece);
    return this.#staged(ref, noBytes);
  }

  /** @param given all that was handed over, in order */
  async *#pieces(first: readonly Buffer[], source: Source, given: Buffer[]): AsyncGenerator<Buffer> {
    given.push(...first);
    yield* first;
    for (;;) {
      const { sealed, last } = await this.#piece(source);
      given.push(...sealed);
      yield* sealed;
      if (last) return;
    }
  }

  /** The next piece. Whether it is the last is part of its nonce, so the source is asked for what follows first. */
  async #piece(source: Source): Promise<{ readonly sealed: readonly Buffer[]; readonly last: boolean }> {
    const parts: Bytes[] = [];
    let left = Math.min(this.#sealer.pieceBytes, tableLimits.chunkBytes - this.plainLength);
    while (left > 0 && (await source.more())) {
      const part = source.take(left);
      parts.push(part);
      left -= part.length;
      this.plainLength += part.length;
    }
    const last = this.plainLength === tableLimits.chunkBytes || !(await source.more());
    if (last) this.#wasRead();
    return { sealed: this.#sealer.seal(parts, last), last };
  }

  #staged(ref: StagedChunk['ref'], inline: Bytes): StagedChunk {
    const { header, pieceBytes } = this.#sealer;
    const payload = encodeChunk({ header, plainLength: this.plainLength, pieceBytes, inline });
    return { slot: this.#slot, incarnation: this.#incarnation, payload, ref };
  }
}
