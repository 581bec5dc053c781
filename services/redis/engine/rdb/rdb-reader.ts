/** Reads the primitives of a payload: lengths, strings in their forms, raw numbers. Every length is checked first. */
import { ByteReader, FormatError } from '@hypergate/kit/bytes';
import { engineLimits } from '../limits.ts';
import { canonical, type U64 } from '../types/stream-id.ts';
import { rdbLimits } from './limits.ts';
import { expandLzf } from './lzf.ts';
import { stringForms } from './rdb-types.ts';

const length32 = 0x80;
const length64 = 0x81;

export class RdbReader extends ByteReader {
  private expandedLeft: number = rdbLimits.expandedBytesMax;

  get left(): number {
    return this.end - this.position;
  }

  /** A count or a number that is written like one. @throws FormatError */
  number(): U64 {
    const first = this.u8();
    if (first >= 0xc0) throw new FormatError('a string stands where a length must');
    return this.numberAfter(first);
  }

  /** A count of things that take a byte at least. @throws FormatError when there are not as many bytes */
  count(): number {
    const count = this.number();
    if (count > this.left) throw new FormatError('a count is larger than what follows');
    return count as number;
  }

  /** The next string, as text of bytes. */
  text(): string {
    const value = this.stringOrBytes();
    return typeof value === 'string' ? value : value.latin1Slice();
  }

  /** The next string, as bytes: a view, unless it was compressed. */
  blob(): Buffer {
    const value = this.stringOrBytes();
    return typeof value === 'string' ? Buffer.from(value, 'latin1') : value;
  }

  private numberAfter(first: number): U64 {
    if (first < 0x40) return first;
    if (first < 0x80) return ((first & 0x3f) << 8) | this.u8();
    if (first === length32) return this.raw(4).readUInt32BE(0);
    if (first === length64) return canonical(this.raw(8).readBigUInt64BE(0));
    throw new FormatError('a length has an unknown form');
  }

  private stringOrBytes(): string | Buffer {
    const first = this.u8();
    if (first < 0xc0) return this.raw(this.lengthOf(this.numberAfter(first)));
    switch (first & 0x3f) {
      case stringForms.int8:
        return String(this.raw(1).readInt8(0));
      case stringForms.int16:
        return String(this.raw(2).readInt16LE(0));
      case stringForms.int32:
        return String(this.raw(4).readInt32LE(0));
      case stringForms.lzf:
        return this.expanded();
      default:
        throw new FormatError('a string has an unknown form');
    }
  }

  private expanded(): Buffer {
    const packed = this.lengthOf(this.number());
    const length = this.number();
    const bytes = this.raw(packed);
    if (length > packed * rdbLimits.lzfRatioMax || length > this.expandedLeft)
      throw new FormatError('a compressed string is too long');
    this.expandedLeft -= Number(length);
    return expandLzf(bytes, Number(length));
  }

  private lengthOf(value: U64): number {
    if (value > this.left || value > engineLimits.stringBytesMax)
      throw new FormatError('a string is longer than what follows');
    return value as number;
  }
}
