/** What the parts of the benchmark share: a gateway with a client, and operations of which so many run at once. */
import { freePort } from '@hypergate/node/sim/ports';
import type { Client } from 'cassandra-driver';
import { connectCql } from '../../lib/cql-client.ts';
import { startGateway } from '../../lib/gateway.ts';
import { readUsage } from '../../lib/process-usage.ts';
import type { Target } from '../../lib/target.ts';

export interface Figure {
  readonly what: string;
  readonly found: number;
  readonly asked: string;
  readonly holds: boolean;
}

export interface Round {
  readonly perSecond: number;
  /** Of the gateway's process. */
  readonly serverCpuUs: number;
  readonly clientCpuUs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** At once, where nothing else is said. */
export const concurrency = 32;
export const value = Buffer.alloc(100, 'v');

export interface Served {
  readonly gateway: Target;
  readonly client: Client;
}

/** @param dataDir kept, and what is there is served */
export async function serve(dataDir?: string): Promise<Served & AsyncDisposable> {
  const cqlPort = await freePort();
  const gateway = await startGateway({
    custodians: 0,
    ...(dataDir === undefined ? {} : { dataDir }),
    env: { HYPERGATE_CQL_PORT: String(cqlPort) },
  });
  const client = await connectCql(cqlPort, {
    pooling: { coreConnectionsPerHost: { 0: 1, 1: 1, 2: 1 }, maxRequestsPerConnection: 2048 },
  });
  await client.execute(
    "CREATE KEYSPACE IF NOT EXISTS bench WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
  );
  await client.execute('CREATE TABLE IF NOT EXISTS bench.items (id text PRIMARY KEY, value blob)');
  await client.execute('CREATE TABLE IF NOT EXISTS bench.links (id int PRIMARY KEY, link int)');
  return {
    gateway,
    client,
    async [Symbol.asyncDispose]() {
      await client.shutdown();
      await (dataDir === undefined ? gateway.dispose() : gateway.stop());
    },
  };
}

export const prepared = { prepare: true };

export function insert(client: Client, index: number): Promise<unknown> {
  return client.execute(
    'INSERT INTO bench.items (id, value) VALUES (?, ?)',
    [`key-${index}`, value],
    prepared,
  );
}

export async function select(client: Client, index: number): Promise<void> {
  const { rows } = await client.execute(
    'SELECT value FROM bench.items WHERE id = ?',
    [`key-${index}`],
    prepared,
  );
  if (rows.length !== 1) throw new Error(`row ${index} is missing`);
}

export async function measure(
  { gateway }: Served,
  operations: number,
  workers: number,
  one: (index: number, worker: number) => Promise<unknown>,
): Promise<Round> {
  const server = readUsage(gateway.pid).cpuSeconds;
  const own = process.cpuUsage();
  const start = performance.now();
  const times = new Float64Array(operations);
  let next = 0;
  const work = async (worker: number) => {
    while (next < operations) {
      const index = next++;
      const began = performance.now();
      await one(index, worker);
      times[index] = performance.now() - began;
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(own);
  times.sort();
  return {
    perSecond: Math.round(operations / seconds),
    serverCpuUs: Math.round(((readUsage(gateway.pid).cpuSeconds - server) * 1e7) / operations) / 10,
    clientCpuUs: Math.round(((user + system) * 10) / operations) / 10,
    p50Ms: Math.round(times[operations >> 1]! * 100) / 100,
    p99Ms: Math.round(times[Math.floor(operations * 0.99)]! * 100) / 100,
  };
}

export function atLeast(what: string, rounds: readonly Round[], least: number): Figure {
  const found = median(rounds.map(({ perSecond }) => perSecond));
  return { what, found, asked: `>= ${least}`, holds: found >= least };
}

export function atMost(what: string, found: number, most: number): Figure {
  return { what, found, asked: `<= ${most}`, holds: found <= most };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

export function short(number: number): string {
  return number >= 1000 ? String(Math.round(number)) : number.toFixed(2);
}
