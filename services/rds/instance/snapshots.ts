/** Snapshots: each has a domain of its own, made from the newest checkpoint without copying its pages. */
import type { Clock } from '@hypergate/kit';
import { takeSnapshot } from '../checkpoint/snapshot.ts';
import type { SnapshotRow } from '../model/instance-table.ts';
import { type InstanceId, InstanceRefusal, type SnapshotId, type SnapshotInfo } from './api.ts';
import { type DataMaker, fromSnapshot } from './data-maker.ts';
import type { Instance } from './instance.ts';
import { instanceLimits } from './limits.ts';
import { type PurgeModules, purgeDomain } from './purge.ts';
import type { Rows } from './registry.ts';
import { Session } from './session.ts';
import { walSourceOf } from './wal-source.ts';

export interface SnapshotsParts extends PurgeModules {
  readonly rows: Rows<SnapshotRow>;
  readonly clock: Clock;
}

export class Snapshots {
  private readonly parts: SnapshotsParts;

  constructor(parts: SnapshotsParts) {
    this.parts = parts;
  }

  /** Gives up what a crash left half done. */
  async recover(): Promise<void> {
    const { rows } = this.parts;
    for (const id of rows.ids()) if (rows.get(id)!.phase !== 'made') await this.remove(id);
  }

  async take(instance: Instance, id: SnapshotId): Promise<SnapshotInfo> {
    const { tables, rows, clock } = this.parts;
    if (rows.get(id) !== undefined)
      throw new InstanceRefusal('wrong-state', `there is a snapshot ${id} already`);
    if (rows.size >= instanceLimits.snapshotsMax)
      throw new InstanceRefusal('too-many', 'there are too many snapshots');
    const domain = tables.prepareDomain();
    const row: SnapshotRow = {
      instance: instance.id,
      domain: Buffer.from(domain.address).toString('hex'),
      phase: 'making',
      major: instance.row.major,
      engineVersion: instance.row.engineVersion ?? String(instance.row.major),
      createdMs: clock.now(),
      bytes: 0,
    };
    await rows.put(id, row, [{ kind: 'create-domain', domain }]);
    try {
      return await instance.exclusively(undefined, async (serving) => {
        if (!(serving instanceof Session))
          throw new InstanceRefusal('wrong-state', 'a replica has no data of its own');
        const { store, checkpoints, engine, log } = serving;
        const { checkpointer } = checkpoints;
        const now = () => clock.now();
        const wal = walSourceOf(log);
        const made = await takeSnapshot({ store, checkpointer, wal, engine, target: domain, now });
        const bytes = checkpointer.newest?.dataBytes ?? 0;
        const whole: SnapshotRow = {
          ...row,
          phase: 'made',
          createdMs: made.createdMs,
          engineVersion: made.engineVersion,
          bytes,
        };
        await rows.put(id, whole);
        return infoOf(id, whole);
      });
    } catch (error) {
      await this.remove(id);
      throw error;
    }
  }

  async remove(id: SnapshotId): Promise<void> {
    const { rows } = this.parts;
    const row = rows.get(id);
    if (row === undefined) return;
    if (row.phase === 'made') await rows.put(id, { ...row, phase: 'deleting' });
    await purgeDomain(this.parts, Buffer.from(row.domain, 'hex'));
    await rows.remove(id);
  }

  /** @throws InstanceRefusal `unknown` */
  info(id: SnapshotId): SnapshotInfo {
    const row = this.parts.rows.get(id);
    if (row?.phase !== 'made') throw new InstanceRefusal('unknown', `there is no snapshot ${id}`);
    return infoOf(id, row);
  }

  async maker(id: SnapshotId): Promise<DataMaker> {
    this.info(id);
    const { tables, rows } = this.parts;
    return fromSnapshot(await tables.openDomain(Buffer.from(rows.get(id)!.domain, 'hex')));
  }

  ofInstance(id: InstanceId): SnapshotId[] {
    const { rows } = this.parts;
    return rows.ids().filter((each) => rows.get(each)!.instance === id);
  }
}

function infoOf(id: SnapshotId, row: SnapshotRow): SnapshotInfo {
  const { instance, major, engineVersion, createdMs, bytes } = row;
  return { id, instance, major, engineVersion, createdMs, bytes };
}
