/**
 * Ordered bytes of bigints and varints, which are as short as the number allows. Varints of seven significant bytes or more have a
 * long form, whose length counts from seven: so the text of Cassandra's document and most of its examples have it; four of them
 * count otherwise and contradict the others.
 */
import { FormatError } from '@hypergate/kit/bytes';
import type { Value } from './api.ts';
import { int32At, joinBytes } from './binary.ts';
import type { ComparableSink, ComparableSource, NativeOrder } from './comparable-sink.ts';
import { typeLimits } from './limits.ts';

/** Sixty-four bits in one to nine bytes. The sign and as many bits like it as bytes follow, flipped; then the number. */
function encodeLong(high: number, low: number, sink: ComparableSink): void {
  const sign = high >> 31;
  const upper = high ^ sign;
  const bits = upper === 0 ? 32 - Math.clz32(low ^ sign) : 64 - Math.clz32(upper);
  const length = bits > 55 ? 9 : Math.floor(bits / 7) + 1;
  sink.room(length);
  const { bytes: target, length: start } = sink;
  for (let index = length - 1, shift = 0; index >= 0; index -= 1, shift += 8)
    target[start + index] = shift < 32 ? low >>> shift : shift < 64 ? high >>> (shift - 32) : sign;
  // The ninth bit that tells the length stands in the second byte.
  target[start] = target[start]! ^ (length === 9 ? 0xff : 0xff00 >> length);
  if (length === 9) target[start + 1] = target[start + 1]! ^ 0x80;
  sink.length = start + length;
}

const decoded = new Uint8Array(9);

/** Leaves eight bytes at position 1 of `decoded`. */
function decodeLong(source: ComparableSource): void {
  const first = source.u8();
  const sign = first & 0x80 ? 0 : 0xff;
  const length = Math.clz32(((first ^ sign ^ 0xff) << 24) | 0x00800000);
  const second = length < 8 ? 0 : source.u8();
  const isLong = length === 8 && ((second ^ sign) & 0x80) !== 0;
  const total = isLong ? 9 : length;
  decoded.fill(sign);
  decoded[9 - total] = isLong ? sign : first ^ ((0xff00 >> length) & 0xff);
  if (length === 8) decoded[10 - total] = isLong ? second ^ 0x80 : second;
  for (let index = length === 8 ? 11 - total : 10 - total; index < 9; index += 1)
    decoded[index] = source.u8();
}

export const bigint: NativeOrder = {
  takesEmpty: false,
  encode: (value, sink) => encodeLong(int32At(value, 0), int32At(value, 4), sink),
  decode(source) {
    decodeLong(source);
    return decoded.slice(1);
  },
};

const fullFormBytes = 7;

/** Where the digits begin that are not just the sign; the sign's own bit need not be among them. */
function digitsAt(value: Value): number {
  const sign = value[0]!;
  if (sign !== 0 && sign !== 0xff) return 0;
  let at = 0;
  while (at < value.length - 1 && value[at] === sign) at += 1;
  return at;
}

function encodeLength(length: number, sign: number, sink: ComparableSink): void {
  // Seven bits for every byte, the rest of the first says how many follow.
  const more = length < 0x80 ? 0 : length < 0x4000 ? 1 : length < 0x200000 ? 2 : 3;
  sink.u8(((length >>> (8 * more)) | ((0xff00 >> more) & 0xff)) ^ sign);
  for (let shift = 8 * (more - 1); shift >= 0; shift -= 8) sink.u8(((length >>> shift) & 0xff) ^ sign);
}

function decodeLength(source: ComparableSource, sign: number): number {
  const first = source.u8() ^ sign;
  const more = Math.clz32((first ^ 0xff) << 24);
  if (more > 3) throw new FormatError('the length of an ordered number');
  let length = first & (0xff >> (more + 1));
  for (let index = 0; index < more; index += 1) length = (length << 8) | (source.u8() ^ sign);
  return length;
}

export const varint: NativeOrder = {
  takesEmpty: false,
  encode(value, sink) {
    const from = digitsAt(value);
    const digits = value.length - from;
    const sign = value[0]! >= 0x80 ? 0xff : 0;
    if (digits < fullFormBytes) {
      let high = sign === 0 ? 0 : -1;
      let low = high;
      for (let at = from; at < value.length; at += 1) {
        high = (high << 8) | (low >>> 24);
        low = (low << 8) | value[at]!;
      }
      encodeLong(high, low, sink);
      return;
    }
    sink.u8(sign ^ 0xff);
    encodeLength(digits - fullFormBytes, sign, sink);
    sink.append(value, from);
  },
  decode(source) {
    const first = source.peek();
    if (first !== 0 && first !== 0xff) {
      decodeLong(source);
      let at = 1;
      while (at < 8 && decoded[at] === decoded[0] && (decoded[at + 1]! ^ decoded[0]!) < 0x80) at += 1;
      return decoded.slice(at);
    }
    const sign = source.u8() ^ 0xff;
    const digits = decodeLength(source, sign) + fullFormBytes;
    if (digits > typeLimits.numberBytesMax + 1) throw new FormatError('the length of an ordered number');
    const value = source.take(digits);
    return (value[0]! ^ sign) < 0x80 ? value : joinBytes(Uint8Array.of(sign), value);
  },
};
