/**
 * Writes the frames of one connection, one after the other. A frame is written once, where it leaves from: header, tracing id,
 * warnings and payload, then the body by whoever began it, then `finish` fills in the length and packs or wraps the whole.
 * One frame at a time: an answer that waits for something while it is written takes a `sibling`.
 * Specification: "CQL BINARY PROTOCOL", sections 2 and 4.
 */
import { type AnswerHead, frameFlags, type ProtocolVersion } from './api.ts';
import { BodyWriter } from './body-writer.ts';
import { type Compression, packBody, packedBytesMax } from './compression.ts';
import { wireLimits } from './limits.ts';
import { packedHeaderBytes, segmentsOf, trailerBytes, wrapPlain } from './segments.ts';
import { giveSlab, type Slab, takeSlab } from './slabs.ts';

const headerBytes = 9;
const lengthPlace = 5;
const none = Buffer.alloc(0);

export class FrameWriter extends BodyWriter {
  /** Of the client's first frame until it is started. */
  version: ProtocolVersion;
  private compression: Compression | undefined;
  private hasSegments = false;
  private slab: Slab | undefined;
  /** Memory before `start` that is this frame's. */
  private room = 0;

  constructor(version: ProtocolVersion) {
    super();
    this.version = version;
  }

  /** The answer to STARTUP has been written: what follows is packed and framed as it says. */
  startFraming(compression: Compression | undefined): void {
    this.compression = compression;
    this.hasSegments = this.version >= 5;
  }

  /** A writer for the same connection as it is now. */
  sibling(): FrameWriter {
    const sibling = new FrameWriter(this.version);
    sibling.compression = this.compression;
    sibling.hasSegments = this.hasSegments;
    return sibling;
  }

  /** @param room bytes that `insertAt` is likely to need */
  begin(opcode: number, head: AnswerHead, room = 0): void {
    if (this.slab !== undefined) throw new Error('a frame is being written');
    this.slab = takeSlab();
    this.buffer = this.slab.buffer;
    this.room = room + packedHeaderBytes;
    this.start = this.slab.used + this.room;
    this.at = this.start;
    // Earlier versions know neither.
    const { tracingId } = head;
    const warnings = this.version >= 4 && head.warnings?.length ? head.warnings : undefined;
    const payload = this.version >= 4 ? head.payload : undefined;
    this.ensure(headerBytes);
    const { buffer, at } = this;
    buffer[at] = 0x80 | this.version;
    buffer[at + 1] =
      (tracingId === undefined ? 0 : frameFlags.tracing) |
      (warnings === undefined ? 0 : frameFlags.warning) |
      (payload === undefined ? 0 : frameFlags.payload);
    buffer[at + 2] = head.stream >> 8;
    buffer[at + 3] = head.stream;
    buffer[at + 4] = opcode;
    this.at = at + headerBytes;
    if (tracingId !== undefined) this.raw(tracingId);
    if (warnings !== undefined) this.stringList(cutWarnings(warnings));
    if (payload !== undefined) this.bytesMap(payload);
  }

  /** Puts bytes between those that were written: by moving the few before them, where there is room. */
  insertAt(place: number, bytes: Uint8Array): void {
    const { length } = bytes;
    if (length + packedHeaderBytes <= this.room) {
      this.buffer.copyWithin(this.start - length, this.start, this.start + place);
      this.start -= length;
      this.room -= length;
    } else {
      this.ensure(length);
      this.buffer.copyWithin(this.start + place + length, this.start + place, this.at);
      this.at += length;
    }
    this.buffer.set(bytes, this.start + place);
  }

  /** The frame as it is to be sent. */
  finish(): Buffer {
    if (this.slab === undefined) throw new Error('no frame is being written');
    this.ensure(trailerBytes);
    this.intAt(lengthPlace, this.length - headerBytes);
    const sent = this.hasSegments ? this.wrapped() : this.packed();
    this.release();
    return sent;
  }

  /** Forgets the frame that was begun. */
  discard(): void {
    if (this.slab === undefined) return;
    this.at = this.start;
    this.release();
  }

  protected override roomStart(): number {
    return this.start - this.room;
  }

  private wrapped(): Buffer {
    const { buffer, start, at } = this;
    if (this.compression === undefined && this.length <= wireLimits.segmentBytesMax) {
      const from = wrapPlain(buffer, start, at, true);
      this.at += trailerBytes;
      return buffer.subarray(from, this.at);
    }
    const sent = segmentsOf(buffer.subarray(start, at), this.compression !== undefined);
    this.at = this.start;
    return sent;
  }

  private packed(): Buffer {
    const frame = this.buffer.subarray(this.start, this.at);
    const { compression } = this;
    if (compression === undefined || this.length - headerBytes < wireLimits.packedBytesMin) return frame;
    const body = frame.subarray(headerBytes);
    const sent = Buffer.allocUnsafe(headerBytes + packedBytesMax(compression, body.length));
    const end = packBody(compression, body, sent, headerBytes);
    if (end >= frame.length) return frame;
    frame.copy(sent, 0, 0, headerBytes);
    sent[1]! |= frameFlags.compressed;
    sent.writeInt32BE(end - headerBytes, lengthPlace);
    this.at = this.start;
    return sent.subarray(0, end);
  }

  /** What the frame did not take is for the next one; if it outgrew its piece, all of that is. */
  private release(): void {
    const slab = this.slab!;
    this.slab = undefined;
    if (this.buffer === slab.buffer && this.at > this.start) slab.used = this.at;
    this.buffer = none;
    giveSlab(slab);
  }
}

function cutWarnings(warnings: readonly string[]): string[] {
  return warnings.slice(0, wireLimits.warningsMax).map(cutMessage);
}

/** So that it fits a [string]. */
export function cutMessage(text: string): string {
  return text.length > wireLimits.messageUnitsMax ? text.slice(0, wireLimits.messageUnitsMax) : text;
}
