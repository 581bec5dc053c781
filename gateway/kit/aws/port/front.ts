/** Takes each request from the framework, runs it through the pipeline, answers, and keeps account of it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import type { Clock } from '../../service.ts';
import { type EncodedReply, encodeError } from '../codec/index.ts';
import { AwsError } from '../definition.ts';
import { errorFamily, internalError } from '../error-family.ts';
import { SignatureFailure, signatureError } from '../sigv4/index.ts';
import { type ClientError, refuse } from './client-errors.ts';
import { Exchange } from './exchange.ts';
import { fallbackDefinition } from './fallback.ts';
import { sentTarget } from './framework.ts';
import { headerFieldsMax } from './limits.ts';
import type { PortMetrics } from './metrics.ts';
import type { Pipeline } from './pipeline.ts';
import type { RequestIds } from './request-ids.ts';
import { BrokenReply, type Responder } from './respond.ts';
import type { SystemReply, SystemRoutes } from './system-routes.ts';
import { endSpan, startSpan } from './tracing.ts';

export interface FrontModules {
  readonly pipeline: Pipeline;
  readonly responder: Responder;
  readonly systemRoutes: SystemRoutes;
  readonly ids: RequestIds;
  readonly metrics: PortMetrics;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly hostId: string;
}

/** Requests whose client waits for `100 Continue`. */
const awaitingContinue = new WeakSet<IncomingMessage>();

export function markAwaitingContinue(request: IncomingMessage): void {
  awaitingContinue.add(request);
}

interface Outcome {
  status: number;
  error: string | undefined;
}

export class Front {
  /** Requests under way. */
  readonly inFlight = new Set<Exchange>();
  /** Once set, every answer closes its connection. */
  draining = false;
  readonly #modules: FrontModules;

  constructor(modules: FrontModules) {
    this.#modules = modules;
  }

  /** Never throws and never rejects: this is where a request's errors end. */
  readonly serve = (request: IncomingMessage, response: ServerResponse): void => {
    const { ids, clock } = this.#modules;
    const exchange = new Exchange(request, response, {
      rawUrl: sentTarget(request),
      ids,
      startedMs: clock.now(),
      awaitsContinue: awaitingContinue.has(request),
    });
    exchange.mustClose = this.draining;
    this.inFlight.add(exchange);
    this.#answer(exchange).catch((error: unknown) => this.#giveUp(exchange, error));
  };

  /** What the HTTP parser refused. An answer under way on the socket goes out first, or is cut with it. */
  readonly refuse = (error: ClientError, socket: Socket): void => {
    const earlier = [...this.inFlight].filter((exchange) => exchange.request.socket === socket);
    const broken = earlier.find((exchange) => !exchange.request.complete);
    if (broken?.response.headersSent === true || (broken !== undefined && earlier[0] !== broken)) {
      socket.destroy();
      return;
    }
    const last = earlier.at(-1);
    if (broken === undefined && last !== undefined && socket.writable && error.code !== 'ECONNRESET') {
      last.mustClose = true;
      last.response.once('close', () => socket.destroySoon());
      return;
    }
    refuse(socket, error, { requestId: this.#modules.ids.next(), hostId: this.#modules.hostId });
  };

  async #answer(exchange: Exchange): Promise<void> {
    const started = performance.now();
    const span = startSpan(exchange.method);
    const outcome: Outcome = { status: 0, error: undefined };
    try {
      await this.#produce(exchange, outcome);
    } finally {
      this.inFlight.delete(exchange);
      this.#account(exchange, outcome, (performance.now() - started) / 1000);
      if (span !== undefined) endSpan(span, { requestId: exchange.id, ...this.#names(exchange), ...outcome });
    }
  }

  async #produce(exchange: Exchange, outcome: Outcome): Promise<void> {
    const { systemRoutes, pipeline, responder } = this.#modules;
    try {
      checkMessage(exchange);
      const system = systemRoutes.answer(exchange);
      const reply = system === undefined ? await pipeline.run(exchange) : systemReply(exchange, await system);
      outcome.status = reply.status;
      if (this.draining) exchange.mustClose = true;
      await responder.send(exchange, reply);
    } catch (error) {
      await this.#sendError(exchange, error, outcome);
    }
  }

  async #sendError(exchange: Exchange, error: unknown, outcome: Outcome): Promise<void> {
    const { responder, hostId } = this.#modules;
    const failure = this.#translate(exchange, error);
    outcome.status = failure.status;
    outcome.error = failure.code;
    if (exchange.response.headersSent || exchange.response.destroyed) {
      exchange.response.destroy();
      return;
    }
    const reply = encodeError(exchange.definition ?? fallbackDefinition(exchange), failure, {
      requestId: exchange.id,
      hostId,
      resource: exchange.url.path,
    });
    await responder.send(exchange, reply);
  }

  #translate(exchange: Exchange, error: unknown): AwsError {
    if (error instanceof AwsError) return error;
    const family = errorFamily(exchange.definition ?? fallbackDefinition(exchange));
    if (error instanceof SignatureFailure) return signatureError(error.reason, family);
    const cause = error instanceof BrokenReply && error.cause !== undefined ? error.cause : error;
    if (exchange.clientLeft && isAbort(cause)) return clientLeft();
    // Told as an error of the service's own, though its head had gone.
    if (cause instanceof AwsError) return cause;
    this.#modules.logger.error(
      { requestId: exchange.id, ...this.#names(exchange), err: cause },
      'a request failed for a reason of our own',
    );
    return internalError(family);
  }

  /** Writing the error failed too: nothing is left but the socket. */
  #giveUp(exchange: Exchange, error: unknown): void {
    this.#modules.logger.error({ requestId: exchange.id, err: error }, 'an answer could not be written');
    exchange.response.destroy();
  }

  #names(exchange: Exchange): { service: string; operation: string } {
    return {
      service: exchange.definition?.signingName ?? 'none',
      operation: exchange.operation === '' ? 'none' : exchange.operation,
    };
  }

  #account(exchange: Exchange, outcome: Outcome, seconds: number): void {
    const { metrics, logger } = this.#modules;
    const service = exchange.definition?.signingName ?? 'none';
    const operation = exchange.operation === '' ? 'none' : exchange.operation;
    const { bytesIn, bytesOut } = exchange;
    metrics.record(service, operation, outcome.status, { seconds, bytesIn, bytesOut });
    if (!logger.isLevelEnabled('debug')) return;
    logger.debug(
      {
        requestId: exchange.id,
        service,
        operation,
        status: outcome.status,
        error: outcome.error,
        accountId: exchange.principal?.accountId,
        milliseconds: Math.round(seconds * 1e6) / 1e3,
        bytesIn,
        bytesOut,
      },
      'request',
    );
  }
}

/** What work that was given a signal ends with when the signal fires: `AbortError`, or a code of its own. */
function isAbort(error: unknown): boolean {
  return (
    error instanceof Error && (error.name === 'AbortError' || ('code' in error && error.code === 'aborted'))
  );
}

/** For metrics and the log of requests alone: there is nobody to answer to. */
function clientLeft(): AwsError {
  return new AwsError('ClientClosedRequest', 499, 'The client closed the connection.');
}

function checkMessage(exchange: Exchange): void {
  const { headers, request } = exchange;
  if (headers.fields.length > headerFieldsMax) {
    throw new AwsError(
      'RequestHeaderSectionTooLarge',
      400,
      'Your request header section exceeds the maximum allowed size.',
      { MaxHeaders: String(headerFieldsMax) },
    );
  }
  // RFC 9112 section 3.2: one Host, and none only before HTTP/1.1.
  if (headers.isRepeated('host') || (!headers.has('host') && request.httpVersion === '1.1')) {
    throw new AwsError('BadRequest', 400, 'A request names exactly one Host.', {}, { connection: 'close' });
  }
}

function systemReply(exchange: Exchange, reply: SystemReply): EncodedReply {
  exchange.operation = exchange.url.path;
  return { status: reply.status, headers: { 'content-type': reply.contentType }, body: reply.body };
}
