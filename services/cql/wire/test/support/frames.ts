/** Requests as a client sends them, by hand. */
import type { Frame } from '../../api.ts';
import type { FrameReader } from '../../frame-reader.ts';

export function requestFrame(version: number, opcode: number, body: Buffer, stream = 1, flags = 0): Buffer {
  const header = Buffer.alloc(9);
  header[0] = version;
  header[1] = flags;
  header.writeInt16BE(stream, 2);
  header[4] = opcode;
  header.writeInt32BE(body.length, 5);
  return Buffer.concat([header, body]);
}

export function allFrames(reader: FrameReader, chunks: readonly Buffer[]): Frame[] {
  const frames: Frame[] = [];
  for (const chunk of chunks) {
    reader.feed(chunk);
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) frames.push(frame);
  }
  return frames;
}

export function short(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function string(text: string): Buffer {
  return Buffer.concat([short(Buffer.byteLength(text)), Buffer.from(text)]);
}

export function longString(text: string): Buffer {
  return Buffer.concat([int(Buffer.byteLength(text)), Buffer.from(text)]);
}

export function bytes(value: Buffer | undefined): Buffer {
  return value === undefined ? int(-1) : Buffer.concat([int(value.length), value]);
}
