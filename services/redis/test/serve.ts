/**
 * An engine behind a port of 127.0.0.1, in memory only: what tests of commands and outside suites run against. Started by
 * hand: `node services/redis/test/serve.ts [port [--parameter value ...]]`.
 */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { cronIntervalMs } from '../engine/cron.ts';
import type { Engine } from '../engine/engine.ts';
import { Connection } from '../process/connection.ts';
import { createEngine } from '../process/create-engine.ts';
import { directHost } from '../process/direct-host.ts';
import { processHost } from '../process/host.ts';
import { readPastLoop } from '../process/read-past-loop.ts';

export interface TestServer {
  readonly port: number;
  readonly engine: Engine;
  close(): Promise<void>;
}

/** @param parameters of CONFIG, also those that are immutable later */
export async function serveEngine(
  port = 0,
  parameters: readonly (readonly [name: string, value: string])[] = [],
): Promise<TestServer> {
  const connections = new Map<Socket, Connection>();
  const engine: Engine = createEngine(
    { journaling: false },
    {
      clock: { now: () => Date.now() },
      random: () => Math.random(),
      host: processHost(),
      pollWhileBusy: () => engine.whileBusy(() => readAll(connections)),
    },
  );
  engine.config.assign('enable-debug-command', 'yes');
  for (const [name, value] of parameters) engine.config.assign(name, value);
  const cron = setInterval(() => engine.cron(), cronIntervalMs);
  const server = createServer((socket) => {
    const connection = new Connection(directHost(engine), socket);
    connections.set(socket, connection);
    socket.once('close', () => connections.delete(socket));
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
      for (const socket of connections.keys()) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A script runs for long: those that are connected are told so. */
function readAll(connections: ReadonlyMap<Socket, Connection>): void {
  for (const [socket, connection] of connections) {
    const fd = (socket as unknown as { readonly _handle?: { readonly fd?: number } })._handle?.fd;
    if (connection.isRunning || socket.destroyed || fd === undefined || fd < 0) continue;
    readPastLoop(fd, (bytes) => connection.received(bytes, bytes.length));
  }
}

if (process.argv[1] === import.meta.filename) {
  const [port = '6379', ...words] = process.argv.slice(2);
  const parameters: [string, string][] = [];
  for (let i = 0; i < words.length; i += 2) parameters.push([words[i]!.replace(/^--/, ''), words[i + 1]!]);
  const server = await serveEngine(Number(port), parameters);
  console.log(`listening on 127.0.0.1:${server.port}`);
}
