/**
 * Writes what bodies are made of into memory that grows. Specification: "CQL BINARY PROTOCOL", section 3.
 */
import { CqlError } from '../errors.ts';
import type { InetAddress } from './api.ts';
import { copyBytes } from './copy-bytes.ts';
import { wireLimits } from './limits.ts';

const shortMax = 0xffff;

export class BodyWriter {
  protected buffer: Buffer = Buffer.alloc(0);
  /** What is written begins here. Places are counted from it, as all of it may move. */
  protected start = 0;
  protected at = 0;

  /** Bytes written. */
  get length(): number {
    return this.at - this.start;
  }

  byte(value: number): void {
    this.ensure(1);
    this.buffer[this.at++] = value;
  }

  short(value: number): void {
    this.ensure(2);
    const { buffer } = this;
    buffer[this.at++] = value >>> 8;
    buffer[this.at++] = value;
  }

  int(value: number): void {
    this.ensure(4);
    this.putInt(this.at, value);
    this.at += 4;
  }

  /** Over what is there. */
  intAt(place: number, value: number): void {
    this.putInt(this.start + place, value);
  }

  string(text: string): void {
    this.ensure(2 + 3 * text.length);
    const { at } = this;
    const bytes = this.buffer.write(text, at + 2);
    if (bytes > shortMax) throw new CqlError('server', 'A name or text is too long for the protocol');
    this.buffer[at] = bytes >>> 8;
    this.buffer[at + 1] = bytes;
    this.at = at + 2 + bytes;
  }

  /** As they are. */
  raw(bytes: Uint8Array): void {
    this.ensure(bytes.length);
    copyBytes(bytes, 0, bytes.length, this.buffer, this.at);
    this.at += bytes.length;
  }

  shortBytes(bytes: Uint8Array): void {
    if (bytes.length > shortMax) throw new CqlError('server', 'Bytes are too many for the protocol');
    this.short(bytes.length);
    this.raw(bytes);
  }

  /** Null when undefined. */
  bytes(value: Uint8Array | undefined): void {
    if (value === undefined) {
      this.int(-1);
      return;
    }
    const { length } = value;
    this.ensure(4 + length);
    this.putInt(this.at, length);
    copyBytes(value, 0, length, this.buffer, this.at + 4);
    this.at += 4 + length;
  }

  stringList(list: readonly string[]): void {
    this.short(list.length);
    for (const text of list) this.string(text);
  }

  stringMultimap(map: ReadonlyMap<string, readonly string[]>): void {
    this.short(map.size);
    for (const [key, list] of map) {
      this.string(key);
      this.stringList(list);
    }
  }

  bytesMap(map: ReadonlyMap<string, Uint8Array | undefined>): void {
    this.short(map.size);
    for (const [key, value] of map) {
      this.string(key);
      this.bytes(value);
    }
  }

  inet({ address, port }: InetAddress): void {
    this.byte(address.length);
    this.raw(address);
    this.int(port);
  }

  protected putInt(at: number, value: number): void {
    const { buffer } = this;
    buffer[at] = value >>> 24;
    buffer[at + 1] = value >>> 16;
    buffer[at + 2] = value >>> 8;
    buffer[at + 3] = value;
  }

  protected ensure(bytes: number): void {
    if (this.at + bytes > this.buffer.length) this.grow(bytes);
  }

  private grow(bytes: number): void {
    const needed = this.length + bytes;
    if (needed > wireLimits.answerBytesMax)
      throw new CqlError('server', 'The answer is too large: ask for less');
    const room = this.start - this.roomStart();
    const grown = Buffer.allocUnsafeSlow(room + Math.max(2 * needed, wireLimits.slabBytes));
    this.buffer.copy(grown, room, this.start, this.at);
    this.at = room + this.length;
    this.start = room;
    this.buffer = grown;
  }

  /** Where the memory begins that may be used before `start`. */
  protected roomStart(): number {
    return this.start;
  }
}

/** A writer over memory of its own. */
export class OwnBodyWriter extends BodyWriter {
  take(): Buffer {
    return this.buffer.subarray(this.start, this.at);
  }
}
