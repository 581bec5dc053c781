/**
 * Batches that are not in a segment, and the places of `rds.wal` that they have. A batch that a segment holds as well leaves its place to
 * a later one, which is written over it: to remove it would cost as much as it did to write it. So there are as many places as
 * there ever were batches that waited for a segment; what is in those that are free is below the end of a segment, or of what was
 * trimmed, and therefore of no meaning.
 *
 * What stands in them is known from the private index when the log is opened, and in memory from then on; bytes of late batches
 * are kept, too, as they are about to be sealed.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Condition, TableDomain } from '@hypergate/table';
import type { InstanceStore } from '../model/instance-store.ts';
import type { Lsn, Timeline } from '../model/lsn.ts';
import { placeKey, placesPartition, readPlace, type WalPlace, walTable } from '../model/wal-tables.ts';
import { walLimits } from './limits.ts';

interface Waiting extends WalPlace {
  /** As they were written; undefined when they have to be read. */
  bytes: Buffer | undefined;
  readonly prevHash: Buffer | undefined;
}

export interface Free {
  readonly place: number;
  /** Of what stands in it; 0: nothing does. */
  readonly end: Lsn;
}

export class Places {
  readonly #domain: TableDomain;
  /** In the order of the log. */
  #waiting: Waiting[] = [];
  #free: Free[] = [];
  /** As far as they are known in this process. */
  readonly #revisions = new Map<number, number>();
  #next = 0;
  #keptBytes = 0;

  private constructor(domain: TableDomain) {
    this.#domain = domain;
  }

  /** @param sealedTo where the segments of a timeline end; batches before it wait for nothing */
  static async load(
    { domain }: InstanceStore,
    sealedTo: (timeline: Timeline) => Promise<Lsn>,
  ): Promise<Places> {
    const places = new Places(domain);
    const ends = new Map<Timeline, Lsn>();
    const limit = walLimits.entriesPerTurn;
    for (;;) {
      // Places that were emptied leave gaps among the numbers.
      const gte = placeKey(places.#next).sort;
      const entries = await domain.scan(walTable, placesPartition, { gte, limit });
      for (const entry of entries) {
        const found = readPlace(entry);
        const { timeline, place, end } = found;
        if (!ends.has(timeline)) ends.set(timeline, await sealedTo(timeline));
        if (end <= ends.get(timeline)!) places.#free.push({ place, end });
        else places.#waiting.push({ ...found, bytes: undefined, prevHash: undefined });
        places.#next = place + 1;
      }
      if (entries.length < limit) break;
      await turn();
    }
    places.#waiting.sort((left, right) => left.timeline - right.timeline || left.start - right.start);
    return places;
  }

  /** In the order of the log; not to be changed. */
  get waiting(): readonly WalPlace[] {
    return this.#waiting;
  }

  of(timeline: Timeline): WalPlace[] {
    return this.#waiting.filter((each) => each.timeline === timeline);
  }

  /** The last one that begins before a position. */
  before(timeline: Timeline, before: Lsn = Number.MAX_SAFE_INTEGER): WalPlace | undefined {
    // What is asked for stands near the end, mostly.
    return this.#waiting.findLast((each) => each.timeline === timeline && each.start < before);
  }

  at(timeline: Timeline, start: Lsn): WalPlace | undefined {
    const found = this.before(timeline, start + 1);
    return found?.start === start ? found : undefined;
  }

  /** Bytes of a batch and its link before, if they are still in memory. */
  kept({ place }: WalPlace): { readonly bytes: Buffer; readonly prevHash: Buffer } | undefined {
    const found = this.#waiting.findLast((each) => each.place === place);
    const { bytes, prevHash } = found ?? {};
    return bytes === undefined || prevHash === undefined ? undefined : { bytes, prevHash };
  }

  /** For the next batch: nobody else gets it. */
  take(): Free {
    return this.#free.shift() ?? { place: this.#next++, end: 0 };
  }

  /** What must be so when a batch is written to a place that was taken. */
  async conditionOf({ place, end }: Free): Promise<Condition> {
    if (end === 0) return 'absent';
    const revision =
      this.#revisions.get(place) ?? (await this.#domain.get(walTable, placeKey(place)))?.revision;
    return revision === undefined ? 'absent' : { revision };
  }

  wrote(batch: WalPlace, revision: number, bytes: Buffer, prevHash: Buffer): void {
    this.#revisions.set(batch.place, revision);
    this.#waiting.push({ ...batch, bytes, prevHash });
    this.#keptBytes += bytes.length;
    // Whoever seals reads what is not kept.
    for (const each of this.#waiting) {
      if (this.#keptBytes <= walLimits.keptBytes) break;
      this.#forget(each);
    }
  }

  /**
   * A segment holds them now: their places are free.
   * @returns places of large ones, which are to be emptied (`emptied`) before they are free
   */
  sealed(batches: readonly WalPlace[]): number[] {
    const large: number[] = [];
    for (const { place, start, end } of this.#leave(batches)) {
      if (end - start > walLimits.largeRowBytes) large.push(place);
      else this.#free.push({ place, end });
    }
    return large;
  }

  /**
   * Free places whose content ends at or before a position: with the segment that covers it gone, it would count again. They are to be
   * emptied, and no batch takes them meanwhile.
   */
  takeStale(before: Lsn): number[] {
    const isStale = ({ end }: Free) => end > 0 && end <= before;
    const stale = this.#free.filter(isStale);
    this.#free = this.#free.filter((each) => !isStale(each));
    return stale.map(({ place }) => place);
  }

  /** Nothing stands in them any more, of batches that still waited neither. */
  emptied(places: readonly number[]): void {
    const gone = new Set(places);
    this.#leave(this.#waiting.filter(({ place }) => gone.has(place)));
    for (const place of places) {
      this.#revisions.delete(place);
      this.#free.push({ place, end: 0 });
    }
  }

  #leave(batches: readonly WalPlace[]): Waiting[] {
    const gone = new Set(batches.map(({ place }) => place));
    const left = this.#waiting.filter(({ place }) => gone.has(place));
    this.#waiting = this.#waiting.filter(({ place }) => !gone.has(place));
    for (const each of left) this.#forget(each);
    return left;
  }

  #forget(batch: Waiting): void {
    if (batch.bytes === undefined) return;
    this.#keptBytes -= batch.bytes.length;
    batch.bytes = undefined;
  }
}
