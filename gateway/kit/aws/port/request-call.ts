/** What a handler gets of a request. */
import type { Principal } from '../../service.ts';
import type { RequestBody } from '../body.ts';
import type { Call } from '../definition.ts';
import type { SignedCall } from '../signed-call/call.ts';
import type { Exchange } from './exchange.ts';
import { policyContext } from './policy-context.ts';
import type { RequestHeaders } from './request-headers.ts';

export class RequestCall implements Call<unknown> {
  readonly operation: string;
  readonly principal: Principal;
  readonly requestId: string;
  readonly region: string;
  readonly rawUrl: string;
  readonly body: RequestBody;
  input: unknown;
  /** Set before the handler gets the call, if its operation asks for it. */
  signed?: SignedCall;
  readonly identityPolicies: readonly unknown[];
  readonly #nowMs: () => number;
  readonly #exchange: Exchange;
  readonly #headers: RequestHeaders;

  constructor(
    exchange: Exchange,
    headers: RequestHeaders,
    parts: {
      readonly principal: Principal;
      readonly identityPolicies: readonly unknown[];
      readonly body: RequestBody;
      readonly input: unknown;
      readonly nowMs: () => number;
    },
  ) {
    this.operation = exchange.operation;
    this.principal = parts.principal;
    this.requestId = exchange.id;
    this.region = exchange.region;
    this.rawUrl = exchange.rawUrl;
    this.body = parts.body;
    this.input = parts.input;
    this.identityPolicies = parts.identityPolicies;
    this.#nowMs = parts.nowMs;
    this.#exchange = exchange;
    this.#headers = headers;
  }

  get method(): string {
    return this.#exchange.method;
  }

  headers(): Iterable<readonly [string, string]> {
    return this.#headers;
  }

  get secure(): boolean {
    return 'encrypted' in this.#exchange.request.socket;
  }

  get signal(): AbortSignal {
    return this.#exchange.signal;
  }

  policyContext(): Readonly<Record<string, string>> {
    return policyContext(this.#exchange, this.#nowMs());
  }

  header(name: string): string | undefined {
    return this.#headers.get(name.toLowerCase());
  }

  query(name: string): string | undefined {
    return this.#exchange.query.get(name);
  }
}
