/** Tables over an embedded node on real files in a temporary folder. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ed25519SigningKey } from '@hypergate/node/crypto';
import { type EmbeddedNode, openEmbeddedNode, systemClock } from '@hypergate/node/embedded';
import { ClassicLevelStore, NodeDisk, openChunkStore, openCommitLog } from '@hypergate/node/store';
import { type OpenTables, openTables } from '../../index.ts';
import { keystore, random, writer } from './harness.ts';

export interface DiskHarness {
  readonly node: EmbeddedNode;
  readonly tables: OpenTables;
  readonly failures: unknown[];
  /** Stops in order. */
  close(): Promise<void>;
  /** Lets go of the files without storing what the private index holds in memory. */
  abandonIndex(): Promise<void>;
}

export async function withFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'hypergate-table-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

export function openIndexStore(folder: string): Promise<ClassicLevelStore> {
  return ClassicLevelStore.open({ location: join(folder, 'index') });
}

export async function openDiskHarness(folder: string): Promise<DiskHarness> {
  const disk = new NodeDisk(folder);
  const kv = await ClassicLevelStore.open({ location: join(folder, 'state') });
  const bytes = (length: number) => random.bytes(length);
  const node = await openEmbeddedNode(
    {},
    {
      kv,
      openLog: ({ applied }) => openCommitLog({ folder: 'log', atLeast: applied }, { disk, random: bytes }),
      openChunks: ({ isNamed }) =>
        openChunkStore({ folder: 'chunks' }, { disk, kv, isNamed, clock: Date, random: bytes }),
      nodeKey: ed25519SigningKey(keystore.nodeSeed()),
      writerKey: writer,
      random,
      clock: systemClock,
    },
  );
  const indexStore = await openIndexStore(folder);
  const failures: unknown[] = [];
  const tables = await openTables(
    {},
    {
      node,
      indexStore,
      keys: keystore,
      writerKey: writer.publicKey,
      random,
      onFailure: (error) => failures.push(error),
    },
  );
  return {
    node,
    tables,
    failures,
    async close() {
      await tables.close();
      await indexStore.close();
      await node.close();
    },
    async abandonIndex() {
      await node.close();
      await indexStore.close();
    },
  };
}
