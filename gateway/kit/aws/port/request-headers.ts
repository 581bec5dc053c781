/**
 * Headers as operations see them: text, with the `x-amz-*` parameters of a presigned URL counted as headers, and without
 * `aws-chunked` in `content-encoding`.
 */
import { storedContentEncoding } from '../body/index.ts';
import { hoistedParameters } from '../sigv4/index.ts';
import type { Exchange } from './exchange.ts';

export class RequestHeaders {
  readonly #exchange: Exchange;
  /** Lower-case names of query parameters that count as headers; undefined when the request is not presigned. */
  readonly #hoisted: ReadonlyMap<string, string> | undefined;

  constructor(exchange: Exchange, presigned: boolean) {
    this.#exchange = exchange;
    this.#hoisted = presigned ? hoistedParameters(exchange.query) : undefined;
  }

  /** @param name lower case */
  get(name: string): string | undefined {
    const value = this.#exchange.headers.text(name) ?? this.#hoisted?.get(name);
    return name === 'content-encoding' ? storedContentEncoding(value) : value;
  }

  *[Symbol.iterator](): IterableIterator<[string, string]> {
    const { headers } = this.#exchange;
    for (const name of headers.names()) {
      const value = this.get(name);
      if (value !== undefined) yield [name, value];
    }
    if (this.#hoisted === undefined) return;
    for (const entry of this.#hoisted) {
      if (!headers.has(entry[0])) yield entry;
    }
  }
}
