/** Where the data of a new instance comes from: a new cluster, a snapshot, or another instance at a point in time. */
import type { TableDomain } from '@hypergate/table';
import { type RestoreTarget, restore } from '../checkpoint/restore.ts';
import { readSnapshot } from '../checkpoint/snapshot.ts';
import { SnapshotWal } from '../checkpoint/snapshot-wal.ts';
import type { WalSource } from '../checkpoint/wal-source.ts';
import { createCluster } from '../engine/cluster.ts';
import type { EngineIdentity } from '../engine/identity.ts';
import { spareFolder } from '../engine/marker.ts';
import type { EnginePrograms } from '../engine/programs.ts';
import type { EngineRole } from '../engine/settings.ts';
import { InstanceRefusal } from './api.ts';

export interface MakeOptions {
  readonly dataDir: string;
  readonly programs: EnginePrograms;
  readonly identity: EngineIdentity;
  readonly onProgress: (percent: number) => void;
  readonly signal: AbortSignal;
}

/** Fills an absent or empty data directory. @returns how the engine starts in it */
export type DataMaker = (options: MakeOptions) => Promise<EngineRole>;

export interface NewCluster {
  readonly masterUser: string;
  readonly masterPassword: string;
  readonly database?: string | undefined;
}

export function newCluster({ masterUser, masterPassword, database }: NewCluster): DataMaker {
  return async ({ dataDir, programs, identity }) => {
    await createCluster({
      programs,
      identity,
      dataDir,
      masterUser,
      masterPassword,
      ...(database === undefined || database === 'postgres' ? {} : { database }),
    });
    return { kind: 'primary' };
  };
}

/** @param domain of the snapshot */
export function fromSnapshot(domain: TableDomain): DataMaker {
  return async (options) => {
    const row = await readSnapshot(domain);
    if (row === undefined) throw new InstanceRefusal('unknown', 'the snapshot is not whole');
    return restored(domain, new SnapshotWal(domain, row), { kind: 'latest' }, options);
  };
}

/** @param domain of the other instance, whose log `wal` is */
export function fromLog(domain: TableDomain, wal: WalSource, target: RestoreTarget): DataMaker {
  return (options) => restored(domain, wal, target, options);
}

export async function restored(
  domain: TableDomain,
  wal: WalSource,
  target: RestoreTarget,
  { dataDir, identity, onProgress, signal }: MakeOptions,
): Promise<EngineRole> {
  const { timeline } = await restore({
    store: { domain },
    wal,
    dataDir,
    target,
    owner: identity,
    spare: spareFolder(dataDir),
    onProgress: ({ done, total }) => onProgress(total === 0 ? 100 : Math.floor((done / total) * 100)),
    signal,
  });
  return { kind: 'recovery', target: { timeline } };
}
