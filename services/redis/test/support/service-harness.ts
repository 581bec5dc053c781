/** The whole service over a node in memory, behind a port of 127.0.0.1; it can be stopped and opened again on the same state. */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import type { Service } from '@hypergate/kit';
import { createKeystore, createPooledRandom, ed25519SigningKey } from '@hypergate/node/crypto';
import { type EmbeddedNode, MemoryState, openMemoryNode } from '@hypergate/node/embedded';
import { PlainProver } from '@hypergate/node/sim';
import { MemoryStore } from '@hypergate/node/store';
import { type OpenTables, openTables } from '@hypergate/table';
import { Redis, type RedisOptions } from 'ioredis';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createService } from '../../service.ts';

export interface World {
  readonly state: MemoryState;
  readonly indexStore: MemoryStore;
  readonly node: EmbeddedNode;
  readonly tables: OpenTables;
  readonly prover: PlainProver;
  readonly service: Service;
  readonly metrics: Registry;
  readonly port: number;
  client(options?: Partial<RedisOptions>): Redis;
  /** Process id of the engine. */
  enginePid(): number;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly state?: MemoryState;
  readonly indexStore?: MemoryStore;
  readonly own?: Readonly<Record<string, unknown>>;
  readonly tls?: { readonly cert: string; readonly key: string };
}

const keystore = createKeystore(Buffer.alloc(32, 0x52));
const writerKey = ed25519SigningKey(keystore.writerSeed());

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  await using opened = new AsyncDisposableStack();
  const { state = new MemoryState(), indexStore = new MemoryStore(), own = {} } = options;
  const random = createPooledRandom();
  const { node } = await openMemoryNode({ state, writerKey });
  opened.defer(() => node.close());
  const prover = new PlainProver({});
  const proven = prover.over(node);
  const metrics = new Registry();
  const tables = await openTables(
    {},
    { node: proven, indexStore, keys: keystore, writerKey: writerKey.publicKey, random },
  );
  opened.defer(() => tables.close());
  const service = createService({
    node: proven,
    tables,
    logger: pino({ level: 'silent' }),
    metrics,
    clock: Date,
    random,
    settings: {
      region: 'us-east-1',
      rootAccountId: '000000000000',
      accounts: [],
      s3Domains: [],
      lifecycleDayMs: 1,
      dataDir: '/data',
      own: { memory: 256 * 1024 * 1024, ...own },
      ...(options.tls === undefined ? {} : { tls: options.tls }),
    },
  });
  await service.start();
  opened.defer(() => service.stop());
  const server = await listen(service, options.tls !== undefined);
  opened.defer(() => closeServer(server));
  const { port } = server.address() as AddressInfo;
  const clients: Redis[] = [];
  opened.defer(() => {
    for (const client of clients) client.disconnect();
  });
  const closing = opened.move();
  return {
    state,
    indexStore,
    node,
    tables,
    service,
    prover,
    metrics,
    port,
    client(more = {}) {
      const client = new Redis({ port, host: '127.0.0.1', ...more });
      client.on('error', () => undefined);
      clients.push(client);
      return client;
    },
    enginePid: () => newestEngine(),
    close: () => closing.disposeAsync(),
  };
}

async function listen(service: Service, isTls: boolean): Promise<Server> {
  const [listener] = service.listeners;
  const server = createServer({ pauseOnConnect: true }, (socket) => listener!.accept(socket, isTls));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function closeServer(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}

/** Of this process's children. */
function newestEngine(): number {
  const found: number[] = [];
  for (const task of readdirSync('/proc/self/task')) {
    const children = readFileSync(`/proc/self/task/${task}/children`, 'utf8').trim();
    for (const pid of children.split(' ').filter((text) => text !== '')) {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('engine-main')) found.push(Number(pid));
    }
  }
  if (found.length === 0) throw new Error('there is no engine process');
  return Math.max(...found);
}
