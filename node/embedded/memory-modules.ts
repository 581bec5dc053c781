/**
 * Modules that keep everything in memory: a node for tests of what is built on the ports. Nothing survives `close`
 * unless the same `MemoryState` is opened again.
 */
import { createHash, randomBytes } from 'node:crypto';
import { type Bytes, type ChunkRef, NodeError, nodeLimits, Tag } from '../api/index.ts';
import { ed25519SigningKey, type SigningKey } from '../crypto/ed25519.ts';
import type { CommitLog } from '../store/commit-log-port.ts';
import type { KeyValueStore, KvOperation, KvRange } from '../store/kv.ts';
import { systemClock } from './clock.ts';
import type { EmbeddedNode, EmbeddedNodeModules, EmbeddedNodeOptions, NodeChunkStore } from './modules.ts';
import { openEmbeddedNode } from './open.ts';

/** What a memory node keeps between `close` and the next opening. */
export class MemoryState {
  readonly entries = new Map<string, Buffer>();
  readonly records: Buffer[] = [];
  readonly chunks = new Map<string, Buffer>();
  released = 1;
}

export interface MemoryNode {
  readonly node: EmbeddedNode;
  readonly state: MemoryState;
  readonly writerKey: SigningKey;
}

/** @param modules replace parts of the memory node, its keys for instance */
export async function openMemoryNode(
  modules: Partial<EmbeddedNodeModules> & { readonly state?: MemoryState } = {},
  options: EmbeddedNodeOptions = {},
): Promise<MemoryNode> {
  const state = modules.state ?? new MemoryState();
  const complete = { ...memoryModules(state), ...modules };
  return { node: await openEmbeddedNode(options, complete), state, writerKey: complete.writerKey };
}

export function memoryModules(state: MemoryState): EmbeddedNodeModules {
  return {
    kv: memoryStore(state),
    openLog: async () => memoryLog(state),
    openChunks: async () => memoryChunks(state),
    nodeKey: ed25519SigningKey(Buffer.alloc(32, 1)),
    writerKey: ed25519SigningKey(Buffer.alloc(32, 2)),
    random: { bytes: (length) => randomBytes(length) },
    clock: systemClock,
  };
}

const text = (key: Uint8Array): string => Buffer.from(key).toString('latin1');

function memoryStore({ entries }: MemoryState): KeyValueStore {
  const apply = (operations: readonly KvOperation[]): void => {
    for (const operation of operations) {
      if (operation.type === 'put') entries.set(text(operation.key), Buffer.from(operation.value));
      else entries.delete(text(operation.key));
    }
  };
  const select = (range: KvRange): [Buffer, Buffer][] => {
    const { gte, gt, lt, lte } = range;
    const keys = [...entries.keys()].filter((key) => {
      if (gte !== undefined && key < text(gte)) return false;
      if (gt !== undefined && key <= text(gt)) return false;
      if (lte !== undefined && key > text(lte)) return false;
      return lt === undefined || key < text(lt);
    });
    keys.sort((left, right) => (left < right ? -1 : 1));
    if (range.reverse) keys.reverse();
    return keys
      .slice(0, range.limit ?? keys.length)
      .map((key) => [Buffer.from(key, 'latin1'), entries.get(key) as Buffer]);
  };
  return {
    get: async (key) => entries.get(text(key)),
    getSync: (key) => entries.get(text(key)),
    batch: async (operations) => apply(operations),
    entries: (range) => iterate(select(range)),
    close: async () => undefined,
  };
}

async function* iterate<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}

function memoryLog(state: MemoryState): CommitLog {
  return {
    append(record) {
      const position = state.records.push(Buffer.from(record));
      return { position, durable: Promise.resolve() };
    },
    async *read(from) {
      for (let position = from; position <= state.records.length; position++) {
        yield { position, record: state.records[position - 1] as Buffer };
      }
    },
    get first() {
      return state.released;
    },
    get last() {
      return state.records.length;
    },
    async release(below) {
      state.released = Math.max(state.released, Math.min(below, state.records.length + 1));
      state.records.fill(Buffer.alloc(0), 0, state.released - 1);
    },
    close: async () => undefined,
  };
}

function memoryChunks({ chunks }: MemoryState): NodeChunkStore {
  const find = ({ hash, length }: ChunkRef): Buffer | undefined => {
    const chunk = chunks.get(text(hash));
    return chunk?.length === length ? chunk : undefined;
  };
  return {
    async stage(source, signal) {
      const bytes = await collect(source, signal);
      const hash = Buffer.concat([Buffer.of(Tag.sha256), createHash('sha256').update(bytes).digest()]);
      chunks.set(text(hash), bytes);
      return { hash, length: bytes.length };
    },
    has: (chunk) => find(chunk) !== undefined,
    sync: async () => undefined,
    named: () => undefined,
    dropped(dropped) {
      for (const { hash } of dropped) chunks.delete(text(hash));
    },
    async read(chunk, offset, length) {
      const bytes = find(chunk);
      if (bytes === undefined) throw new NodeError('chunk-unknown', 'the chunk is not here');
      return Buffer.from(bytes.subarray(offset, offset + length));
    },
    collect: async () => 0,
    usage() {
      let bytes = 0;
      for (const chunk of chunks.values()) bytes += chunk.length;
      return { files: chunks.size, bytes, liveBytes: bytes };
    },
    close: async () => undefined,
  };
}

async function collect(source: Bytes | AsyncIterable<Bytes>, signal?: AbortSignal): Promise<Buffer> {
  const pieces: Bytes[] = [];
  let length = 0;
  for await (const piece of source instanceof Uint8Array ? [source] : source) {
    if (signal?.aborted) throw new NodeError('aborted', 'staging was given up');
    length += piece.length;
    if (length > nodeLimits.chunkBytesMax) throw new NodeError('chunk-too-large', 'the chunk is too large');
    pieces.push(Buffer.from(piece));
  }
  if (length === 0) throw new NodeError('malformed', 'a chunk has at least one byte');
  return Buffer.concat(pieces, length);
}
