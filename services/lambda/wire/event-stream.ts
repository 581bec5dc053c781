/**
 * Messages of application/vnd.amazon.eventstream (Smithy, "Amazon Event Stream Specification") as InvokeWithResponseStream sends them:
 *
 *   length of the message (4) ‖ length of the headers (4) ‖ CRC-32 of these (4) ‖ headers ‖ payload ‖ CRC-32 of all before (4)
 *   header: length of the name (1) ‖ name ‖ type 7, a string (1) ‖ length (2) ‖ value
 *
 * Numbers are big-endian.
 */
import { crc32 } from 'node:zlib';

export const eventStreamType = 'application/vnd.amazon.eventstream';

const preludeBytes = 12;
const crcBytes = 4;
const stringType = 7;

export interface StreamEnd {
  /** Undefined: the function answered. */
  readonly errorCode?: string | undefined;
  readonly errorDetails?: string | undefined;
  /** End of the log, base64. */
  readonly logResult?: string | undefined;
}

const chunkHeaders = headers({
  ':event-type': 'PayloadChunk',
  ':content-type': 'application/octet-stream',
  ':message-type': 'event',
});
const completeHeaders = headers({
  ':event-type': 'InvokeComplete',
  ':content-type': 'application/json',
  ':message-type': 'event',
});

/** A piece of the answer. */
export function encodeChunk(piece: Uint8Array): Uint8Array {
  return message(chunkHeaders, piece);
}

/** What ends every stream, also that of a function that failed halfway. */
export function encodeComplete({ errorCode, errorDetails, logResult }: StreamEnd): Uint8Array {
  const document = { ErrorCode: errorCode, ErrorDetails: errorDetails, LogResult: logResult };
  return message(completeHeaders, Buffer.from(JSON.stringify(document)));
}

function message(head: Buffer, payload: Uint8Array): Buffer {
  const length = preludeBytes + head.length + payload.length + crcBytes;
  const bytes = Buffer.allocUnsafe(length);
  bytes.writeUInt32BE(length, 0);
  bytes.writeUInt32BE(head.length, 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  head.copy(bytes, preludeBytes);
  bytes.set(payload, preludeBytes + head.length);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, length - crcBytes)), length - crcBytes);
  return bytes;
}

function headers(values: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(
    Object.entries(values).map(([name, value]) => {
      const head = Buffer.alloc(1 + name.length + 1 + 2);
      head.writeUInt8(name.length, 0);
      head.write(name, 1);
      head.writeUInt8(stringType, 1 + name.length);
      head.writeUInt16BE(value.length, 2 + name.length);
      return Buffer.concat([head, Buffer.from(value)]);
    }),
  );
}
