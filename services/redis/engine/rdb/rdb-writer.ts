/** Writes the primitives of a payload. */
import { ByteWriter } from '@hypergate/kit/bytes';
import { tooLong } from '../errors.ts';
import { engineLimits } from '../limits.ts';
import { parseInteger } from '../numbers.ts';
import type { U64 } from '../types/stream-id.ts';
import { stringForms } from './rdb-types.ts';

/** Left for lengths and the footer. */
const slackBytes = 64;
/** Longest text of a number of 32 bits. */
const integerCharsMax = 11;

export class RdbWriter extends ByteWriter {
  /** A count or a number that is written like one. */
  number(value: U64): void {
    if (value < 0x40) this.u8(value as number);
    else if (value < 0x4000) {
      this.u8(0x40 | ((value as number) >> 8));
      this.u8((value as number) & 0xff);
    } else if (value <= 0xffff_ffff) {
      this.u8(0x80);
      this.u32be(value as number);
    } else {
      this.u8(0x81);
      this.u64be(value);
    }
  }

  u32be(value: number): void {
    for (let shift = 24; shift >= 0; shift -= 8) this.u8((value >>> shift) & 0xff);
  }

  u64be(value: U64): void {
    if (typeof value === 'bigint') {
      this.u32be(Number(value >> 32n));
      this.u32be(Number(value & 0xffff_ffffn));
    } else {
      this.u32be(Math.floor(value / 2 ** 32));
      this.u32be(value % 2 ** 32);
    }
  }

  /** An integer's text is written as a number. @throws RedisError when the payload would be longer than a string may be */
  text(text: string): void {
    this.limit(text.length);
    if (text.length <= integerCharsMax && this.writeInteger(text)) return;
    this.number(text.length);
    this.raw(Buffer.from(text, 'latin1'));
  }

  /** @throws RedisError as `text` */
  blob(bytes: Uint8Array): void {
    this.limit(bytes.length);
    this.number(bytes.length);
    this.raw(bytes);
  }

  private writeInteger(text: string): boolean {
    const value = parseInteger(text);
    if (typeof value !== 'number' || value !== (value | 0)) return false;
    const size = value === (value << 24) >> 24 ? 1 : value === (value << 16) >> 16 ? 2 : 4;
    this.u8(0xc0 | (size === 1 ? stringForms.int8 : size === 2 ? stringForms.int16 : stringForms.int32));
    for (let i = 0; i < size; i++) this.u8((value >> (8 * i)) & 0xff);
    return true;
  }

  private limit(bytes: number): void {
    if (this.length + bytes > engineLimits.stringBytesMax - slackBytes) throw tooLong;
  }
}
