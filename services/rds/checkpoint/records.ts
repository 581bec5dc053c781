/**
 * Rows of checkpoints and layers. A checkpoint, its new layer and that layer's blob become part of the domain in one transaction; to
 * remove some, their rows go first, then each layer that none names any more. So a crash leaves whole checkpoints, and at most
 * layers without one, which opening removes.
 */
import type {
  DomainWrite,
  StagedBlob,
  TableDefinition,
  TableDomain,
  TransactOptions,
} from '@hypergate/table';
import {
  type CheckpointRow,
  checkpointKey,
  checkpointsTable,
  type LayerRow,
  layersTable,
} from '../model/checkpoint-tables.ts';
import type { InstanceStore } from '../model/instance-store.ts';
import { CheckpointError } from './errors.ts';

export interface NewLayer {
  readonly row: LayerRow;
  readonly staged: StagedBlob;
}

/** What nobody holds a lease of any more has no fence: a snapshot, the domain of a deleted instance. */
export type WritableStore = Omit<InstanceStore, 'fence'> & Partial<Pick<InstanceStore, 'fence'>>;

export function fenced({ fence }: WritableStore): TransactOptions {
  return fence === undefined ? {} : { fence };
}

const none = Buffer.alloc(0);

export class CheckpointRecords {
  private rows: CheckpointRow[];
  private readonly layers: Map<number, LayerRow>;

  private constructor(rows: CheckpointRow[], layers: Map<number, LayerRow>) {
    this.rows = rows;
    this.layers = layers;
  }

  static async read(domain: TableDomain): Promise<CheckpointRecords> {
    const rows = await allOf(domain, checkpointsTable);
    const layers = await allOf(domain, layersTable);
    return new CheckpointRecords(rows, new Map(layers.map((layer) => [layer.id, layer])));
  }

  /** Oldest first. */
  get all(): readonly CheckpointRow[] {
    return this.rows;
  }

  get newest(): CheckpointRow | undefined {
    return this.rows.at(-1);
  }

  get allLayers(): readonly LayerRow[] {
    return [...this.layers.values()];
  }

  get nextId(): number {
    return (this.newest?.id ?? 0) + 1;
  }

  /** The newest checkpoint names the newest layer and is never removed, so that no number comes twice. */
  get nextLayer(): number {
    return Math.max(0, ...this.layers.keys()) + 1;
  }

  /** Oldest first. @throws CheckpointError `damaged` */
  layersOf({ id, layers }: CheckpointRow): LayerRow[] {
    return layers.map((layer) => {
      const row = this.layers.get(layer);
      if (row === undefined)
        throw new CheckpointError('damaged', `checkpoint ${id} lacks its layer ${layer}`);
      return row;
    });
  }

  async add(
    { tables, domain, fence }: InstanceStore,
    row: CheckpointRow,
    { row: layer, staged }: NewLayer,
  ): Promise<void> {
    // Nobody else has written here: the fence sees to it, and tells so in its own words.
    await tables.transact(
      [
        { kind: 'put-blob', domain, blob: staged },
        { kind: 'put', domain, table: layersTable, key: checkpointKey(layer.id), row: layer },
        { kind: 'put', domain, table: checkpointsTable, key: checkpointKey(row.id), row },
      ],
      { fence },
    );
    this.rows.push(row);
    this.layers.set(layer.id, layer);
  }

  /** All others go, with their layers. */
  async keepOnly(store: WritableStore, kept: readonly CheckpointRow[]): Promise<void> {
    const { tables, domain } = store;
    const gone = this.rows.filter((row) => !kept.includes(row));
    if (gone.length > 0) {
      const writes = gone.map(({ id }): DomainWrite => {
        return { kind: 'remove', domain, table: checkpointsTable, key: checkpointKey(id) };
      });
      await tables.transact(writes, fenced(store));
      this.rows = this.rows.filter((row) => kept.includes(row));
    }
    await this.removeUnused(store);
  }

  /** Layers that a crash left. One at a time: a blob's chunks may fill a transaction. */
  async removeUnused(store: WritableStore): Promise<void> {
    const { tables, domain } = store;
    const used = new Set(this.rows.flatMap(({ layers }) => layers));
    for (const [id, { blob }] of this.layers) {
      if (used.has(id)) continue;
      await tables.transact(
        [
          { kind: 'remove', domain, table: layersTable, key: checkpointKey(id) },
          { kind: 'remove-blob', domain, blob },
        ],
        fenced(store),
      );
      this.layers.delete(id);
    }
  }
}

async function allOf<Row>(domain: TableDomain, table: TableDefinition<Row>): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { sort } of await domain.scan(table, none, {})) {
    const stored = await domain.get(table, { partition: none, sort });
    if (stored !== undefined) rows.push(stored.row);
  }
  return rows;
}
