/** Timelines of an instance: which there are, where each left its parent, and PostgreSQL's files about it. */
import type { TableDomain } from '@hypergate/table';
import { formatLsn, type Lsn, type Timeline } from '../model/lsn.ts';
import { readTimeline, type TimelineRow, timelinesPartition, timelinesTable } from '../model/wal-tables.ts';
import { WalError } from './errors.ts';
import { walLimits } from './limits.ts';

export type KnownTimeline = TimelineRow & { readonly timeline: Timeline };

/** The part of a history that stands on one timeline. */
export interface TimelineSpan {
  readonly timeline: Timeline;
  readonly start: Lsn;
  /** Where the next one of the history begins; undefined: the last one. */
  readonly end: Lsn | undefined;
}

/** Oldest first. */
export type TimelineHistory = readonly TimelineSpan[];

export class Timelines {
  readonly #known: Map<Timeline, KnownTimeline>;

  constructor(known: readonly KnownTimeline[]) {
    this.#known = new Map(known.map((each) => [each.timeline, each]));
  }

  static async load(domain: TableDomain): Promise<Timelines> {
    const options = { limit: walLimits.timelinesMax };
    const entries = await domain.scan(timelinesTable, timelinesPartition, options);
    return new Timelines(entries.map(readTimeline));
  }

  get newest(): KnownTimeline | undefined {
    let newest: KnownTimeline | undefined;
    for (const each of this.#known.values())
      if (newest === undefined || each.timeline > newest.timeline) newest = each;
    return newest;
  }

  /** In order of their numbers. */
  list(): KnownTimeline[] {
    return [...this.#known.values()].sort((left, right) => left.timeline - right.timeline);
  }

  get(timeline: Timeline): KnownTimeline | undefined {
    return this.#known.get(timeline);
  }

  add(timeline: KnownTimeline): void {
    this.#known.set(timeline.timeline, timeline);
  }

  /** @throws WalError `timeline` */
  history(timeline: Timeline): TimelineHistory {
    const spans: TimelineSpan[] = [];
    let end: Lsn | undefined;
    for (let each = this.#known.get(timeline); ; each = this.#known.get(each.parent)) {
      if (each === undefined)
        throw new WalError('timeline', `a timeline that leads to ${timeline} is unknown`);
      spans.unshift({ timeline: each.timeline, start: each.switchLsn, end });
      if (each.parent === 0) return spans;
      end = each.switchLsn;
    }
  }

  /** Content of the timeline's file in pg_wal: a line for each ancestor. Empty for the first. */
  historyFileText(timeline: Timeline): string {
    return this.history(timeline)
      .filter((span) => span.end !== undefined)
      .map((span) => `${span.timeline}\t${formatLsn(span.end!)}\tno recovery target specified\n`)
      .join('');
  }
}
