/**
 * The gateway's AWS port as this service reaches it for others: over a unix socket of this process, with requests that are signed for
 * whoever asked, so that what they may is decided where it always is.
 */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { type OwnCredentials, signOwnRequest } from '@hypergate/kit';
import type { LambdaBase } from '../store/context.ts';

const emptyHash = createHash('sha256').digest('hex');
const host = 'localhost';

export interface OwnGet {
  readonly service: string;
  readonly region: string;
  readonly path: string;
  readonly query: string;
  readonly credentials: OwnCredentials;
  readonly signal: AbortSignal | undefined;
}

export class OwnPort {
  readonly #base: Pick<LambdaBase, 'clock'>;
  readonly #path: string;
  readonly #serve: (socket: Socket) => void;
  readonly #sockets = new Set<Socket>();
  #listening: Promise<Server> | undefined;

  /** @param folder of this process alone; the socket stands in it */
  constructor(base: Pick<LambdaBase, 'clock'>, folder: string, serve: (socket: Socket) => void) {
    this.#base = base;
    this.#path = join(folder, 'own.sock');
    this.#serve = serve;
  }

  async get({ path, query, credentials, signal, ...scope }: OwnGet): Promise<IncomingMessage> {
    await (this.#listening ??= this.#listen());
    const nowMs = this.#base.clock.now();
    const signed = { method: 'GET', path, query, host, payloadHash: emptyHash, nowMs, ...scope };
    const headers = signOwnRequest(credentials, signed);
    return new Promise((resolve, reject) => {
      const sent = httpRequest({
        socketPath: this.#path,
        path: query === '' ? path : `${path}?${query}`,
        headers: { ...headers, connection: 'close' },
        ...(signal === undefined ? {} : { signal }),
      });
      sent.once('response', resolve);
      sent.once('error', reject);
      sent.end();
    });
  }

  async close(): Promise<void> {
    const server = await this.#listening?.catch(() => undefined);
    for (const socket of this.#sockets) socket.destroy();
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
  }

  #listen(): Promise<Server> {
    // What a process of before left there is nobody's.
    rmSync(this.#path, { force: true });
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      this.#serve(socket);
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ path: this.#path }, () => resolve(server));
    });
  }
}
