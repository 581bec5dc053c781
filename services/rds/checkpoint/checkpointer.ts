/**
 * Takes checkpoints of one instance's data directory and keeps as many as are needed. Neon (https://neon.tech) has the same two
 * kinds of layers over a log; here whole checkpoints stand beside the log, as nobody reads single pages from them.
 *
 * Of one checkpoint: a backup is opened in the server, the files that changed are read and compared page by page with what the last
 * checkpoint had, pages that differ are staged as a layer, the backup is closed, and when the log is certified up to there
 * the checkpoint becomes part of the domain, whole. Nothing is left of one that fails on the way.
 */
import type { StagedBlob } from '@hypergate/table';
import type { RunningEngine } from '../engine/api.ts';
import type { CheckpointRow, LayerRow } from '../model/checkpoint-tables.ts';
import type { InstanceStore } from '../model/instance-store.ts';
import type { Lsn } from '../model/lsn.ts';
import { withBackup } from './backup-mode.ts';
import { stateOf } from './known-state.ts';
import { LayerWriter, type MadeLayer } from './layer-writer.ts';
import { checkpointLimits } from './limits.ts';
import type { DirectoryState } from './page-hashes.ts';
import { isDue, isImageDue, keptCheckpoints, oldestNeeded } from './policy.ts';
import { CheckpointRecords } from './records.ts';
import { Turns } from './turns.ts';

export type CheckpointEngine = Pick<RunningEngine, 'major' | 'dataDir' | 'connect'>;

export interface CheckpointModules {
  readonly store: InstanceStore;
  /** Resolves when the log is certified up to there. */
  readonly waitCertified: (lsn: Lsn, signal?: AbortSignal) => Promise<void>;
  /** Milliseconds since 1970, by the clock that the server and the file system have. */
  readonly now: () => number;
  readonly settleMs?: number;
}

export interface CheckpointInfo {
  readonly row: CheckpointRow;
  /** What it added. */
  readonly layer: LayerRow;
  readonly filesRead: number;
}

export class Checkpointer {
  private readonly modules: CheckpointModules;
  private readonly turns = new Turns();
  /** Undefined after a write whose outcome is not known: then they are read again. */
  private records: CheckpointRecords | undefined;
  /** What the layers of this checkpoint hold. Lost at every start. */
  private known: { readonly checkpoint: number; readonly state: DirectoryState } | undefined;
  private list: readonly CheckpointRow[];

  private constructor(modules: CheckpointModules, records: CheckpointRecords) {
    this.modules = modules;
    this.records = records;
    this.list = [...records.all];
  }

  /** Removes what a crash left. */
  static async open(modules: CheckpointModules): Promise<Checkpointer> {
    return new Checkpointer(modules, await recovered(modules.store));
  }

  /** Oldest first. */
  get checkpoints(): readonly CheckpointRow[] {
    return this.list;
  }

  get newest(): CheckpointRow | undefined {
    return this.list.at(-1);
  }

  /** @param walEnd where the log stands */
  isDue(walEnd: Lsn): boolean {
    return isDue(this.newest, walEnd);
  }

  /** The log before it is needed for no checkpoint that is there. Undefined: all of it is. */
  oldestNeeded(): Lsn | undefined {
    return oldestNeeded(this.list);
  }

  /** From when on points in time can be restored: the latest is what is certified. Undefined: none yet. */
  earliestRestorableMs(windowMs: number): number | undefined {
    const oldest = this.list[0];
    return oldest && Math.max(oldest.timeMs, this.modules.now() - windowMs);
  }

  /**
   * @param reason for the record: a word or two
   * @throws CheckpointError `not-supported`; StaleTerm; what the server, the file system and the node throw
   */
  take(engine: CheckpointEngine, reason: string, signal?: AbortSignal): Promise<CheckpointInfo> {
    return this.turns.take(() => this.taken(engine, reason, signal));
  }

  /** Removes what the window does not need. */
  retain(windowMs: number): Promise<void> {
    return this.turns.take(async () => {
      const records = await this.current();
      await this.write(records, () =>
        records.keepOnly(
          this.modules.store,
          keptCheckpoints(records.all, { nowMs: this.modules.now(), windowMs }),
        ),
      );
    });
  }

  /** Runs `work` while nothing is removed. */
  hold<T>(work: (records: CheckpointRecords) => Promise<T>): Promise<T> {
    return this.turns.take(async () => work(await this.current()));
  }

  private async taken(
    engine: CheckpointEngine,
    reason: string,
    signal: AbortSignal | undefined,
  ): Promise<CheckpointInfo> {
    const { store, waitCertified, now, settleMs = checkpointLimits.settleMs } = this.modules;
    const records = await this.current();
    const id = records.nextId;
    const below = records.newest === undefined ? [] : records.layersOf(records.newest);
    const isImage = isImageDue(records.newest, below, engine.major);
    const before = isImage ? undefined : await this.stateOf(records.newest!, below);
    const writer = new LayerWriter({ dataDir: engine.dataDir, before, now, settleMs });
    let staged: StagedBlob | undefined;
    try {
      const { end } = await withBackup(engine, `hypergate ${id}`, async () => {
        staged = await store.domain.stageBlob(writer.bytes(signal), signal);
      });
      const timeMs = now();
      await waitCertified(end.stopLsn, signal);
      const made = writer.result;
      const layer = { id: records.nextLayer, blob: blobOf(staged!), ...made.parts };
      const layers = [...(isImage ? [] : records.newest!.layers), layer.id];
      const row: CheckpointRow = {
        id,
        kind: isImage ? 'image' : 'delta',
        reason,
        major: engine.major,
        ...end,
        timeMs,
        layers,
        files: made.files,
        dataBytes: made.dataBytes,
      };
      await this.write(records, () => records.add(store, row, { row: layer, staged: staged! }));
      return this.finished(row, layer, made);
    } catch (error) {
      // Takes nothing back that a record names after all.
      if (staged !== undefined) store.tables.unstage?.(staged);
      throw error;
    }
  }

  private finished(row: CheckpointRow, layer: LayerRow, { state, filesRead }: MadeLayer): CheckpointInfo {
    this.known = { checkpoint: row.id, state };
    return { row, layer, filesRead };
  }

  private async stateOf(newest: CheckpointRow, layers: readonly LayerRow[]): Promise<DirectoryState> {
    if (this.known?.checkpoint === newest.id) return this.known.state;
    return stateOf(this.modules.store.domain, layers);
  }

  private async current(): Promise<CheckpointRecords> {
    this.records ??= await recovered(this.modules.store);
    this.list = [...this.records.all];
    return this.records;
  }

  private async write(records: CheckpointRecords, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.list = [...records.all];
    } catch (error) {
      this.records = undefined;
      throw error;
    }
  }
}

function blobOf({ id, length, chunkBytes }: StagedBlob): LayerRow['blob'] {
  return { id: Buffer.from(id), length, chunkBytes };
}

async function recovered(store: InstanceStore): Promise<CheckpointRecords> {
  const records = await CheckpointRecords.read(store.domain);
  await records.removeUnused(store);
  return records;
}
