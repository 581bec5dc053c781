/**
 * The AWS port: one listener for all AWS protocols. This file puts its parts together and opens and closes sockets;
 * `port/front.ts` takes each request, `port/pipeline.ts` is its way.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Clock, Principal, RandomSource } from '../service.ts';
import { bodyIdleMs, IdleWatch, systemTimers, type Timers } from './body/index.ts';
import type { CredentialStore } from './credentials.ts';
import type { AwsServiceDefinition } from './definition.ts';
import { Callers } from './port/callers.ts';
import { createFramework, type RequestListener } from './port/framework.ts';
import { Front, markAwaitingContinue } from './port/front.ts';
import { HostStyle } from './port/host.ts';
import { writeIdleMs } from './port/limits.ts';
import { createListener, type ListenOptions, listen, type TlsOptions } from './port/listeners.ts';
import { PortMetrics } from './port/metrics.ts';
import { Pipeline } from './port/pipeline.ts';
import { ServiceRegistry } from './port/registry.ts';
import { RequestIds } from './port/request-ids.ts';
import { Responder } from './port/respond.ts';
import { type SystemRoute, SystemRoutes } from './port/system-routes.ts';
import { Authenticator, SigningKeyCache } from './sigv4/index.ts';

export interface AwsPortOptions {
  readonly definitions: readonly AwsServiceDefinition[];
  /** Hosts whose subdomains are buckets: `localhost`, `s3.localhost`. */
  readonly s3Domains: readonly string[];
  /** Region of requests that name none. */
  readonly region: string;
  readonly systemRoutes: readonly SystemRoute[];
  /** More headers of every answer, asked for when its headers are written: costs each request. Names in lower case. */
  readonly responseHeaders?: (() => Readonly<Record<string, string>>) | undefined;
  readonly tls?: TlsOptions | undefined;
  /** Developer mode: who requests without credentials act as, instead of nobody. */
  readonly unsignedPrincipal?: Principal | undefined;
}

export interface AwsPortModules {
  readonly credentials: CredentialStore;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly timers?: Timers;
}

export async function createAwsPort(options: AwsPortOptions, modules: AwsPortModules): Promise<AwsPort> {
  const front = createFront(options, modules);
  const framework = await createFramework(front.serve);
  return new AwsPort(front, framework.listener, options.tls);
}

export class AwsPort {
  readonly #front: Front;
  readonly #listener: RequestListener;
  readonly #tls: TlsOptions | undefined;
  readonly #servers: Server[] = [];
  /** Of connections that were handed over; listens nowhere. */
  #own: Server | undefined;
  readonly #sockets = new Set<Socket>();

  constructor(front: Front, listener: RequestListener, tls: TlsOptions | undefined) {
    this.#front = front;
    this.#listener = listener;
    this.#tls = tls;
  }

  /** An HTTP server of the port that does not listen yet, for a caller that binds addresses itself. */
  createServer(tls: TlsOptions | undefined = this.#tls): Server {
    const server = createListener(
      {
        onRequest: this.#listener,
        onAwaitingContinue: (request, response) => {
          markAwaitingContinue(request);
          this.#listener(request, response);
        },
        onClientError: this.#front.refuse,
      },
      tls,
    );
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#servers.push(server);
    return server;
  }

  /**
   * Listens on one more address; call it for `127.0.0.1` and `::1`.
   * @returns the port that was bound
   */
  listen(options: ListenOptions): Promise<number> {
    return listen(this.createServer(), options);
  }

  /**
   * Takes a connection that came another way than through a listener: one over a unix socket, for which the port has no address.
   * It is served without TLS.
   */
  accept(socket: Socket): void {
    this.#own ??= this.createServer(undefined);
    this.#own.emit('connection', socket);
  }

  get requestsInFlight(): number {
    return this.#front.inFlight.size;
  }

  /**
   * Accepts nothing new, finishes what is under way, closes connections that wait for a next request. When the signal
   * fires, what is left is cut.
   */
  async drain(signal: AbortSignal): Promise<void> {
    this.#front.draining = true;
    for (const exchange of this.#front.inFlight) exchange.mustClose = true;
    const closed = Promise.all(this.#servers.map(closeServer));
    const busy = new Set([...this.#front.inFlight].map((exchange) => peerOf(exchange.request.socket)));
    for (const socket of this.#sockets) {
      if (!busy.has(peerOf(socket))) socket.destroySoon();
    }
    const cut = (): void => {
      for (const server of this.#servers) server.closeAllConnections();
      for (const socket of this.#sockets) socket.destroy();
    };
    if (signal.aborted) cut();
    signal.addEventListener('abort', cut, { once: true });
    await closed;
    signal.removeEventListener('abort', cut);
  }

  /** Cuts everything. */
  close(): Promise<void> {
    return this.drain(AbortSignal.abort());
  }
}

/** Under TLS a request's socket is not the one that was accepted, but both know the same peer. Unix sockets have none, and are never under TLS. */
function peerOf(socket: Socket): string | Socket {
  return socket.remotePort === undefined ? socket : `${socket.remoteAddress} ${socket.remotePort}`;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!server.listening) {
      resolve();
      return;
    }
    server.close((error) => (error === undefined ? resolve() : reject(error)));
  });
}

function createFront(options: AwsPortOptions, modules: AwsPortModules): Front {
  const { clock, random, logger } = modules;
  const timers = modules.timers ?? systemTimers;
  const authenticator = new Authenticator({
    credentials: modules.credentials,
    clock,
    keys: new SigningKeyCache(),
  });
  const hostId = Buffer.from(random.bytes(48)).toString('base64');
  const pipeline = new Pipeline(
    { region: options.region, hostId },
    {
      registry: new ServiceRegistry(options.definitions),
      authenticator,
      callers: new Callers(authenticator, options.unsignedPrincipal),
      hosts: new HostStyle(options.s3Domains),
      clock,
      reads: new IdleWatch(timers, bodyIdleMs),
    },
  );
  const front: Front = new Front({
    pipeline,
    responder: new Responder({
      timers,
      writes: new IdleWatch(timers, writeIdleMs),
      hostId,
      headers: options.responseHeaders,
    }),
    systemRoutes: new SystemRoutes(options.systemRoutes),
    ids: new RequestIds(random),
    metrics: new PortMetrics(modules.metrics, () => front.inFlight.size),
    logger,
    clock,
    hostId,
  });
  return front;
}
