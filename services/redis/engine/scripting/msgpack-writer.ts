/** Appends values in MessagePack to a byte string. */
import { LuaError } from './lua-state.ts';

const view = new DataView(new ArrayBuffer(8));
const byte = String.fromCharCode;

export class MsgpackWriter {
  private out = '';
  private readonly bytesMax: number;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  text(): string {
    return this.out;
  }

  nil(): void {
    this.put('\xc0');
  }

  boolean(value: boolean): void {
    this.put(value ? '\xc3' : '\xc2');
  }

  number(value: number): void {
    if (Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63) this.integer(value);
    else if (Math.fround(value) === value) {
      view.setFloat32(0, value);
      this.put(`\xca${viewText(4)}`);
    } else {
      view.setFloat64(0, value);
      this.put(`\xcb${viewText(8)}`);
    }
  }

  string(bytes: string): void {
    const { length } = bytes;
    if (length < 32) this.put(byte(0xa0 | length) + bytes);
    else this.put(prefix(length, 0xd9, 0xda, 0xdb) + bytes);
  }

  array(length: number): void {
    this.put(length < 16 ? byte(0x90 | length) : prefix(length, undefined, 0xdc, 0xdd));
  }

  map(pairs: number): void {
    this.put(pairs < 16 ? byte(0x80 | pairs) : prefix(pairs, undefined, 0xde, 0xdf));
  }

  private integer(value: number): void {
    if (value >= 0) {
      if (value < 128) this.put(byte(value));
      else if (value < 2 ** 32) this.put(prefix(value, 0xcc, 0xcd, 0xce));
      else {
        view.setBigUint64(0, BigInt(value));
        this.put(`\xcf${viewText(8)}`);
      }
    } else if (value >= -32) this.put(byte(value & 0xff));
    else if (value >= -128) this.put(`\xd0${byte(value & 0xff)}`);
    else if (value >= -32768) {
      view.setInt16(0, value);
      this.put(`\xd1${viewText(2)}`);
    } else if (value >= -(2 ** 31)) {
      view.setInt32(0, value);
      this.put(`\xd2${viewText(4)}`);
    } else {
      view.setBigInt64(0, BigInt(value));
      this.put(`\xd3${viewText(8)}`);
    }
  }

  /** A table that is in itself many times would become endless. */
  private put(bytes: string): void {
    if (this.out.length + bytes.length > this.bytesMax) throw new LuaError('not enough memory', 0);
    this.out += bytes;
  }
}

function prefix(value: number, one: number | undefined, two: number, four: number): string {
  if (one !== undefined && value < 256) return byte(one, value);
  if (value < 65_536) return byte(two, value >> 8, value & 0xff);
  view.setUint32(0, value);
  return byte(four) + viewText(4);
}

function viewText(size: number): string {
  let text = '';
  for (let i = 0; i < size; i++) text += byte(view.getUint8(i));
  return text;
}
