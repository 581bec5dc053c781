/**
 * One chunk of large data on its way in: sealed under a key of its own (STREAM) and staged while it arrives. In memory is
 * at most one piece and what the node buffers.
 */
import type { Bytes, ChunkRef, LocalNodePorts } from '@hypergate/node/api';
import { nodeLimits } from '@hypergate/node/api';
import {
  dataPieceBytes,
  newDataKey,
  type RandomSource,
  sealData,
  streamLength,
} from '@hypergate/node/crypto';
import { giveBack } from './give-back.ts';
import { tableLimits } from './limits.ts';
import type { PieceSource } from './piece-source.ts';

export interface ChunkModules {
  readonly node: Pick<LocalNodePorts, 'stage' | 'unstage'>;
  readonly random: RandomSource;
}

/** What is needed to read a chunk again. `inline`: the plaintext itself, too short for a chunk file. */
export type ChunkContent =
  | { readonly kind: 'sealed'; readonly key: Bytes; readonly plainLength: number; readonly ref: ChunkRef }
  | { readonly kind: 'inline'; readonly plain: Bytes };

export class ChunkStager {
  /** Bytes taken from the source. */
  plainLength = 0;
  /** Resolves when the source was read up to the end of this chunk. */
  readonly read: Promise<void>;
  readonly #wasRead: () => void;
  readonly #modules: ChunkModules;

  constructor(modules: ChunkModules) {
    this.#modules = modules;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.read = promise;
    this.#wasRead = resolve;
  }

  /** The next `chunkBytes` of the source, or what is left of it: at least one byte. */
  async stage(source: PieceSource, signal: AbortSignal): Promise<ChunkContent> {
    const { node, random } = this.#modules;
    const first = await this.#piece(source);
    if (first.last && streamLength(this.plainLength, dataPieceBytes) < nodeLimits.chunkBytesMin)
      return { kind: 'inline', plain: Buffer.concat(first.parts) };
    const key = newDataKey(random);
    const sealer = sealData(key);
    const sealed = sealer.seal(first.parts, first.last);
    if (first.last) return this.#sealed(key, await node.stage(Buffer.concat(sealed), signal));
    const given: Buffer[] = [];
    const stager = this;
    async function* pieces(): AsyncGenerator<Buffer> {
      given.push(...sealed);
      yield* sealed;
      for (let last = false; !last; ) {
        const piece = await stager.#piece(source);
        last = piece.last;
        const more = sealer.seal(piece.parts, last);
        given.push(...more);
        yield* more;
      }
    }
    const ref = await node.stage(pieces(), signal);
    // Only now that it is written: after a failure a write may still be on its way.
    for (const piece of given) giveBack(piece);
    return this.#sealed(key, ref);
  }

  #sealed(key: Bytes, ref: ChunkRef): ChunkContent {
    return { kind: 'sealed', key, plainLength: this.plainLength, ref };
  }

  /** The next piece. Whether it is the last is part of its nonce, so the source is asked for what follows first. */
  async #piece(source: PieceSource): Promise<{ readonly parts: readonly Bytes[]; readonly last: boolean }> {
    const parts: Bytes[] = [];
    let left = Math.min(dataPieceBytes, tableLimits.chunkBytes - this.plainLength);
    while (left > 0 && (await source.more())) {
      const part = source.take(left);
      parts.push(part);
      left -= part.length;
      this.plainLength += part.length;
    }
    const last = this.plainLength === tableLimits.chunkBytes || !(await source.more());
    if (last) this.#wasRead();
    return { parts, last };
  }
}
