/**
 * Empties the state, for developers' test suites. The log goes on from its position; what it held is not replayed again,
 * because the state is synced before. A mark makes an interrupted reset go on at the next start.
 */
import { type Position, Tag } from '../api/index.ts';
import { decodeChunkCount, keyRange, prefix } from '../hypergraph/index.ts';
import type { KeyValueStore, KvOperation, KvRange } from '../store/kv.ts';
import { decodeNumber, emptiedKey, encodeNumber, localParts, resettingKey } from './format/v1.ts';
import { embeddedLimits } from './limits.ts';
import type { NodeChunkStore } from './modules.ts';

/** What a reset leaves: the head, what followers need, the chunk store's own keys. Position records go, with their ids. */
const emptied: readonly KvRange[] = [
  keyRange(prefix.atom),
  keyRange(prefix.domain),
  keyRange(prefix.lease),
  keyRange(prefix.positionRecord),
  keyRange(prefix.removal),
  keyRange(prefix.usage),
  keyRange(prefix.local, localParts.position),
];

export async function markReset(kv: KeyValueStore): Promise<void> {
  await kv.batch([{ type: 'put', key: resettingKey.bytes, value: encodeNumber(1) }], { sync: true });
}

export async function isResetting(kv: KeyValueStore): Promise<boolean> {
  return (await kv.get(resettingKey.bytes)) !== undefined;
}

/** Position at which the state was last emptied, 0 when it never was. */
export async function emptiedPosition(kv: KeyValueStore): Promise<Position> {
  const value = await kv.get(emptiedKey.bytes);
  return value === undefined ? 0 : decodeNumber(value);
}

/** May be interrupted anywhere and begun again. @param at position that the synced state holds */
export async function emptyState(kv: KeyValueStore, chunks: NodeChunkStore, at: Position): Promise<void> {
  for (const range of emptied) await deleteRange(kv, range);
  await deleteRange(kv, keyRange(prefix.chunkCount), (key, value) => {
    const hash = Buffer.concat([Buffer.of(Tag.sha256), key.subarray(1)]);
    chunks.dropped([{ hash, length: decodeChunkCount(value).length }]);
  });
  const done: KvOperation[] = [
    { type: 'put', key: emptiedKey.bytes, value: encodeNumber(at) },
    { type: 'del', key: resettingKey.bytes },
  ];
  await kv.batch(done, { sync: true });
}

async function deleteRange(
  kv: KeyValueStore,
  range: KvRange,
  deleted?: (key: Uint8Array, value: Uint8Array) => void,
): Promise<void> {
  const limit = embeddedLimits.deletedKeysPerBatch;
  for (;;) {
    const entries: (readonly [Uint8Array, Uint8Array])[] = [];
    for await (const entry of kv.entries({ ...range, limit })) entries.push(entry);
    if (entries.length > 0) {
      await kv.batch(
        entries.map(([key]) => ({ type: 'del', key })),
        { sync: false },
      );
    }
    for (const [key, value] of entries) deleted?.(key, value);
    if (entries.length < limit) return;
  }
}
