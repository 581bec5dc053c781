/**
 * Opening listeners. A port the user set must be free; a busy default of a further protocol moves on. Port 0 asks the
 * system for a free one, and then every address of the listener gets the same.
 */
import type { AddressInfo, ListenOptions, Server } from 'node:net';
import { StartError, systemCode } from '../errors.ts';
import { serverLimits } from '../limits.ts';
import { listenAddresses } from './addresses.ts';

export interface PortRequest {
  /** For messages: `AWS`, `Redis`. */
  readonly name: string;
  /** For messages: `--port`. */
  readonly flag: string;
  readonly host: string;
  readonly port: number;
  /** May move to the next free port when busy: only a default of a protocol other than AWS. */
  readonly mayMove: boolean;
}

export interface OpenedPort<Kind extends Server> {
  readonly port: number;
  /** One sentence for the log when the port is not the one asked for. */
  readonly moved: string | undefined;
  readonly servers: readonly Kind[];
}

/**
 * Listens on every address of the host with servers made by `createServer`.
 * @throws StartError when the port is busy and may not move, or the address is not one of this machine
 */
export async function openPort<Kind extends Server>(
  request: PortRequest,
  createServer: () => Kind,
): Promise<OpenedPort<Kind>> {
  const tries = request.mayMove || request.port === 0 ? serverLimits.portsTried : 1;
  for (let offset = 0; offset < tries; offset += 1) {
    const port = request.port === 0 ? 0 : request.port + offset;
    if (port > 65_535) break;
    const servers = await tryPort(request, port, createServer);
    if (servers === undefined) continue;
    const actual = (servers[0]!.address() as AddressInfo).port;
    const moved =
      offset === 0 || request.port === 0
        ? undefined
        : `port ${request.port} is busy: ${request.name} listens on ${actual} instead`;
    return { port: actual, moved, servers };
  }
  throw busyPort(request);
}

export function busyPort(request: Pick<PortRequest, 'name' | 'flag' | 'port'>): StartError {
  return new StartError(
    `port ${request.port} for ${request.name} is busy: stop what uses it, or choose another with ${request.flag}`,
  );
}

/** Undefined when one of the addresses has the port in use; an address family this machine lacks is left out. */
async function tryPort<Kind extends Server>(
  request: PortRequest,
  port: number,
  createServer: () => Kind,
): Promise<Kind[] | undefined> {
  const opened: Kind[] = [];
  let chosen = port;
  for (const [index, host] of listenAddresses(request.host).entries()) {
    const server = createServer();
    try {
      await listen(server, { host, port: chosen, exclusive: true });
    } catch (error) {
      const code = systemCode(error);
      if (index > 0 && (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT')) continue;
      await closeAll(opened);
      if (code === 'EADDRINUSE') return undefined;
      throw describeListenError(error, request, host);
    }
    opened.push(server);
    chosen = (server.address() as AddressInfo).port;
  }
  return opened;
}

function describeListenError(error: unknown, request: PortRequest, host: string): unknown {
  const reasons: Readonly<Record<string, string>> = {
    EACCES: 'this user may not open that port: choose one above 1023',
    EADDRNOTAVAIL: 'the address is not one of this machine',
    EAFNOSUPPORT: 'the address family is not available on this machine',
    ENOTFOUND: 'the host name is unknown',
    EAI_AGAIN: 'the host name cannot be looked up now',
  };
  const code = systemCode(error);
  const reason = code === undefined ? undefined : reasons[code];
  if (reason === undefined) return error;
  return new StartError(
    `cannot listen on ${host} port ${request.port} for ${request.name}: ${reason} (${code})`,
    1,
    {
      cause: error,
    },
  );
}

export function listen(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error) => reject(error);
    server.once('error', onError);
    server.listen(options, () => {
      server.off('error', onError);
      resolve();
    });
  });
}

/** Stops accepting; resolves when every connection has ended. */
export async function closeAll(servers: readonly Server[]): Promise<void> {
  await Promise.all(
    servers.map(
      (server) =>
        new Promise<void>((resolve) => {
          // A server that never listened reports so; closed is closed.
          server.close(() => resolve());
        }),
    ),
  );
}
