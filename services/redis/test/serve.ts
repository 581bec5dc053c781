/**
 * An engine behind a port of 127.0.0.1, in memory only: what tests of commands and outside suites run against. Started by
 * hand: `node services/redis/test/serve.ts [port]`.
 */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { cronIntervalMs } from '../engine/cron.ts';
import type { Engine } from '../engine/engine.ts';
import { Connection } from '../process/connection.ts';
import { createEngine } from '../process/create-engine.ts';
import { directHost } from '../process/direct-host.ts';
import { processHost } from '../process/host.ts';

export interface TestServer {
  readonly port: number;
  readonly engine: Engine;
  close(): Promise<void>;
}

export async function serveEngine(port = 0): Promise<TestServer> {
  const engine = createEngine(
    { journaling: false },
    { clock: { now: () => Date.now() }, random: () => Math.random(), host: processHost() },
  );
  engine.config.assign('enable-debug-command', 'yes');
  const cron = setInterval(() => engine.cron(), cronIntervalMs);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const connection = new Connection(directHost(engine), socket);
    socket.on('data', (chunk) => connection.received(chunk, chunk.length));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const listening = (server.address() as AddressInfo).port;
  engine.config.assign('bind', '127.0.0.1');
  engine.config.assign('port', String(listening));
  return {
    port: listening,
    engine,
    async close() {
      clearInterval(cron);
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

if (process.argv[1] === import.meta.filename) {
  const server = await serveEngine(Number(process.argv[2] ?? 6379));
  console.log(`listening on 127.0.0.1:${server.port}`);
}
