/** A request body that is already here: none was sent, or it was collected to check the signature over it. */

import type { RequestBody } from '../body.ts';
import type { AwsError } from '../definition.ts';
import { noTrailers } from './decoder.ts';

const noBytes = new Uint8Array(0);

export class WholeBody implements RequestBody {
  readonly contentLength: number | undefined;
  readonly sha256Hex: string | undefined;
  readonly trailers = noTrailers;
  readonly #bytes: Uint8Array;
  readonly #tooLarge: (bytesMax: number) => AwsError;

  constructor(
    bytes: Uint8Array,
    options: {
      readonly contentLength: number | undefined;
      readonly sha256Hex: string | undefined;
      readonly tooLarge: (bytesMax: number) => AwsError;
    },
  ) {
    this.#bytes = bytes;
    this.contentLength = options.contentLength;
    this.sha256Hex = options.sha256Hex;
    this.#tooLarge = options.tooLarge;
  }

  async collect(bytesMax: number): Promise<Uint8Array> {
    if (this.#bytes.length > bytesMax) throw this.#tooLarge(bytesMax);
    return this.#bytes;
  }

  async *chunks(): AsyncIterable<Uint8Array> {
    if (this.#bytes.length > 0) yield this.#bytes;
  }
}

export function emptyBody(
  contentLength: number | undefined,
  tooLarge: (bytesMax: number) => AwsError,
  sha256Hex?: string,
): WholeBody {
  return new WholeBody(noBytes, { contentLength, sha256Hex, tooLarge });
}
