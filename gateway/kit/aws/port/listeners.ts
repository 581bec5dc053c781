/** Sockets of the port: one HTTP server per address, with TLS on the same port told by the first byte. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import type { ClientError } from './client-errors.ts';
import type { RequestListener } from './framework.ts';
import {
  headerBytesMax,
  headersTimeoutMs,
  keepAliveTimeoutMs,
  timeoutCheckMs,
  tlsHandshakeByte,
} from './limits.ts';

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
}

export interface TlsOptions {
  readonly key: string | Buffer;
  readonly cert: string | Buffer;
  /** Whether plain HTTP is answered on the same port too. */
  readonly allowPlain: boolean;
}

export interface ListenerHandlers {
  readonly onRequest: RequestListener;
  /** A request whose client waits for `100 Continue`. */
  readonly onAwaitingContinue: RequestListener;
  readonly onClientError: (error: ClientError, socket: Socket) => void;
}

/** An HTTP server with the port's limits, not yet listening. */
export function createListener(handlers: ListenerHandlers, tls: TlsOptions | undefined): Server {
  const server = createServer({
    maxHeaderSize: headerBytesMax,
    headersTimeout: headersTimeoutMs,
    // Bodies may take hours; standing ones are cut by the body's own idle watch.
    requestTimeout: 0,
    keepAliveTimeout: keepAliveTimeoutMs,
    connectionsCheckingInterval: timeoutCheckMs,
    noDelay: true,
    // The pipeline answers these itself, in the protocol's form.
    requireHostHeader: false,
  });
  server.maxRequestsPerSocket = 0;
  // Node drops the headers beyond its count silently; the port counts and refuses instead.
  server.maxHeadersCount = 0;
  server.timeout = 0;
  server.on('request', handlers.onRequest);
  server.on('checkContinue', handlers.onAwaitingContinue);
  // Any other expectation is ignored, as S3 does.
  server.on('checkExpectation', handlers.onRequest);
  server.on('clientError', (error: ClientError, socket) => handlers.onClientError(error, socket as Socket));
  if (tls !== undefined) acceptTls(server, tls);
  return server;
}

/** Resolves with the port that was bound. Rejects with the error of listen (EADDRINUSE, EACCES). */
export function listen(server: Server, options: ListenOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port, exclusive: false }, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/**
 * Puts a look at the first byte before Node's own connection handler: a TLS handshake goes through a TLS server that
 * never listens, and its plain side comes back as a connection of the same HTTP server, so that limits, timeouts and
 * closing are the same for both.
 */
function acceptTls(server: Server, options: TlsOptions): void {
  const accept = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  const toHttp = (socket: Socket): void => {
    for (const listener of accept) listener.call(server, socket);
  };
  const secure = createTls(options);
  secure.on('secureConnection', toHttp);
  server.on('connection', (socket: Socket) => {
    const giveUp = (): void => {
      socket.destroy();
    };
    socket.setTimeout(headersTimeoutMs, giveUp);
    socket.on('error', giveUp);
    socket.once('readable', () => {
      const first = socket.read(1) as Buffer | null;
      if (first === null) {
        giveUp();
        return;
      }
      socket.unshift(first);
      socket.setTimeout(0);
      socket.off('timeout', giveUp);
      socket.off('error', giveUp);
      if (first[0] === tlsHandshakeByte) secure.emit('connection', socket);
      else if (options.allowPlain) toHttp(socket);
      else giveUp();
    });
  });
}

function createTls(options: TlsOptions): TlsServer {
  const secure = createTlsServer({
    key: options.key,
    cert: options.cert,
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
    handshakeTimeout: headersTimeoutMs,
  });
  secure.on('tlsClientError', (_error, socket) => {
    socket.destroy();
  });
  return secure;
}
