import type { LocalNodePorts } from '@hypergate/node/api';
import { createKeystore, createPooledRandom, ed25519SigningKey } from '@hypergate/node/crypto';
import { type EmbeddedNode, MemoryState, openMemoryNode } from '@hypergate/node/embedded';
import { type OpenTables, openTables, type TableDefinition, type TreeOptions } from '../../index.ts';
import { RecordingStore } from './recording-store.ts';

export const keystore = createKeystore(Buffer.alloc(32, 0x31));
export const random = createPooledRandom();
export const writer = ed25519SigningKey(keystore.writerSeed());

export const smallTree: Partial<TreeOptions> = {
  pageBytes: 1024,
  leafChangesBytesMax: 300,
  cacheBytes: 8192,
  redoBlockBytes: 1024,
  redoBytesMax: 8192,
  redoBytesCeiling: 32_768,
  redoShare: 1 / 12,
};

export interface Harness {
  readonly node: EmbeddedNode;
  readonly tables: OpenTables;
  readonly state: MemoryState;
  readonly indexStore: RecordingStore;
  readonly failures: unknown[];
  close(): Promise<void>;
}

export async function openHarness(
  state = new MemoryState(),
  indexStore = new RecordingStore(),
  tree: Partial<TreeOptions> = smallTree,
): Promise<Harness> {
  const { node } = await openMemoryNode({ state, writerKey: writer });
  const failures: unknown[] = [];
  const tables = await openTablesOn(node, indexStore, failures, tree);
  const close = async () => {
    await tables.close();
    await node.close();
  };
  return { node, tables, state, indexStore, failures, close };
}

export function openTablesOn(
  node: LocalNodePorts,
  indexStore: RecordingStore,
  failures: unknown[] = [],
  tree: Partial<TreeOptions> = smallTree,
): Promise<OpenTables> {
  return openTables(
    { tree },
    {
      node,
      indexStore,
      keys: keystore,
      writerKey: writer.publicKey,
      random,
      onFailure: (error) => failures.push(error),
    },
  );
}

export interface Note {
  readonly text: string;
  readonly tags: readonly string[];
}

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

/** Rows that begin with `hidden` are not in the index; each tag is a secondary entry. */
export const notes: TableDefinition<Note> = {
  name: 'test.notes',
  description: 'Notes with tags',
  formats: [
    { version: 1, encode: json, decode: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as Note },
  ],
  index: (row) => (row.text.startsWith('hidden') ? undefined : Buffer.from(row.text.slice(0, 10))),
  secondary: (row, key) =>
    row.tags.map((tag) => ({
      index: 'test.notes.by-tag',
      partition: key.partition,
      sort: Buffer.from(tag, 'latin1'),
      projection: key.sort,
    })),
};

export const plain: TableDefinition<string> = {
  name: 'test.plain',
  description: 'Text, indexed, without secondary entries',
  formats: [
    { version: 1, encode: (row) => Buffer.from(row), decode: (bytes) => Buffer.from(bytes).toString() },
  ],
  index: (row) => Buffer.from(row.slice(0, 20)),
};

export const key = (sort: string, partition = '') => ({
  partition: Buffer.from(partition, 'latin1'),
  sort: Buffer.from(sort, 'latin1'),
});

export const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
