/**
 * Finds the position up to which the log has to be replayed for the state at a point in time: where the first commit or abort behind it
 * begins. PostgreSQL would find it itself (recovery_target_time), but refuses to start when nothing was committed after it. Layout
 * of pages and records: "WAL Internals" of its manual, access/xlog_internal.h and access/xlogrecord.h, the same from 15 to 18.
 *
 * Pages have a header of 24 bytes, the first of a file one of 40. Between them records follow one another, each from a position
 * that is a multiple of 8, over the ends of pages. A record has a header of 24 bytes, headers of blocks, then its main data;
 * those of commits and aborts touch no block and begin their main data with the time.
 */
import { type Lsn, walSegmentBytes } from '../model/lsn.ts';
import { CheckpointError } from './errors.ts';

const pageBytes = 8192;
const pageHeader = 24;
const longPageHeader = 40;
const lostContinuation = 0x0008;
const recordHeader = 24;
/** Of a record what has to be seen of it: the header, origin and top-level transaction, kind of the main data, time. */
const headBytesMax = recordHeader + 3 + 5 + 5 + 8;

const manager = { log: 0, transactions: 1 } as const;
const switchFile = 0x40;
const block = { dataShort: 255, dataLong: 254, origin: 253, topTransaction: 252 } as const;
/** Commit, abort, and both of prepared transactions. */
const endings = new Set([0x00, 0x20, 0x30, 0x40]);
/** Of PostgreSQL's time stamps, in milliseconds since 1970. */
const epochMs = Date.UTC(2000, 0, 1);

export class CommitTimes {
  /** Position of the next byte. */
  private at: Lsn;
  private readonly afterMs: number;
  private readonly from: Lsn;
  private found: Lsn | undefined;
  private readonly head = Buffer.alloc(headBytesMax);
  private headLength = 0;
  /** Of the record that is being gone through. */
  private start: Lsn;
  private recordLength = 0;
  private seen = 0;
  private pageHead = Buffer.alloc(0);
  private ended = false;
  private skipToFile = false;

  /**
   * @param start where a record begins
   * @param from commits before it do not count
   */
  constructor(start: Lsn, from: Lsn, afterMs: number) {
    this.at = start;
    this.start = start;
    this.from = from;
    this.afterMs = afterMs;
  }

  /** Beginning of the first transaction's end after the time; undefined while none was seen. */
  get cut(): Lsn | undefined {
    return this.found;
  }

  /** @param bytes that follow those before. @throws CheckpointError `damaged` */
  push(bytes: Buffer): void {
    for (let offset = 0; offset < bytes.length && this.found === undefined && !this.ended; ) {
      const inPage = this.at % pageBytes;
      const header = this.at % walSegmentBytes < pageBytes ? longPageHeader : pageHeader;
      if (inPage < header) {
        const taken = Math.min(header - inPage, bytes.length - offset);
        this.inHeader(bytes.subarray(offset, offset + taken), inPage + taken === header);
        offset += taken;
        this.at += taken;
        continue;
      }
      const left = Math.min(pageBytes - inPage, bytes.length - offset);
      const taken = this.skipToFile ? left : this.inRecord(bytes, offset, left);
      offset += taken;
      this.at += taken;
      if (this.at % walSegmentBytes === 0) this.skipToFile = false;
    }
  }

  private inHeader(bytes: Buffer, isWhole: boolean): void {
    this.pageHead = Buffer.concat([this.pageHead, bytes]);
    if (!isWhole) return;
    // A server that crashed in the middle of this record went on with another: of no use to anybody.
    if (this.pageHead.length >= 4 && (this.pageHead.readUInt16LE(2) & lostContinuation) !== 0) this.begin();
    this.pageHead = Buffer.alloc(0);
  }

  /** Goes on with a record. @returns bytes of it, or before it */
  private inRecord(bytes: Buffer, offset: number, left: number): number {
    if (this.seen === 0) {
      const gap = (8 - (this.at % 8)) % 8;
      if (gap > 0) return Math.min(gap, left);
      this.start = this.at;
    }
    const wanted = this.recordLength === 0 ? 4 - this.seen : this.recordLength - this.seen;
    const taken = Math.min(wanted, left);
    if (this.headLength < headBytesMax)
      this.headLength += bytes.copy(this.head, this.headLength, offset, offset + taken);
    this.seen += taken;
    if (this.recordLength === 0 && this.seen === 4) this.measure();
    else if (this.seen === this.recordLength) this.end();
    return taken;
  }

  private measure(): void {
    this.recordLength = this.head.readUInt32LE(0);
    // Nothing was written behind the last record.
    if (this.recordLength === 0) this.ended = true;
    else if (this.recordLength < recordHeader)
      throw new CheckpointError('damaged', 'the write-ahead log holds what is no record');
  }

  private end(): void {
    const info = this.head[16]!;
    const from = this.head[17]!;
    if (from === manager.log && (info & 0xf0) === switchFile) this.skipToFile = true;
    if (from === manager.transactions && endings.has(info & 0x70) && this.start >= this.from) {
      if (this.timeMs() > this.afterMs) this.found = this.start;
    }
    this.begin();
  }

  private begin(): void {
    this.recordLength = 0;
    this.seen = 0;
    this.headLength = 0;
  }

  private timeMs(): number {
    const { head } = this;
    let at = recordHeader;
    if (head[at] === block.origin) at += 3;
    if (head[at] === block.topTransaction) at += 5;
    if (head[at] === block.dataShort) at += 2;
    else if (head[at] === block.dataLong) at += 5;
    else throw new CheckpointError('damaged', "the write-ahead log holds a transaction's end without a time");
    return epochMs + Number(head.readBigInt64LE(at)) / 1000;
  }
}
