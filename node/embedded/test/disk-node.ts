/** A node over real files in a temporary folder. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevelStore, NodeDisk, openChunkStore, openCommitLog } from '../../store/index.ts';
import {
  type EmbeddedNode,
  type EmbeddedNodeModules,
  ed25519SigningKey,
  openEmbeddedNode,
  systemClock,
} from '../index.ts';
import type { EmbeddedNodeOptions } from '../modules.ts';

export interface DiskNode {
  readonly node: EmbeddedNode;
  readonly modules: EmbeddedNodeModules;
}

export async function withFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'hypergate-node-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

export async function openDiskNode(
  folder: string,
  options: EmbeddedNodeOptions = {},
  overrides: Partial<EmbeddedNodeModules> = {},
): Promise<DiskNode> {
  const disk = new NodeDisk(folder);
  const kv = await ClassicLevelStore.open({ location: join(folder, 'state') });
  const random = (length: number): Buffer => randomBytes(length);
  const modules: EmbeddedNodeModules = {
    kv,
    openLog: ({ applied }) => openCommitLog({ folder: 'log', atLeast: applied }, { disk, random }),
    openChunks: ({ isNamed }) =>
      openChunkStore({ folder: 'chunks' }, { disk, kv, isNamed, clock: Date, random }),
    nodeKey: ed25519SigningKey(Buffer.alloc(32, 1)),
    writerKey: ed25519SigningKey(Buffer.alloc(32, 2)),
    random: { bytes: random },
    clock: systemClock,
    ...overrides,
  };
  return { node: await openEmbeddedNode(options, modules), modules };
}
