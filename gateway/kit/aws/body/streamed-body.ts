/** A request body that is still to come over the socket. */

import type { RequestBody } from '../body.ts';
import type { AwsError } from '../definition.ts';
import { type BodyDecoder, noTrailers } from './decoder.ts';
import type { IdleWatch } from './idle-watch.ts';
import { PieceQueue } from './piece-queue.ts';
import { checkWholeBody, PlainDecoder } from './plain-decoder.ts';
import { type ByteSource, Pump } from './pump.ts';

export interface StreamedBodyOptions {
  readonly source: ByteSource;
  readonly contentLength: number | undefined;
  readonly watch: IdleWatch;
  /** Called once, before the first byte is asked for: sends `100 Continue` when the client waits for it. */
  readonly onStart: () => void;
  readonly tooLarge: (bytesMax: number) => AwsError;
  readonly coding:
    | { readonly kind: 'plain'; readonly sha256Hex: string | undefined }
    | { readonly kind: 'chunked'; readonly decoder: BodyDecoder };
}

export class StreamedBody implements RequestBody {
  readonly contentLength: number | undefined;
  sha256Hex: string | undefined;
  readonly #options: StreamedBodyOptions;
  #started = false;

  constructor(options: StreamedBodyOptions) {
    this.#options = options;
    this.contentLength = options.contentLength;
  }

  get trailers(): ReadonlyMap<string, string> {
    const { coding } = this.#options;
    return coding.kind === 'chunked' ? coding.decoder.trailers : noTrailers;
  }

  /** Whether reading began; an unread body is the port's to drain. */
  get started(): boolean {
    return this.#started;
  }

  collect(bytesMax: number): Promise<Uint8Array> {
    const { source, watch, coding, tooLarge } = this.#options;
    if (this.contentLength !== undefined && this.contentLength > bytesMax) {
      return Promise.reject(tooLarge(bytesMax));
    }
    this.#start();
    const pieces: Buffer[] = [];
    let received = 0;
    const add = (piece: Buffer): void => {
      received += piece.length;
      if (received > bytesMax) throw tooLarge(bytesMax);
      pieces.push(piece);
    };
    return new Promise<Uint8Array>((resolve, reject) => {
      new Pump(
        source,
        {
          piece: coding.kind === 'plain' ? add : (bytes) => coding.decoder.push(bytes, add),
          end: () => {
            const whole = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, received);
            if (coding.kind === 'plain') {
              this.sha256Hex = checkWholeBody(whole, coding.sha256Hex, this.contentLength);
            } else {
              coding.decoder.end();
            }
            resolve(whole);
          },
          fail: reject,
        },
        watch,
      ).start();
    });
  }

  chunks(): AsyncIterable<Uint8Array> {
    this.#start();
    const { source, watch, coding } = this.#options;
    const decoder =
      coding.kind === 'chunked' ? coding.decoder : new PlainDecoder(coding.sha256Hex, this.contentLength);
    const emit = (piece: Buffer): void => queue.push(piece);
    const pump: Pump = new Pump(
      source,
      {
        piece: (bytes) => decoder.push(bytes, emit),
        end: () => {
          decoder.end();
          this.sha256Hex = decoder.sha256Hex;
          queue.end();
        },
        fail: (error) => queue.fail(error),
      },
      watch,
    );
    const queue = new PieceQueue(pump);
    pump.start();
    return queue;
  }

  #start(): void {
    if (this.#started) throw new Error('a request body can be read once');
    this.#started = true;
    this.#options.onStart();
  }
}
