/**
 * Answers to bytes, RESP2 or RESP3. Everything a turn of the event loop writes is one byte string, or several once it is
 * long; the connection takes it whole.
 * Source: the RESP3 specification.
 */

import { doubleText } from '../model/number-text.ts';
import type { ReplySink } from '../model/reply.ts';

/** A longer string is kept beside, so that joining does not copy it twice. */
const apartBytes = 16 * 1024;
/** Joined strings are closed at this size: V8 flattens a rope at once. */
const pieceBytes = 256 * 1024;

export class RespWriter implements ReplySink {
  resp: 2 | 3 = 2;
  private out = '';
  private pieces: string[] = [];
  private piecesBytes = 0;

  get pendingBytes(): number {
    return this.piecesBytes + this.out.length;
  }

  /** Of a writer whose bytes nobody holds further on. */
  get undeliveredBytes(): number {
    return this.pendingBytes;
  }

  /** What was written since the last time, in order. */
  take(): string[] {
    if (this.pieces.length === 0) {
      const { out } = this;
      this.out = '';
      return [out];
    }
    this.cut();
    const { pieces } = this;
    this.pieces = [];
    this.piecesBytes = 0;
    return pieces;
  }

  /** As `take`, for the usual case: undefined when there are several pieces. */
  takeOne(): string | undefined {
    if (this.pieces.length > 0) return undefined;
    const { out } = this;
    this.out = '';
    return out;
  }

  /** Forgets what was written after this mark (CLIENT REPLY OFF). */
  discard(): void {
    this.out = '';
    this.pieces = [];
    this.piecesBytes = 0;
  }

  simple(text: string): void {
    this.out += `+${text}\r\n`;
  }

  error(text: string): void {
    this.out += `-${/[\r\n]/.test(text) ? text.replaceAll(/[\r\n]/g, ' ') : text}\r\n`;
  }

  integer(value: number | bigint): void {
    this.out += `:${value}\r\n`;
  }

  bulk(bytes: string): void {
    if (bytes.length < apartBytes) {
      this.out += `$${bytes.length}\r\n${bytes}\r\n`;
      if (this.out.length > pieceBytes) this.cut();
      return;
    }
    this.out += `$${bytes.length}\r\n`;
    this.cut();
    this.pieces.push(bytes);
    this.piecesBytes += bytes.length;
    this.out = '\r\n';
  }

  null(): void {
    this.out += this.resp === 2 ? '$-1\r\n' : '_\r\n';
  }

  nullArray(): void {
    this.out += this.resp === 2 ? '*-1\r\n' : '_\r\n';
  }

  array(length: number): void {
    this.out += `*${length}\r\n`;
  }

  map(pairs: number): void {
    this.out += this.resp === 2 ? `*${pairs * 2}\r\n` : `%${pairs}\r\n`;
  }

  set(length: number): void {
    this.out += this.resp === 2 ? `*${length}\r\n` : `~${length}\r\n`;
  }

  push(length: number): void {
    this.out += this.resp === 2 ? `*${length}\r\n` : `>${length}\r\n`;
  }

  attribute(pairs: number): void {
    this.out += `|${pairs}\r\n`;
  }

  double(value: number): void {
    const text = doubleText(value);
    if (this.resp === 2) this.bulk(text);
    else this.out += `,${text}\r\n`;
  }

  boolean(value: boolean): void {
    if (this.resp === 2) this.integer(value ? 1 : 0);
    else this.out += value ? '#t\r\n' : '#f\r\n';
  }

  bigNumber(digits: string): void {
    if (this.resp === 2) this.bulk(digits);
    else this.out += `(${digits}\r\n`;
  }

  verbatim(format: string, bytes: string): void {
    if (this.resp === 2) this.bulk(bytes);
    else {
      this.out += `=${bytes.length + 4}\r\n${format}:`;
      this.cut();
      this.pieces.push(bytes);
      this.piecesBytes += bytes.length;
      this.out = '\r\n';
    }
  }

  private cut(): void {
    if (this.out === '') return;
    this.pieces.push(this.out);
    this.piecesBytes += this.out.length;
    this.out = '';
  }
}
