/** Where ordered bytes are gathered, and where they are read from; both can flip every bit, which turns the order around. */
import { FormatError } from '@hypergate/kit/bytes';
import type { Value } from './api.ts';
import { typeLimits } from './limits.ts';
import { newBytes } from './slab.ts';

const initialBytes = 256;

export class ComparableSink {
  bytes: Uint8Array = new Uint8Array(initialBytes);
  length = 0;

  room(more: number): void {
    const wanted = this.length + more;
    if (wanted <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(wanted, this.bytes.length * 2));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  u8(byte: number): void {
    if (this.length === this.bytes.length) this.room(1);
    this.bytes[this.length++] = byte;
  }

  append(part: Uint8Array, from = 0): void {
    this.room(part.length - from);
    const { bytes } = this;
    let to = this.length;
    for (let at = from; at < part.length; at += 1) bytes[to++] = part[at]!;
    this.length = to;
  }

  flip(from: number): void {
    const { bytes, length } = this;
    for (let at = from; at < length; at += 1) bytes[at] = ~bytes[at]!;
  }

  /** A copy of everything; the sink is empty then, and does not keep much memory. */
  take(): Uint8Array {
    const taken = newBytes(this.length);
    taken.set(this.bytes.subarray(0, this.length));
    this.length = 0;
    if (this.bytes.length > typeLimits.scratchBytesMax) this.bytes = new Uint8Array(initialBytes);
    return taken;
  }
}

export class ComparableSource {
  readonly bytes: Uint8Array;
  at: number;
  /** 0, or 0xff within what is in descending order. */
  mask = 0;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  /** -1 at the end. */
  peek(): number {
    return this.at < this.bytes.length ? this.bytes[this.at]! ^ this.mask : -1;
  }

  u8(): number {
    if (this.at >= this.bytes.length) throw new FormatError('an ordered key ends too soon');
    return this.bytes[this.at++]! ^ this.mask;
  }

  take(length: number): Uint8Array {
    if (length > this.bytes.length - this.at) throw new FormatError('an ordered key ends too soon');
    const taken = newBytes(length);
    const { bytes, mask } = this;
    let from = this.at;
    for (let to = 0; to < length; to += 1) taken[to] = bytes[from++]! ^ mask;
    this.at = from;
    return taken;
  }
}

/** How the values of a type are ordered bytes. */
export interface NativeOrder {
  /** Not of empty values, unless it takes them. */
  encode(value: Value, sink: ComparableSink): void;
  decode(source: ComparableSource): Value;
  /** Empty values are written like others and not as a mark of their own. */
  readonly takesEmpty: boolean;
}
