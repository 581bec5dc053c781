/**
 * The Runtime API (Lambda developer guide, "Using the Lambda runtime API for custom runtimes"), served to one process over one socket. Whatever
 * that process sends is taken for hostile: it can spoil its own answers and nothing else.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Invocation, InvocationOutcome } from './api.ts';
import { executorLimits } from './limits.ts';
import { receiveAnswer } from './receive-answer.ts';

const prefix = '/2018-06-01/runtime/';

export interface RuntimeListener {
  /** It asked for its first invocation. */
  ready(): void;
  /** It could not load its handler. @param body `{errorType, errorMessage, trace}` */
  initFailed(body: Uint8Array): void;
  /** Its end of the socket is closed, or it broke the protocol. */
  lost(): void;
}

export interface RuntimeOutcome {
  readonly outcome: InvocationOutcome;
  /** The process said that it will end, or has to. */
  readonly ends: boolean;
}

interface Current {
  readonly invocation: Invocation;
  readonly settle: (outcome: RuntimeOutcome) => void;
  isSent: boolean;
  isAnswered: boolean;
}

export class RuntimeSession {
  readonly #start: Buffer;
  readonly #listener: RuntimeListener;
  #next: ServerResponse | undefined;
  #current: Current | undefined;
  #pending = 0;
  /** Since the last invocation was given. */
  #requests = 0;
  #wasReady = false;

  constructor(start: Buffer, listener: RuntimeListener) {
    this.#start = start;
    this.#listener = listener;
  }

  /** Something of the answer under way went to whoever waits for it. */
  hasStreamed = false;
  /** The function's runtime runs. */
  hasBegun = false;

  deliver(invocation: Invocation): Promise<RuntimeOutcome> {
    return new Promise((settle) => {
      this.hasStreamed = false;
      this.#requests = 0;
      this.#current = { invocation, settle, isSent: false, isAnswered: false };
      this.#send();
    });
  }

  request(request: IncomingMessage, response: ServerResponse): void {
    this.#pending += 1;
    this.#requests += 1;
    // A runtime that only asks would keep the gateway busy for nothing.
    if (this.#pending > executorLimits.pendingRequestsMax || this.#requests > executorLimits.requestsMax) {
      request.socket.destroy();
      return;
    }
    response.once('close', () => {
      this.#pending -= 1;
    });
    const path = request.url ?? '';
    if (request.method === 'GET' && path === `${prefix}invocation/next`) this.#askNext(response);
    else if (request.method === 'GET' && path === '/start') this.#begin(response);
    else if (request.method === 'POST' && path === `${prefix}init/error`)
      void this.#initError(request, response);
    else if (request.method === 'POST') void this.#answer(path, request, response);
    else refuse(request, response, 404, 'NotFound');
  }

  lost(): void {
    this.#listener.lost();
  }

  #begin(response: ServerResponse): void {
    this.hasBegun = true;
    reply(response, 200, this.#start);
  }

  #askNext(response: ServerResponse): void {
    if (this.#next || (this.#current?.isSent && !this.#current.isAnswered)) {
      reply(response, 403, problem('InvalidStateTransition'));
      return;
    }
    this.#next = response;
    if (!this.#wasReady) {
      this.#wasReady = true;
      this.#listener.ready();
    }
    this.#send();
  }

  #send(): void {
    const current = this.#current;
    const response = this.#next;
    if (!current || current.isSent || !response) return;
    current.isSent = true;
    this.#next = undefined;
    const { requestId, deadlineMs, invokedArn, traceId, clientContext, cognitoIdentity, payload } =
      current.invocation;
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': payload.length,
      'lambda-runtime-aws-request-id': requestId,
      'lambda-runtime-deadline-ms': deadlineMs,
      'lambda-runtime-invoked-function-arn': encodeURI(invokedArn),
      'lambda-runtime-trace-id': encodeURI(traceId),
      ...(clientContext === undefined
        ? {}
        : { 'lambda-runtime-client-context': encodeURIComponent(clientContext) }),
      ...(cognitoIdentity === undefined
        ? {}
        : { 'lambda-runtime-cognito-identity': encodeURIComponent(cognitoIdentity) }),
    });
    response.end(payload);
  }

  async #initError(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#wasReady) return refuse(request, response, 403, 'InvalidStateTransition');
    const body = await readBody(request, executorLimits.errorBodyMax);
    if (!body) return void request.socket.destroy();
    this.#wasReady = true;
    this.#listener.initFailed(body);
    reply(response, 202, accepted);
  }

  async #answer(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const match = /^\/2018-06-01\/runtime\/invocation\/([0-9a-f-]{36})\/(response|error)$/.exec(path);
    const current = this.#current;
    if (!match) return refuse(request, response, 404, 'NotFound');
    if (!current?.isSent || match[1] !== current.invocation.requestId) {
      return refuse(request, response, 400, 'InvalidRequestID');
    }
    if (current.isAnswered) return refuse(request, response, 403, 'InvalidStateTransition');
    current.isAnswered = true;
    const ends = request.headers['hypergate-ends'] !== undefined;
    if (match[2] === 'error') {
      const body = await readBody(request, executorLimits.errorBodyMax);
      if (!body) return void request.socket.destroy();
      reply(response, 202, accepted);
      const failure = { kind: 'handler', body } as const;
      return current.settle({ outcome: { kind: 'failure', failure, streamed: false }, ends });
    }
    const outcome = await receiveAnswer(request, current.invocation.stream, () => {
      this.hasStreamed = true;
    });
    if (!outcome) return void request.socket.destroy();
    const isTooLarge = outcome.kind === 'failure' && outcome.failure.kind === 'too-large';
    if (!isTooLarge) reply(response, 202, accepted);
    current.settle({ outcome, ends: isTooLarge });
  }
}

/** Serves all processes. */
export class RuntimeApi {
  readonly #sessions = new WeakMap<Duplex, RuntimeSession>();
  readonly #server: Server;

  constructor() {
    this.#server = createServer({
      keepAlive: true,
      keepAliveTimeout: 0,
      requestTimeout: 0,
      headersTimeout: 0,
      connectionsCheckingInterval: 2_000_000_000,
    });
    this.#server.timeout = 0;
    this.#server.on('request', (request, response) => {
      request.on('error', () => undefined);
      response.on('error', () => undefined);
      this.#sessions.get(request.socket)?.request(request, response);
    });
    this.#server.on('clientError', (_, socket) => socket.destroy());
    this.#server.on('upgrade', (_, socket) => socket.destroy());
    this.#server.on('connect', (_, socket) => socket.destroy());
  }

  /** @param socket whose other end the process has @param start what it is told first */
  attach(socket: Socket, start: unknown, listener: RuntimeListener): RuntimeSession {
    const session = new RuntimeSession(Buffer.from(JSON.stringify(start)), listener);
    this.#sessions.set(socket, session);
    socket.on('error', () => undefined);
    socket.once('close', () => session.lost());
    this.#server.emit('connection', socket);
    return session;
  }

  close(): void {
    this.#server.close();
  }
}

const accepted = Buffer.from('{"status":"OK"}');
const problem = (errorType: string) => Buffer.from(JSON.stringify({ errorType, errorMessage: errorType }));

function reply(response: ServerResponse, status: number, body: Buffer): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
}

/** What it sent is read, so that the next request can be, but for what nobody would send by mistake. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number, errorType: string): void {
  let bytes = 0;
  request.on('data', (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > executorLimits.responseMax) request.socket.destroy();
  });
  reply(response, status, problem(errorType));
}

/** @returns undefined when it is longer, or broke off */
async function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) return undefined;
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of request as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > bytesMax) return undefined;
      pieces.push(piece);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(pieces, bytes);
}
