/**
 * A signed call as bytes, version 1. Numbers are big-endian, texts byte strings:
 *
 *   version (1) ‖ flags (1; 1: a body follows, 2: nobody signed it) ‖ length (1), method ‖ length (2), URL
 *   ‖ number of headers (2), each length (1), name ‖ length (2), value
 *   ‖ length (1), payload hash ‖ [length (4), body]
 *
 * Canonical: what decodes is what would be encoded again. Stored beside records, so it never changes once released.
 */
import type { SignedCall } from './call.ts';
import { signedCallLimits as limits } from './limits.ts';

const version = 1;
const flag = { body: 1, unsigned: 2 } as const;
const flagsMask = flag.body | flag.unsigned;

/** Bytes that are no signed call. One sentence. */
export class MalformedSignedCall extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MalformedSignedCall';
  }
}

/**
 * @param withBody false: the body is withheld, and the payload hash stands for it
 * @throws RangeError for a call beyond the limits
 */
export function encodeSignedCall(call: SignedCall, { withBody }: { readonly withBody: boolean }): Buffer {
  const { method, rawUrl, headers, payloadHash, unsigned } = call;
  const body = withBody ? call.body : undefined;
  if (headers.length > limits.headersMax) throw new RangeError('too many headers');
  const flags = (body === undefined ? 0 : flag.body) | (unsigned === true ? flag.unsigned : 0);
  const parts: Uint8Array[] = [
    Buffer.of(version, flags),
    text(method, 1, limits.methodBytesMax),
    text(rawUrl, 2, limits.urlBytesMax),
    sized(2, headers.length),
  ];
  for (const [name, value] of headers) {
    if (!isHeaderName(name)) throw new RangeError('name of a header');
    parts.push(text(name, 1, limits.headerNameBytesMax), text(value, 2, limits.headerValueBytesMax));
  }
  parts.push(text(payloadHash, 1, limits.payloadHashBytesMax));
  if (body !== undefined) {
    if (body.length > limits.bodyBytesMax) throw new RangeError('the body is too large');
    parts.push(sized(4, body.length), body);
  }
  return Buffer.concat(parts);
}

/**
 * Says that the bytes have the form, and nothing of what was signed.
 * @throws MalformedSignedCall
 */
export function decodeSignedCall(bytes: Uint8Array): SignedCall {
  const reader = new Reader(bytes);
  if (reader.number(1) !== version) throw new MalformedSignedCall('unknown version of a signed call');
  const flags = reader.number(1);
  if ((flags & ~flagsMask) !== 0) throw new MalformedSignedCall('unknown flags of a signed call');
  const method = reader.text(1, limits.methodBytesMax);
  const rawUrl = reader.text(2, limits.urlBytesMax);
  const count = reader.number(2);
  if (count > limits.headersMax) throw new MalformedSignedCall('too many headers');
  const headers: (readonly [string, string])[] = [];
  for (let index = 0; index < count; index += 1) {
    const name = reader.text(1, limits.headerNameBytesMax);
    if (!isHeaderName(name)) throw new MalformedSignedCall('name of a header');
    headers.push([name, reader.text(2, limits.headerValueBytesMax)]);
  }
  const payloadHash = reader.text(1, limits.payloadHashBytesMax);
  const body = (flags & flag.body) === 0 ? undefined : reader.take(reader.length(4, limits.bodyBytesMax));
  reader.end();
  return {
    method,
    rawUrl,
    headers,
    payloadHash,
    ...(body === undefined ? {} : { body }),
    ...((flags & flag.unsigned) === 0 ? {} : { unsigned: true }),
  };
}

/** RFC 9110 tokens, in lower case. */
function isHeaderName(name: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name);
}

function sized(lengthBytes: number, value: number): Buffer {
  const bytes = Buffer.alloc(lengthBytes);
  bytes.writeUIntBE(value, 0, lengthBytes);
  return bytes;
}

function text(value: string, lengthBytes: number, bytesMax: number): Buffer {
  if (value.length > bytesMax) throw new RangeError('a part of the call is too long');
  for (let index = 0; index < value.length; index += 1) {
    if (value.charCodeAt(index) > 0xff) throw new RangeError('a part of the call is no byte string');
  }
  return Buffer.concat([sized(lengthBytes, value.length), Buffer.from(value, 'latin1')]);
}

/** Checks every length before it takes bytes. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** A copy. */
  take(length: number): Buffer {
    if (length > this.#bytes.length - this.#at) throw new MalformedSignedCall('the call ends inside a field');
    const taken = Buffer.from(this.#bytes.subarray(this.#at, this.#at + length));
    this.#at += length;
    return taken;
  }

  number(width: number): number {
    return this.take(width).readUIntBE(0, width);
  }

  length(width: number, bytesMax: number): number {
    const length = this.number(width);
    if (length > bytesMax) throw new MalformedSignedCall('a part of the call is too long');
    return length;
  }

  text(width: number, bytesMax: number): string {
    return this.take(this.length(width, bytesMax)).toString('latin1');
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new MalformedSignedCall('bytes follow the call');
  }
}
