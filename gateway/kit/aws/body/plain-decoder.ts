/** A body without coding, with or without the SHA-256 of the whole in the signature. */
import { createHash, type Hash, hash } from 'node:crypto';
import { type BodyDecoder, noTrailers } from './decoder.ts';
import { incompleteBody, payloadHashMismatch } from './errors.ts';

export class PlainDecoder implements BodyDecoder {
  readonly trailers = noTrailers;
  sha256Hex: string | undefined;
  readonly #expectedSha256: string | undefined;
  readonly #contentLength: number | undefined;
  readonly #hash: Hash | undefined;
  #received = 0;

  constructor(expectedSha256: string | undefined, contentLength: number | undefined) {
    this.#expectedSha256 = expectedSha256;
    this.#contentLength = contentLength;
    this.#hash = expectedSha256 === undefined ? undefined : createHash('sha256');
  }

  push(bytes: Buffer, emit: (piece: Buffer) => void): void {
    this.#received += bytes.length;
    this.#hash?.update(bytes);
    if (bytes.length > 0) emit(bytes);
  }

  end(): void {
    checkLength(this.#contentLength, this.#received);
    if (this.#hash === undefined || this.#expectedSha256 === undefined) return;
    this.sha256Hex = requireSha256(this.#expectedSha256, this.#hash.digest('hex'));
  }
}

function checkLength(expected: number | undefined, received: number): void {
  if (expected !== undefined && expected !== received) throw incompleteBody(expected, received);
}

/** @throws AwsError unless equal; the hash is no secret, so plain comparison is enough */
function requireSha256(expected: string, computed: string): string {
  if (expected !== computed) throw payloadHashMismatch(expected, computed);
  return computed;
}

/**
 * The same checks over a body that is already whole: one native call instead of a hash object.
 * @returns the SHA-256 when it was checked
 */
export function checkWholeBody(
  body: Uint8Array,
  expectedSha256: string | undefined,
  contentLength: number | undefined,
): string | undefined {
  checkLength(contentLength, body.length);
  return expectedSha256 === undefined
    ? undefined
    : requireSha256(expectedSha256, hash('sha256', body, 'hex'));
}
