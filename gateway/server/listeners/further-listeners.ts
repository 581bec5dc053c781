/** Ports that services open while the gateway runs. A port that was asked for must be free. */
import { createServer, type Server, type Socket } from 'node:net';
import type { FurtherListener, OpenListener } from '@hypergate/kit';
import { StartError } from '../errors.ts';
import { closeAll, openPort } from './ports.ts';

export class FurtherListeners {
  private readonly host: string;
  private readonly servers = new Set<Server>();
  private readonly sockets = new Set<Socket>();
  private closed = false;

  constructor(host: string) {
    this.host = host;
  }

  /** @throws StartError when the port is busy, or nothing is accepted any more */
  async open(listener: FurtherListener): Promise<OpenListener> {
    if (this.closed) throw new StartError(`the gateway stops: no port is opened for ${listener.name}`);
    const { name, port } = listener;
    const opened = await openPort({ name, flag: '--rds-ports', host: this.host, port, mayMove: false }, () =>
      createServer({ pauseOnConnect: true }, (socket) => this.accept(socket, listener)),
    );
    for (const server of opened.servers) this.servers.add(server);
    const close = async () => {
      for (const server of opened.servers) this.servers.delete(server);
      await closeAll(opened.servers);
    };
    // Closed while it was being opened.
    if (this.closed) await close();
    return { port: opened.port, close };
  }

  /** Those that are open now. */
  ports(): readonly number[] {
    const addresses = [...this.servers].map((server) => server.address());
    return [
      ...new Set(addresses.flatMap((one) => (typeof one === 'object' && one !== null ? [one.port] : []))),
    ];
  }

  /** Connections that are open end when their service has drained. */
  stopAccepting(): void {
    this.closed = true;
    for (const server of this.servers) server.close(() => undefined);
    this.servers.clear();
  }

  /** Cuts the connections that are left. */
  close(): void {
    this.stopAccepting();
    for (const socket of this.sockets) socket.destroy();
  }

  private accept(socket: Socket, listener: FurtherListener): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    listener.accept(socket);
  }
}
