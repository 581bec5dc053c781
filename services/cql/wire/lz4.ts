/**
 * Blocks of LZ4. Source: Y. Collet, "LZ4 Block Format Description". Every length and offset is checked against both buffers before a
 * byte moves.
 */
import { copyBytes, repeatBytes } from './copy-bytes.ts';
import { findMatches, type SequenceSink } from './match-finder.ts';

const matchBytesMin = 4;
/** A length in the token that goes on in further bytes. */
const nibbleMax = 15;

/** How long a block may become. */
export function lz4BytesMax(bytes: number): number {
  return bytes + Math.floor(bytes / 255) + 16;
}

/** How long what a block stands for may become: a byte of a length is 255 at most. */
export function lz4UnpackedMax(packedBytes: number): number {
  return packedBytes * 255;
}

/** @returns false unless the block is sound and fills the target exactly */
export function decodeLz4(source: Uint8Array, target: Uint8Array): boolean {
  const sourceEnd = source.length;
  const targetEnd = target.length;
  let at = 0;
  let out = 0;
  while (at < sourceEnd) {
    const token = source[at++]!;
    let literals = token >>> 4;
    if (literals === nibbleMax) {
      let more = 255;
      while (more === 255) {
        if (at === sourceEnd) return false;
        more = source[at++]!;
        literals += more;
      }
    }
    if (literals > sourceEnd - at || literals > targetEnd - out) return false;
    copyBytes(source, at, at + literals, target, out);
    at += literals;
    out += literals;
    // The last sequence has literals alone.
    if (at === sourceEnd) return out === targetEnd && (token & nibbleMax) === 0;
    if (at + 2 > sourceEnd) return false;
    const offset = source[at]! | (source[at + 1]! << 8);
    at += 2;
    let matched = (token & nibbleMax) + matchBytesMin;
    if (matched === nibbleMax + matchBytesMin) {
      let more = 255;
      while (more === 255) {
        if (at === sourceEnd) return false;
        more = source[at++]!;
        matched += more;
      }
    }
    if (offset === 0 || offset > out || matched > targetEnd - out) return false;
    repeatBytes(target, out, offset, matched);
    out += matched;
  }
  return false;
}

class Lz4Sink implements SequenceSink {
  target: Uint8Array = new Uint8Array(0);
  at = 0;

  sequence(source: Uint8Array, from: number, to: number, offset: number, matchBytes: number): void {
    const matched = matchBytes - matchBytesMin;
    this.literals(source, from, to, Math.min(matched, nibbleMax));
    this.target[this.at++] = offset & 0xff;
    this.target[this.at++] = offset >>> 8;
    if (matched >= nibbleMax) this.more(matched - nibbleMax);
  }

  literals(source: Uint8Array, from: number, to: number, low: number): void {
    const count = to - from;
    this.target[this.at++] = (Math.min(count, nibbleMax) << 4) | low;
    if (count >= nibbleMax) this.more(count - nibbleMax);
    copyBytes(source, from, to, this.target, this.at);
    this.at += count;
  }

  private more(length: number): void {
    let rest = length;
    for (; rest >= 255; rest -= 255) this.target[this.at++] = 255;
    this.target[this.at++] = rest;
  }
}

const sink = new Lz4Sink();
const none = new Uint8Array(0);

/** @param target has room for `lz4BytesMax` @returns where the block ends in it */
export function encodeLz4(source: Uint8Array, target: Uint8Array, at: number): number {
  sink.target = target;
  sink.at = at;
  const rest = findMatches(source, sink);
  sink.literals(source, rest, source.length, 0);
  sink.target = none;
  return sink.at;
}
