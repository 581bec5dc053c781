/**
 * Bytes to frames: `feed`, then `next` until it gives undefined. Any split of the bytes gives the same frames. A length is
 * checked as soon as it is there; memory grows with what came, never with what was announced.
 * Specification: "CQL BINARY PROTOCOL", section 2 of v3, v4 and v5. Messages as Apache Cassandra 4.0.
 */
import { type Frame, frameFlags, highestVersion, type ProtocolVersion, protocolVersions } from './api.ts';
import { ByteQueue } from './byte-queue.ts';
import { type Compression, unpackBody } from './compression.ts';
import { FrameError, tooBig } from './frame-error.ts';
import { wireLimits } from './limits.ts';
import { SegmentReader } from './segment-reader.ts';

const headerBytes = 9;
const responseBit = 0x80;
const supported = protocolVersions.map((version) => `${version}/v${version}`).join(', ');

interface Header {
  readonly version: ProtocolVersion;
  readonly flags: number;
  readonly stream: number;
  readonly opcode: number;
  readonly bodyBytes: number;
}

export class FrameReader {
  private readonly input = new ByteQueue();
  /** Where frames are found: the input, or the payloads of its segments. */
  private frames = this.input;
  private segments: SegmentReader | undefined;
  private header: Header | undefined;
  private version: ProtocolVersion | undefined;
  private compression: Compression | undefined;
  private bodyBytesMax: number = wireLimits.bodyBytesBeforeLogin;
  /** The payload that is being read holds whole frames only. */
  private isSelfContained = false;
  private hasEnded = false;

  /** In memory for this connection. */
  get heldBytes(): number {
    return this.input.heldBytes + (this.segments === undefined ? 0 : this.frames.heldBytes);
  }

  /** The chunk belongs to the reader from now on. */
  feed(chunk: Buffer): void {
    if (!this.hasEnded) this.input.feed(chunk);
  }

  /** Lets go of chunks that were read. @returns whether it has none: then they are in use by frames that were taken from them alone */
  release(): boolean {
    const isFree = this.input.release();
    return (this.segments === undefined || this.frames.release()) && isFree;
  }

  /** A STARTUP was accepted, as the last frame that was taken: what follows is of this version and framed as it says. */
  start(version: ProtocolVersion, compression: Compression | undefined): void {
    this.version = version;
    this.compression = compression;
    if (version < 5) return;
    this.segments = new SegmentReader(this.input, compression !== undefined, headerBytes + this.bodyBytesMax);
    this.frames = new ByteQueue();
  }

  /** The client has logged in: larger requests are taken. */
  admit(): void {
    this.bodyBytesMax = wireLimits.frameBytesMax;
    this.segments?.admit();
  }

  /** The next whole frame; undefined when bytes are missing. @throws FrameError, and nothing more comes */
  next(): Frame | undefined {
    if (this.hasEnded) return undefined;
    try {
      return this.segments === undefined ? this.nextFrame() : this.nextOfSegments(this.segments);
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  /** Nothing more comes, and nothing is kept. */
  stop(): void {
    this.hasEnded = true;
    this.input.clear();
    this.frames.clear();
  }

  private nextOfSegments(segments: SegmentReader): Frame | undefined {
    for (;;) {
      const frame = this.nextFrame();
      if (frame !== undefined) return frame;
      if (this.isSelfContained && (this.frames.length > 0 || this.header !== undefined)) {
        throw new FrameError(
          'Invalid frame: it is marked as self-contained, and ends within a message',
          0,
          5,
        );
      }
      const segment = segments.next();
      if (segment === undefined) return undefined;
      if (segment.isSelfContained && (this.frames.length > 0 || this.header !== undefined)) {
        throw new FrameError('Invalid frame: a message was not finished before it', 0, 5);
      }
      this.isSelfContained = segment.isSelfContained;
      this.frames.feed(segment.payload);
    }
  }

  private nextFrame(): Frame | undefined {
    const header = (this.header ??= this.readHeader());
    if (header === undefined) return undefined;
    const body = this.frames.take(header.bodyBytes);
    if (body === undefined) return undefined;
    this.header = undefined;
    const { version, flags, stream, opcode } = header;
    // Within segments the flag means nothing: they are packed as a whole.
    const isPacked = version < 5 && (flags & frameFlags.compressed) !== 0;
    return { version, flags, stream, opcode, body: isPacked ? this.unpack(body, stream, version) : body };
  }

  private readHeader(): Header | undefined {
    const bytes = this.frames.take(headerBytes);
    if (bytes === undefined) {
      // Headers of v1 and v2 have 8 bytes: whoever sends only that waits for an answer.
      const partial = this.frames.partial();
      if (partial.length >= 4) this.checkVersion(partial);
      return undefined;
    }
    const version = this.checkVersion(bytes);
    const stream = bytes.readInt16BE(2);
    const opcode = bytes[4]!;
    const bodyBytes = bytes.readInt32BE(5);
    if ((bytes[0]! & responseBit) !== 0) {
      const message = `Wrong protocol direction (expected REQUEST, got RESPONSE) for opcode ${opcode}`;
      throw new FrameError(message, stream, version);
    }
    if (bodyBytes < 0) {
      const message = `Invalid value for envelope header body length field: ${bodyBytes}`;
      throw new FrameError(message, stream, version);
    }
    if (bodyBytes > this.bodyBytesMax) throw tooBig(bodyBytes, this.bodyBytesMax, stream, version);
    return { version, flags: bytes[1]!, stream, opcode, bodyBytes };
  }

  /** @param bytes the first four of a frame at least */
  private checkVersion(bytes: Buffer): ProtocolVersion {
    const number = bytes[0]! & ~responseBit;
    const version = protocolVersions.find((known) => known === number);
    if (version === undefined) {
      const message = `Invalid or unsupported protocol version (${number}); supported versions are (${supported})`;
      // Old drivers understand their own version alone, newer ones step down from what they see.
      const isOld = number === 1 || number === 2;
      throw new FrameError(
        message,
        isOld ? bytes.readInt8(2) : bytes.readInt16BE(2),
        isOld ? number : highestVersion,
      );
    }
    if (this.version !== undefined && version !== this.version) {
      const message = `Invalid message version. Got ${version}/v${version} but previous messages on this connection had version ${this.version}/v${this.version}`;
      throw new FrameError(message, bytes.readInt16BE(2), this.version);
    }
    return version;
  }

  private unpack(body: Buffer, stream: number, version: number): Buffer {
    if (this.compression === undefined) {
      throw new FrameError(
        'Received a compressed frame, but no compression was agreed upon',
        stream,
        version,
      );
    }
    const { bytes, body: unpacked } = unpackBody(this.compression, body, this.bodyBytesMax);
    if (unpacked !== undefined) return unpacked;
    if (bytes > this.bodyBytesMax) throw tooBig(bytes, this.bodyBytesMax, stream, version);
    throw new FrameError(`Invalid ${this.compression} data in a frame`, stream, version);
  }
}
