/** `serveNode`: the ports of a node for other processes on the same machine. */
import { createServer, isIP, type Server, type Socket } from 'node:net';
import type { NodePorts } from '../api/index.ts';
import type { NodeClock } from '../embedded/clock.ts';
import { checkKey } from './handshake.ts';
import { remoteLimits } from './limits.ts';
import { serveConnection } from './server-connection.ts';

/** A Unix socket, or TCP on loopback: what follows the handshake is in the clear. */
export type NodeAddress = { readonly path: string } | { readonly host: string; readonly port: number };

export interface RemoteModules {
  readonly random: { bytes(length: number): Uint8Array };
  readonly clock: NodeClock;
  readonly logger?: { warn(fields: object, message: string): void };
}

export interface NodeServer {
  /** Where it listens; the port is the one the system chose when 0 was asked for. */
  readonly address: NodeAddress;
  /** Ends all connections. The node itself stays open. */
  close(): Promise<void>;
}

/** @param options `key`: 32 secret bytes that both ends hold */
export async function serveNode(
  ports: NodePorts,
  options: { readonly listen: NodeAddress; readonly key: Uint8Array },
  modules: RemoteModules,
): Promise<NodeServer> {
  const { listen, key } = options;
  checkKey(key);
  if ('host' in listen && !isLoopback(listen.host)) {
    throw new RangeError('a node listens on loopback or on a Unix socket only');
  }
  const sockets = new Map<Socket, Promise<void>>();
  const server = createServer((socket) => {
    if (sockets.size >= remoteLimits.connectionsMax) {
      socket.destroy();
      return;
    }
    // Replies are small and awaited.
    socket.setNoDelay(true);
    const served = serveConnection(ports, socket, key, modules)
      .catch((error) => modules.logger?.warn({ err: error }, 'a connection to the node ended badly'))
      .finally(() => sockets.delete(socket));
    sockets.set(socket, served);
  });
  await listening(server, listen);
  const bound = server.address();
  const address: NodeAddress =
    bound === null || typeof bound === 'string' ? listen : { host: bound.address, port: bound.port };
  return {
    address,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const served = [...sockets.values()];
      for (const socket of sockets.keys()) socket.destroy();
      await Promise.all([closed, ...served]);
    },
  };
}

function isLoopback(host: string): boolean {
  return host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function listening(server: Server, listen: NodeAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
