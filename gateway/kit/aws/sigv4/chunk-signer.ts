/**
 * Signatures of the chunks of an aws-chunked body ("Signature calculations for the Authorization header: transferring
 * payload in multiple chunks", S3 API reference). Each covers the one before, the first covers the request's.
 */
import type { KeyObject } from 'node:crypto';
import { sameText } from './authenticator.ts';
import { sha256OfByteString } from './canonical.ts';
import { emptySha256 } from './payload-hash.ts';
import { scopeText } from './scope.ts';
import type { RequestSignature } from './signature.ts';
import { sign } from './signing-key.ts';

export class ChunkSigner {
  readonly #key: KeyObject;
  /** Time stamp and scope, the same in every string to sign. */
  readonly #prefix: string;
  #previous: string;

  constructor(signature: RequestSignature, key: KeyObject) {
    this.#key = key;
    this.#prefix = `${signature.time.iso}\n${scopeText(signature.scope)}`;
    this.#previous = signature.signature;
  }

  /** @param sha256Hex hash of the chunk's data */
  acceptsChunk(provided: string, sha256Hex: string): boolean {
    return this.#accepts(
      provided,
      `AWS4-HMAC-SHA256-PAYLOAD\n${this.#prefix}\n${this.#previous}\n${emptySha256}\n${sha256Hex}`,
    );
  }

  /** @param trailers `name:value\n` of every trailing header, a byte string */
  acceptsTrailer(provided: string, trailers: string): boolean {
    return this.#accepts(
      provided,
      `AWS4-HMAC-SHA256-TRAILER\n${this.#prefix}\n${this.#previous}\n${sha256OfByteString(trailers)}`,
    );
  }

  #accepts(provided: string, text: string): boolean {
    const computed = sign(this.#key, text);
    if (!sameText(computed, provided)) return false;
    this.#previous = computed;
    return true;
  }
}
