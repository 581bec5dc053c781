/** Ordered bytes of UUIDs: the version first, and those of version 1 by time. */
import type { Value } from './api.ts';
import { int32At, putInt32 } from './binary.ts';
import type { ComparableSink, NativeOrder } from './comparable-sink.ts';

/** From low, middle and high time, as UUIDs are written, to the order of time. */
function encodeTime(value: Value, sink: ComparableSink): number {
  const start = sink.length;
  sink.append(value);
  const { bytes: target } = sink;
  putInt32(target, start, ((int32At(value, 4) & 0xffff) << 16) | (int32At(value, 4) >>> 16));
  putInt32(target, start + 4, int32At(value, 0));
  return start;
}

function decodeTime(value: Value): Value {
  const upper = int32At(value, 0);
  const lower = int32At(value, 4);
  putInt32(value, 0, lower);
  putInt32(value, 4, (upper << 16) | (upper >>> 16));
  return value;
}

export const uuid: NativeOrder = {
  takesEmpty: false,
  encode(value, sink) {
    const version = value[6]! >>> 4;
    if (version === 1) {
      encodeTime(value, sink);
      return;
    }
    const start = sink.length;
    sink.append(value);
    const high = int32At(value, 0);
    const low = int32At(value, 4);
    putInt32(sink.bytes, start, (version << 28) | (high >>> 4));
    putInt32(sink.bytes, start + 4, (high << 28) | ((low >>> 4) & 0x0ffff000) | (low & 0xfff));
  },
  decode(source) {
    const value = source.take(16);
    const upper = int32At(value, 0);
    const lower = int32At(value, 4);
    if (upper >>> 28 === 1) return decodeTime(value);
    putInt32(value, 0, (upper << 4) | (lower >>> 28));
    putInt32(value, 4, ((lower & 0x0ffff000) << 4) | ((upper >>> 28) << 12) | (lower & 0xfff));
    return value;
  },
};

function flipSigns(bytes: Uint8Array, from: number): void {
  for (let at = from; at < from + 8; at += 1) bytes[at] = bytes[at]! ^ 0x80;
}

/** The second half is ordered by signed bytes. */
export const timeuuid: NativeOrder = {
  takesEmpty: false,
  encode(value, sink) {
    flipSigns(sink.bytes, encodeTime(value, sink) + 8);
  },
  decode(source) {
    const value = source.take(16);
    flipSigns(value, 8);
    return decodeTime(value);
  },
};
