/** Large data of one chunk, sealed under a key of its own and staged: what a record can hold by itself. */
import type { Bytes } from '@hypergate/node/api';
import { nodeLimits } from '@hypergate/node/api';
import { dataPieceBytes, newDataKey, sealData, streamLength } from '@hypergate/node/crypto';
import type { DataRef } from './api.ts';
import { TableMisuse } from './errors.ts';
import { tableLimits } from './limits.ts';
import { PieceSource } from './piece-source.ts';
import { type ChunkModules, ChunkStager } from './stage-chunk.ts';

/** @throws NodeError `aborted`, `storage-full`; TableMisuse outside `dataBytesMin` and `chunkBytes`; what the source throws */
export async function stageData(
  input: Bytes | AsyncIterable<Bytes>,
  modules: ChunkModules,
  signal?: AbortSignal,
): Promise<DataRef> {
  if (input instanceof Uint8Array && input.length <= dataPieceBytes)
    return stageOnePiece(input, modules, signal);
  const source = new PieceSource(input instanceof Uint8Array ? once(input) : input);
  const stop = new AbortController();
  const giveUp = (): void => source.interrupt(signal?.reason);
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    const both = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
    const content = await new ChunkStager(modules).stage(source, both);
    if (content.kind === 'inline') throw tooShort();
    if (await source.more())
      throw new TableMisuse(`data of more than ${tableLimits.chunkBytes} bytes is a blob`);
    return { key: content.key, length: content.plainLength, chunk: content.ref };
  } finally {
    signal?.removeEventListener('abort', giveUp);
    source.abandon();
  }
}

async function stageOnePiece(
  plain: Bytes,
  { node, random }: ChunkModules,
  signal?: AbortSignal,
): Promise<DataRef> {
  if (streamLength(plain.length, dataPieceBytes) < nodeLimits.chunkBytesMin) throw tooShort();
  const key = newDataKey(random);
  const sealed = Buffer.concat(sealData(key).seal([plain], true));
  return { key, length: plain.length, chunk: await node.stage(sealed, signal) };
}

function tooShort(): TableMisuse {
  return new TableMisuse(`data of less than ${tableLimits.dataBytesMin} bytes stands in its record`);
}

async function* once(bytes: Bytes): AsyncGenerator<Bytes> {
  yield bytes;
}
