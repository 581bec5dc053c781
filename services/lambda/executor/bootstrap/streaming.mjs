/** `awslambda.streamifyResponse` and `awslambda.HttpResponseStream`. */
import { Writable } from 'node:stream';

const mark = Symbol.for('aws.lambda.runtime.handler.streaming');
const integrationType = 'application/vnd.awslambda.http-integration-response';
/** Between the prelude of a response over HTTP and its body. */
const preludeEnd = Buffer.alloc(8);

export function defineGlobals() {
  globalThis.awslambda = {
    streamifyResponse(handler) {
      handler[mark] = 'response';
      return handler;
    },
    HttpResponseStream: {
      /** @param {ResponseStream} stream @param {Record<string, unknown>} metadata status, headers, cookies */
      from(stream, metadata) {
        stream.setContentType(integrationType);
        stream.prelude = Buffer.concat([Buffer.from(JSON.stringify(metadata ?? {})), preludeEnd]);
        return stream;
      },
    },
  };
}

export const isStreaming = (handler) => handler[mark] === 'response';

/** What a handler writes its answer to. The request begins with its first byte, or its end. */
export class ResponseStream extends Writable {
  prelude;
  #open;
  #request;
  #contentType = 'application/octet-stream';

  /** @param {(contentType: string) => ReturnType<ReturnType<typeof import('./connection.mjs').connect>['stream']>} open */
  constructor(open) {
    super({ highWaterMark: 65_536 });
    this.#open = open;
  }

  setContentType(contentType) {
    this.#contentType = String(contentType);
  }

  get hasBegun() {
    return this.#request !== undefined;
  }

  #begin(done) {
    if (this.#request) return done();
    this.#request = this.#open(this.#contentType.replace(/[^\x20-\x7e]/g, ''));
    if (this.prelude) this.#request.write(this.prelude, done);
    else done();
  }

  _write(piece, encoding, done) {
    const bytes = Buffer.isBuffer(piece) ? piece : Buffer.from(piece, encoding);
    this.#begin((error) => (error ? done(error) : this.#request.write(bytes, done)));
  }

  /** @param {Record<string, string>} [trailers] what went wrong on the way */
  async finish(trailers) {
    await new Promise((resolve) => this.#begin(resolve));
    return this.#request.end(trailers);
  }
}
