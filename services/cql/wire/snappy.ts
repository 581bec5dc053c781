/**
 * Snappy without framing. Source: "Snappy compressed format description" (google/snappy, format_description.txt). Every length and
 * offset is checked against both buffers before a byte moves.
 */
import { copyBytes, repeatBytes } from './copy-bytes.ts';
import { findMatches, type SequenceSink } from './match-finder.ts';

const preambleBytesMax = 5;

/** How long the packed form may become. */
export function snappyBytesMax(bytes: number): number {
  return 32 + bytes + Math.floor(bytes / 6);
}

/** How long what packed data stands for may become: three bytes repeat 64 at most, two of them eleven. */
export function snappyUnpackedMax(packedBytes: number): number {
  return Math.ceil(packedBytes / 3) * 64;
}

/** The length that the data says to have; -1 when it says none. */
export function snappyLength(source: Uint8Array): number {
  let length = 0;
  for (let i = 0; i < preambleBytesMax && i < source.length; i++) {
    length += (source[i]! & 0x7f) * 2 ** (7 * i);
    if (source[i]! < 0x80) return length <= 0xffff_ffff ? length : -1;
  }
  return -1;
}

/** @param target as long as the data says to be @returns false unless the data is sound and fills it exactly */
export function decodeSnappy(source: Uint8Array, target: Uint8Array): boolean {
  const sourceEnd = source.length;
  const targetEnd = target.length;
  let at = 0;
  while (source[at]! >= 0x80) at++;
  at++;
  let out = 0;
  while (at < sourceEnd) {
    const tag = source[at++]!;
    const kind = tag & 3;
    if (kind === 0) {
      let length = (tag >>> 2) + 1;
      if (length > 60) {
        const bytes = length - 60;
        if (bytes > sourceEnd - at) return false;
        length = 1;
        for (let i = 0; i < bytes; i++) length += source[at + i]! * 2 ** (8 * i);
        at += bytes;
      }
      if (length > sourceEnd - at || length > targetEnd - out) return false;
      copyBytes(source, at, at + length, target, out);
      at += length;
      out += length;
      continue;
    }
    const offsetBytes = kind === 3 ? 4 : kind;
    if (offsetBytes > sourceEnd - at) return false;
    const length = kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
    let offset = kind === 1 ? (tag >>> 5) * 256 + source[at]! : 0;
    if (kind !== 1) for (let i = 0; i < offsetBytes; i++) offset += source[at + i]! * 2 ** (8 * i);
    at += offsetBytes;
    if (offset === 0 || offset > out || length > targetEnd - out) return false;
    repeatBytes(target, out, offset, length);
    out += length;
  }
  return out === targetEnd;
}

class SnappySink implements SequenceSink {
  target: Uint8Array = new Uint8Array(0);
  at = 0;

  sequence(source: Uint8Array, from: number, to: number, offset: number, matchBytes: number): void {
    this.literals(source, from, to);
    let rest = matchBytes;
    // A rest of less than four bytes would need the long form all the same; 60 leaves at least four.
    for (; rest >= 68; rest -= 64) this.copy(offset, 64);
    if (rest > 64) {
      this.copy(offset, 60);
      rest -= 60;
    }
    this.copy(offset, rest);
  }

  literals(source: Uint8Array, from: number, to: number): void {
    const count = to - from;
    if (count === 0) return;
    const low = count - 1;
    if (low < 60) this.target[this.at++] = low << 2;
    else {
      const bytes = low < 0x100 ? 1 : low < 0x1_0000 ? 2 : low < 0x100_0000 ? 3 : 4;
      this.target[this.at++] = (59 + bytes) << 2;
      for (let i = 0; i < bytes; i++) this.target[this.at++] = (low >>> (8 * i)) & 0xff;
    }
    copyBytes(source, from, to, this.target, this.at);
    this.at += count;
  }

  private copy(offset: number, length: number): void {
    if (length <= 11 && offset < 2048) {
      this.target[this.at++] = ((offset >>> 8) << 5) | ((length - 4) << 2) | 1;
      this.target[this.at++] = offset & 0xff;
      return;
    }
    this.target[this.at++] = ((length - 1) << 2) | 2;
    this.target[this.at++] = offset & 0xff;
    this.target[this.at++] = offset >>> 8;
  }
}

const sink = new SnappySink();
const none = new Uint8Array(0);

/** @param target has room for `snappyBytesMax` @returns where the data ends in it */
export function encodeSnappy(source: Uint8Array, target: Uint8Array, at: number): number {
  sink.target = target;
  sink.at = at;
  let length = source.length;
  for (; length >= 0x80; length >>>= 7) target[sink.at++] = (length & 0x7f) | 0x80;
  target[sink.at++] = length;
  const rest = findMatches(source, sink);
  sink.literals(source, rest, source.length);
  sink.target = none;
  return sink.at;
}
