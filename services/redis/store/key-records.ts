/**
 * Records of keys: what proofs are about. Written a short while behind, from the states that the engine gives. A record is
 * replaced in one transaction with all that it names, so it always shows its key as it was after one batch.
 */
import { type DomainWrite, inlineBytesMax, pieceRowBytesMax, stagePieces } from '@hypergate/table';
import { type KeyRow, keyRecordKey, keysTable } from '../model/key-row.ts';
import type { KeyState, SegmentsState, ValueState } from '../process/key-states.ts';
import { Leftovers, type RecordModules } from './leftovers.ts';
import { storeLimits } from './limits.ts';
import { readRecord, removalsOf, rowsOf } from './record-rows.ts';
import { storeOf } from './segment-store.ts';
import { SegmentedRecord } from './segmented-record.ts';

type Place = Pick<KeyState, 'database' | 'key'>;

export class KeyRecords {
  private readonly modules: RecordModules;
  private readonly leftovers: Leftovers;
  /** Of which segments came, and more will. */
  private open: SegmentedRecord | undefined;
  /** Writes of records in one row each, gathered. */
  private writes: DomainWrite[] = [];
  private readonly places = new Set<string>();
  private bytes = 0;
  /** Segment of the element that was asked for. */
  found: number | undefined;

  constructor(modules: RecordModules) {
    this.modules = modules;
    this.leftovers = new Leftovers(modules);
  }

  /** Removes what a crash left. */
  recover(): Promise<void> {
    return this.leftovers.recover();
  }

  /**
   * Writes and removes records.
   * @param batch last one that the states may show
   */
  async write(states: readonly KeyState[], batch: number): Promise<void> {
    for (const state of states) {
      // A transaction writes a record once: a key may be named twice.
      if (this.places.has(placeOf(state))) await this.flush();
      switch (state.kind) {
        case 'gone':
          await this.remove(state);
          break;
        case 'value':
          await this.writeValue(state, state);
          break;
        case 'segments':
          await this.flush();
          await this.writeSegments(state, state, batch);
          break;
        case 'abandoned':
          await this.open?.abandon();
          this.open = undefined;
          break;
      }
    }
    await this.flush();
  }

  private async writeSegments(place: Place, state: SegmentsState, batch: number): Promise<void> {
    if (state.isFirst) {
      const { database } = place;
      const key = Buffer.from(place.key, 'latin1');
      this.open = await SegmentedRecord.open(database, key, batch, this.leftovers, this.modules);
    }
    const { open } = this;
    if (open === undefined) throw new Error('segments of a record that was not begun');
    await open.add(state);
    if (state.end === undefined) return;
    this.open = undefined;
    this.found = state.end.found;
    await open.finish(state.end, state.isWhole);
  }

  private async writeValue(place: Place, state: ValueState): Promise<void> {
    const { tables, domain } = this.modules;
    const { database } = place;
    const key = Buffer.from(place.key, 'latin1');
    const { type, expiresAt, value } = state;
    const batch = Math.ceil(state.batch);
    const parts = rowsOf(value.length);
    const writes: DomainWrite[] = [];
    let bytes = 0;
    for (let part = 0; part < parts; part++) {
      const piece = value.subarray(part * pieceRowBytesMax, (part + 1) * pieceRowBytesMax);
      const isInline = piece.length <= inlineBytesMax;
      const pieces = isInline
        ? [{ kind: 'inline' as const, bytes: piece }]
        : await stagePieces(tables, piece);
      const content = { form: 'inline' as const, valueBytes: value.length, pieces };
      const row: KeyRow = { key, type, expiresAt, batch, content };
      writes.push({ kind: 'put', domain, table: keysTable, key: keyRecordKey(database, key, part), row });
      bytes += (isInline ? piece.length : 0) + key.length * 2;
    }
    const before = state.wasLong ? await readRecord(database, key, this.modules) : undefined;
    await this.replace(place, before, writes, parts, bytes);
  }

  private async remove(place: Place): Promise<void> {
    const { database } = place;
    const key = Buffer.from(place.key, 'latin1');
    const before = await readRecord(database, key, this.modules);
    if (before === undefined) return;
    await this.replace(place, before, [], 0, 0);
  }

  /** @param writes the record's first rows; those of the one before that are left over go */
  private async replace(
    place: Place,
    before: KeyRow | undefined,
    writes: readonly DomainWrite[],
    parts: number,
    bytes: number,
  ): Promise<void> {
    const { database } = place;
    const record = [...writes, ...removalsOf(database, before, parts, this.modules)];
    if (before?.content.form === 'segments') {
      await this.flush();
      const store = storeOf(database, before, before.content, this.leftovers, this.modules);
      await store.commit(record, await store.all(before.content));
      return;
    }
    const size = bytes + record.length * storeLimits.writeBytes;
    if (this.bytes + size > this.modules.limits.transactionBytes) await this.flush();
    this.places.add(placeOf(place));
    this.writes.push(...record);
    this.bytes += size;
  }

  private async flush(): Promise<void> {
    if (this.writes.length === 0) return;
    const { tables, fence } = this.modules;
    const { writes } = this;
    this.writes = [];
    this.places.clear();
    this.bytes = 0;
    await tables.transact(writes, { fence });
  }
}

function placeOf({ database, key }: Place): string {
  return `${database} ${key}`;
}
