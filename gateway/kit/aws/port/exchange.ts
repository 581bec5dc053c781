/** One request and its response, with what the stages of the pipeline learn about it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '../../service.ts';
import type { AwsServiceDefinition } from '../definition.ts';
import { RawHeaders } from '../http/raw-headers.ts';
import {
  decodeComponent,
  decodedQuery,
  type QueryPair,
  queryPairs,
  type RawUrl,
  splitUrl,
  wellFormedUrl,
} from '../http/raw-url.ts';
import type { SignedRequest } from '../sigv4/index.ts';
import type { RequestIds } from './request-ids.ts';

const noUrl: RawUrl = { path: '', query: '' };

export class Exchange implements SignedRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly startedMs: number;
  readonly method: string;
  /** Target as sent. */
  readonly rawUrl: string;
  readonly url: RawUrl;
  /** False for a target that is no path or holds a broken escape. */
  readonly urlValid: boolean;
  readonly pairs: readonly QueryPair[];
  readonly headers: RawHeaders;

  operation = '';
  principal: Principal | undefined;
  region = '';
  bytesOut = 0;
  /** Whether the client still waits for `100 Continue`. */
  awaitsContinue: boolean;
  /** Set when the connection cannot be used again. */
  mustClose = false;

  readonly #ids: RequestIds;
  #id: string;
  #definition: AwsServiceDefinition | undefined;
  #query: Map<string, string> | undefined;
  #abort: AbortController | undefined;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    options: {
      readonly rawUrl: string;
      readonly ids: RequestIds;
      readonly startedMs: number;
      readonly awaitsContinue: boolean;
    },
  ) {
    this.request = request;
    this.response = response;
    this.#ids = options.ids;
    this.#id = options.ids.next();
    this.startedMs = options.startedMs;
    this.method = request.method ?? 'GET';
    this.rawUrl = options.rawUrl;
    const url = splitUrl(options.rawUrl);
    this.url = url ?? noUrl;
    this.urlValid = url !== undefined && wellFormedUrl(url);
    this.pairs = queryPairs(this.url.query);
    this.headers = new RawHeaders(request.rawHeaders);
    this.awaitsContinue = options.awaitsContinue;
  }

  /** Names the request in its answer and in logs. Another one once its service is known, where that has ids of another form. */
  get id(): string {
    return this.#id;
  }

  get definition(): AwsServiceDefinition | undefined {
    return this.#definition;
  }

  set definition(definition: AwsServiceDefinition | undefined) {
    this.#definition = definition;
    if (definition?.requestIds === 'uuid') this.#id = this.#ids.uuid();
  }

  /** Decoded query parameters. */
  get query(): ReadonlyMap<string, string> {
    this.#query ??= decodedQuery(this.pairs);
    return this.#query;
  }

  /** All values of a repeated query parameter, in order of sending. */
  queryAll(name: string): string[] {
    const values: string[] = [];
    for (const pair of this.pairs) {
      if (decodeComponent(pair.name) === name) values.push(decodeComponent(pair.value));
    }
    return values;
  }

  /** Made when a handler asks for it: an AbortController per request would cost more than most handlers. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const abort = new AbortController();
      this.#abort = abort;
      if (this.response.destroyed) abort.abort();
      else {
        this.response.once('close', () => {
          if (!this.response.writableFinished) abort.abort();
        });
      }
    }
    return this.#abort.signal;
  }

  /** Whether the signal has told that the client closed the connection before it had its answer. */
  get clientLeft(): boolean {
    return this.#abort?.signal.aborted === true;
  }

  /** Bytes of the request body as declared. */
  get bytesIn(): number {
    const length = Number(this.headers.bytes('content-length') ?? 0);
    return Number.isSafeInteger(length) ? length : 0;
  }

  /** Sends `100 Continue` if the client waits for it. */
  sendContinue(): void {
    if (!this.awaitsContinue) return;
    this.awaitsContinue = false;
    if (!this.response.headersSent && !this.response.destroyed) this.response.writeContinue();
  }
}
