/**
 * Outer frames of v5, after STARTUP: a header with a CRC24, a payload with a CRC32, packed or not. What comes out are payloads
 * in their order; frames are in them. Specification: "CQL BINARY PROTOCOL v5", section 2.
 */
import type { ByteQueue } from './byte-queue.ts';
import { crc24, payloadCrc } from './checksums.ts';
import { unpackLz4 } from './compression.ts';
import { FrameError, tooBig } from './frame-error.ts';
import { wireLimits } from './limits.ts';

export interface Segment {
  readonly payload: Buffer;
  /** Whole frames; otherwise a part of one. */
  readonly isSelfContained: boolean;
}

/** Header without its checksum. */
const plainHeaderBytes = 3;
const packedHeaderBytes = 5;
const lengthMask = 0x1ffff;
const trailerBytes = 4;

export class SegmentReader {
  private readonly queue: ByteQueue;
  private readonly isPacked: boolean;
  private payloadBytesMax: number;
  /** -1 before the header. */
  private payloadBytes = -1;
  /** 0 when the payload is not packed. */
  private unpackedBytes = 0;
  private isSelfContained = false;

  /** @param payloadBytesMax also when it is unpacked; less than what the protocol has for clients that have not logged in */
  constructor(queue: ByteQueue, isPacked: boolean, payloadBytesMax: number = wireLimits.segmentBytesMax) {
    this.queue = queue;
    this.isPacked = isPacked;
    this.payloadBytesMax = payloadBytesMax;
  }

  admit(): void {
    this.payloadBytesMax = wireLimits.segmentBytesMax;
  }

  /** @throws FrameError on a wrong checksum: nothing can be believed from there on */
  next(): Segment | undefined {
    if (this.payloadBytes < 0 && !this.readHeader()) return undefined;
    const bytes = this.queue.take(this.payloadBytes + trailerBytes);
    if (bytes === undefined) return undefined;
    const payload = bytes.subarray(0, this.payloadBytes);
    const read = bytes.readUInt32LE(this.payloadBytes);
    const computed = payloadCrc(payload);
    if (read !== computed) throw mismatch('body', read, computed);
    this.payloadBytes = -1;
    return { payload: this.unpack(payload), isSelfContained: this.isSelfContained };
  }

  private readHeader(): boolean {
    const bytes = this.isPacked ? packedHeaderBytes : plainHeaderBytes;
    const header = this.queue.take(bytes + 3);
    if (header === undefined) return false;
    const read = header.readUIntLE(bytes, 3);
    const computed = crc24(header, 0, bytes);
    if (read !== computed) throw mismatch('header', read, computed);
    const low = header.readUIntLE(0, 3);
    this.payloadBytes = low & lengthMask;
    if (this.isPacked) {
      // 40 bits: 17, 17, the flag, padding.
      const high = (low >>> 17) | (header.readUInt16LE(3) << 7);
      this.unpackedBytes = high & lengthMask;
      this.isSelfContained = (high & (lengthMask + 1)) !== 0;
    } else this.isSelfContained = (low & (lengthMask + 1)) !== 0;
    const payloadBytes = Math.max(this.payloadBytes, this.unpackedBytes);
    if (payloadBytes > this.payloadBytesMax) throw tooBig(payloadBytes, this.payloadBytesMax, 0, 5);
    return true;
  }

  private unpack(payload: Buffer): Buffer {
    if (this.unpackedBytes === 0) return payload;
    const unpacked = unpackLz4(payload, this.unpackedBytes);
    if (unpacked === undefined) throw new FrameError('Invalid LZ4 data in a frame', 0, 5);
    return unpacked;
  }
}

function mismatch(part: string, read: number, computed: number): FrameError {
  return new FrameError(
    `Invalid frame, CRC mismatch of its ${part}. Read ${read}, Computed ${computed}`,
    0,
    5,
  );
}
