/**
 * Ordered bytes of single values: the translations of "Byte-comparable translation of types", version OSS50, of Apache Cassandra 5.
 * No encoding followed by a byte of 0x10 to 0xef is a prefix of another, also with all bits flipped. Floating-point NaNs become one,
 * as they are equal.
 */
import type { NativeName } from './api.ts';
import { float32At, float64At } from './binary.ts';
import { bigint, varint } from './comparable-integers.ts';
import type { NativeOrder } from './comparable-sink.ts';
import { timeuuid, uuid } from './comparable-uuids.ts';
import { decodeDecimalKey, encodeDecimalKey } from './decimal-key.ts';

function flippedSign(length: number): NativeOrder {
  return {
    takesEmpty: false,
    encode(value, sink) {
      const at = sink.length;
      sink.append(value);
      sink.bytes[at] = sink.bytes[at]! ^ 0x80;
    },
    decode(source) {
      const value = source.take(length);
      value[0] = value[0]! ^ 0x80;
      return value;
    },
  };
}

function plain(length: number): NativeOrder {
  return {
    takesEmpty: false,
    encode: (value, sink) => sink.append(value),
    decode: (source) => source.take(length),
  };
}

const boolean: NativeOrder = {
  takesEmpty: false,
  encode: (value, sink) => sink.u8(value[0] === 0 ? 0 : 1),
  decode: (source) => source.take(1),
};

/** Zeros are escaped, so that a zero behind the value ends it and a prefix comes first. */
const bytes: NativeOrder = {
  takesEmpty: true,
  encode(value, sink) {
    const { length } = value;
    // Twice the bytes at most: a zero and what marks it.
    sink.room(length * 2 + 1);
    const target = sink.bytes;
    let to = sink.length;
    for (let at = 0; at < length; at += 1) {
      const byte = value[at]!;
      target[to++] = byte;
      if (byte !== 0) continue;
      for (; at + 1 < length && value[at + 1] === 0; at += 1) target[to++] = 0xfe;
      target[to++] = at + 1 === length ? 0xfe : 0xff;
    }
    if (length === 0 || value[length - 1] !== 0) target[to++] = 0;
    sink.length = to;
  },
  decode(source) {
    const start = source.at;
    let length = 0;
    // Once for the length, once for the bytes.
    for (;;) {
      if (source.u8() !== 0) {
        length += 1;
        continue;
      }
      while (source.peek() === 0xfe) {
        source.at += 1;
        length += 1;
      }
      if (source.peek() !== 0xff) break;
      source.at += 1;
      length += 1;
    }
    const { at: end } = source;
    const value = new Uint8Array(length);
    source.at = start;
    for (let to = 0; to < length; ) {
      const byte = source.u8();
      if (byte !== 0) {
        value[to++] = byte;
        continue;
      }
      // The zeros are there already.
      for (; source.peek() === 0xfe; to += 1) source.at += 1;
      if (source.peek() !== 0xff) continue;
      source.at += 1;
      to += 1;
    }
    source.at = end;
    return value;
  },
};

function floating(length: 4 | 8): NativeOrder {
  const canonical = new Uint8Array(length);
  canonical.set(length === 4 ? [0x7f, 0xc0] : [0x7f, 0xf8]);
  return {
    takesEmpty: false,
    encode(value, sink) {
      const at = sink.length;
      const number = length === 4 ? float32At(value, 0) : float64At(value, 0);
      sink.append(Number.isNaN(number) ? canonical : value);
      if (sink.bytes[at]! >= 0x80) sink.flip(at);
      else sink.bytes[at] = sink.bytes[at]! | 0x80;
    },
    decode(source) {
      const value = source.take(length);
      if (value[0]! >= 0x80) value[0] = value[0]! & 0x7f;
      else for (let at = 0; at < length; at += 1) value[at] = ~value[at]!;
      return value;
    },
  };
}

const decimal: NativeOrder = { takesEmpty: false, encode: encodeDecimalKey, decode: decodeDecimalKey };

export const nativeOrders: Readonly<Record<NativeName, NativeOrder>> = {
  ascii: bytes,
  bigint,
  blob: bytes,
  boolean,
  counter: bigint,
  date: plain(4),
  decimal,
  double: floating(8),
  duration: bytes,
  float: floating(4),
  inet: bytes,
  int: flippedSign(4),
  smallint: flippedSign(2),
  text: bytes,
  time: plain(8),
  timestamp: flippedSign(8),
  timeuuid,
  tinyint: flippedSign(1),
  uuid,
  varint,
};
