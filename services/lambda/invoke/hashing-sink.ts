/** Passes pieces of an answer on, and hashes them for the record. */
import { createHash } from 'node:crypto';
import type { ResponseSink } from '../executor/api.ts';

export class HashingSink implements ResponseSink {
  readonly #sink: ResponseSink;
  readonly #hash = createHash('sha256');
  bytes = 0;

  constructor(sink: ResponseSink) {
    this.#sink = sink;
  }

  begin(contentType: string, prelude: string | undefined): void {
    this.#sink.begin(contentType, prelude);
  }

  write(piece: Uint8Array): Promise<void> {
    this.#hash.update(piece);
    this.bytes += piece.length;
    return this.#sink.write(piece);
  }

  /** Base64; once. */
  digest(): string {
    return this.#hash.digest('base64');
  }
}
