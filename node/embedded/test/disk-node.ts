/** A node over real files in a temporary folder. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevelStore, NodeDisk, openCommitLog } from '../../store/index.ts';
import {
  type EmbeddedNode,
  type EmbeddedNodeModules,
  MemoryState,
  memoryModules,
  openEmbeddedNode,
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
  const modules: EmbeddedNodeModules = {
    ...memoryModules(new MemoryState()),
    kv,
    openLog: ({ applied }) =>
      openCommitLog({ folder: 'log', atLeast: applied }, { disk, random: (length) => randomBytes(length) }),
    ...overrides,
  };
  return { node: await openEmbeddedNode(options, modules), modules };
}
