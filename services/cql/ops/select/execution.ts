/**
 * Reads partitions row by row, and makes rows of a result: what is not alive or not meant is left out, limits and pages end it. Everything
 * runs without waiting as long as the storage does; a long read lets others have their turn.
 */
import { setImmediate } from 'node:timers/promises';
import type { Row } from '../../engine/model.ts';
import { isPromise } from '../../engine/soon.ts';
import type { PartitionCursor, Soon, TableScan } from '../../engine/storage.ts';
import { invalid } from '../../errors.ts';
import { statementWork } from '../../functions/statement-work.ts';
import type { TableSchema } from '../../schema/model.ts';
import type { Value } from '../../types/api.ts';
import { compareBytes } from '../../types/compare.ts';
import type { BoundValue } from '../api.ts';
import { CurrentRow, isThere } from './current-row.ts';
import { type Grouping, Groups } from './grouping.ts';
import { selectLimits } from './limits.ts';
import type { Place } from './paging-state.ts';
import { meets, type RowFilter } from './row-filter.ts';
import { keptRow, type ResultRow, type Selection } from './selection.ts';

export interface Reading {
  readonly table: TableSchema;
  readonly selection: Selection;
  readonly grouping: Grouping | undefined;
  readonly filter: RowFilter;
  readonly source: TableScan;
  readonly values: readonly BoundValue[];
  readonly isDistinct: boolean;
  /** A partition without rows shows its statics: rows are not tested, then. */
  readonly showsStatics: boolean;
  /** Seconds since 1970. */
  readonly now: number;
  /** Infinity: without limit. Of rows, or groups. */
  readonly limit: number;
  readonly perPartitionLimit: number;
  readonly pageSize: number;
  /** A partition that an earlier page left, with so many rows to go. */
  readonly resumed: { readonly key: Value; readonly remainingInPartition: number } | undefined;
}

export class Execution {
  readonly rows: ResultRow[] = [];
  /** Where the page ended; undefined: there is nothing more. */
  place: Place | undefined;
  private readonly reading: Reading;
  private readonly current: CurrentRow;
  private readonly groups: Groups | undefined;
  private cursor: PartitionCursor | undefined;
  private isDone = false;
  /** A row of the partition was shown, maybe on an earlier page. */
  private hasShown = false;
  private remaining: number;
  private remainingInPartition: number;
  private bytes = 0;
  private values = 0;
  private looked = 0;
  /** By `performance.now`; 0: nobody has looked yet. */
  private turnEnds = 0;
  /** Of functions of users. */
  private readonly work = statementWork();

  constructor(reading: Reading) {
    const { table, selection, grouping, values, now } = reading;
    this.reading = reading;
    this.current = new CurrentRow(table, selection.columns.columns, now);
    this.groups = grouping && new Groups(selection, grouping, values);
    this.remaining = reading.limit;
    this.remainingInPartition = reading.perPartitionLimit;
  }

  run(): Soon<void> {
    const waiting = this.advance();
    return waiting === undefined ? this.finish() : this.runLate(waiting);
  }

  private async runLate(first: Promise<void>): Promise<void> {
    for (let waiting: Promise<void> | undefined = first; waiting !== undefined; waiting = this.advance())
      await waiting;
    this.finish();
  }

  private finish(): void {
    const { grouping, selection } = this.reading;
    if (grouping?.isWhole) this.rows.push(keptRow(selection, this.groups!.close()));
  }

  /** @returns what has to be waited for; undefined: it is done */
  private advance(): Promise<void> | undefined {
    while (!this.isDone) {
      this.looked += 1;
      if (this.isTurnOver || this.work?.isTurnOver) {
        this.work?.nextTurn();
        return setImmediate().then(() => this.beginTurn());
      }
      if (this.cursor === undefined) {
        const cursor = this.reading.source.next();
        if (isPromise(cursor)) return cursor.then((opened) => this.enter(opened));
        this.enter(cursor);
        continue;
      }
      const row = this.cursor.next();
      if (isPromise(row)) return row.then((read) => this.look(read));
      this.look(row);
    }
    return undefined;
  }

  private beginTurn(): void {
    this.turnEnds = performance.now() + selectLimits.turnMs;
  }

  /** A row with a large collection takes as long as thousands of others: time is looked at, too, but not for each row. */
  private get isTurnOver(): boolean {
    const { looked } = this;
    if (looked % selectLimits.rowsPerLook !== 0) return false;
    if (this.turnEnds === 0) this.beginTurn();
    return looked % selectLimits.rowsPerTurn === 0 || performance.now() >= this.turnEnds;
  }

  private enter(cursor: PartitionCursor | undefined): void {
    const { resumed, perPartitionLimit, filter } = this.reading;
    if (cursor === undefined) {
      this.isDone = true;
      return;
    }
    const isResumed = resumed !== undefined && compareBytes(cursor.key, resumed.key) === 0;
    this.hasShown = isResumed;
    this.remainingInPartition = isResumed ? resumed.remainingInPartition : perPartitionLimit;
    this.current.enter(cursor);
    if (meets(this.current, filter.partition)) this.cursor = cursor;
  }

  private look(row: Row | undefined): void {
    const { table, filter, now } = this.reading;
    if (row === undefined) {
      this.endPartition();
      return;
    }
    if (!isThere(row, table, now)) return;
    this.current.row = row;
    if (meets(this.current, filter.rows)) this.take();
  }

  private endPartition(): void {
    const { table, showsStatics, now } = this.reading;
    this.cursor = undefined;
    const { statics } = this.current;
    if (showsStatics && !this.hasShown && statics !== undefined) {
      this.current.row = undefined;
      if (isThere(statics, table, now)) this.take();
    }
    this.closeGroup('partition');
  }

  private take(): void {
    const { selection, values, isDistinct } = this.reading;
    const { groups } = this;
    this.hasShown = true;
    if (groups === undefined) {
      const { current } = this;
      this.emit(
        selection.selectors.map((selector) => selector.evaluate(current, values)),
        isDistinct || current.row === undefined ? 'partition' : 'row',
      );
    } else {
      if (groups.isOther(this.current) && !this.closeGroup('group')) return;
      groups.add(this.current);
    }
    if (isDistinct && this.cursor !== undefined) this.endPartition();
  }

  /** @returns whether the partition goes on */
  private closeGroup(kind: 'group' | 'partition'): boolean {
    if (this.groups === undefined || this.reading.grouping!.isWhole || !this.groups.isOpen) return true;
    this.emit(this.groups.close(), kind);
    return this.cursor !== undefined && !this.isDone;
  }

  private emit(values: ResultRow, kind: Place['kind']): void {
    const { pageSize, selection } = this.reading;
    const row = keptRow(selection, values);
    this.rows.push(row);
    this.values += row.length;
    for (const value of row) this.bytes += selectLimits.valueBytes + (value?.length ?? 0);
    this.remaining -= 1;
    this.remainingInPartition -= 1;
    const isPaged = pageSize !== Number.POSITIVE_INFINITY;
    if (this.remaining === 0) this.isDone = true;
    else if (this.rows.length >= pageSize || (isPaged && this.bytes >= selectLimits.pageBytes))
      this.stopAt(this.remainingInPartition === 0 ? 'partition' : kind);
    else if (this.remainingInPartition === 0) this.cursor = undefined;
    if (this.bytes > selectLimits.answerBytes)
      throw invalid(
        `The answer has more than ${selectLimits.answerBytes} bytes of row data: read it in pages`,
      );
    if (this.values > selectLimits.answerValues)
      throw invalid(`The answer has more than ${selectLimits.answerValues} values: read it in pages`);
  }

  private stopAt(kind: Place['kind']): void {
    const { key, row } = this.current;
    const { remaining, remainingInPartition } = this;
    const prefix = kind === 'row' ? row!.clustering : kind === 'group' ? this.groups!.prefix! : [];
    this.isDone = true;
    this.place = { kind, key, prefix, remaining, remainingInPartition };
  }
}
