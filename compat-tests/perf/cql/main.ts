/**
 * `npm run bench cql [-- --quick] [--rounds N] [--only rate|scale|hostile] [--rows N] [--out FILE]`: the Node driver in this process against a
 * gateway beside it, on the same cores: inserts, point selects and conditional updates per second, every answer durable; what a point
 * read costs among few and among many rows; and what hostile connections cost. Writes perf/results/cql.json.
 */
import { fileURLToPath } from 'node:url';
import { freePort } from '@hypergate/node/sim/ports';
import type { Client } from 'cassandra-driver';
import { parseArguments } from '../../lib/arguments.ts';
import { connectCql } from '../../lib/cql-client.ts';
import { startGateway } from '../../lib/gateway.ts';
import { readUsage } from '../../lib/process-usage.ts';
import { writeResult } from '../../lib/results.ts';
import type { Target } from '../../lib/target.ts';
import { benchHostile } from './hostile.ts';

interface Figure {
  readonly what: string;
  readonly found: number;
  readonly asked: string;
  readonly holds: boolean;
}

interface Round {
  readonly perSecond: number;
  /** Of the gateway's process. */
  readonly serverCpuUs: number;
  readonly clientCpuUs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const value = Buffer.alloc(100, 'v');
const concurrency = 32;
const conditionalConcurrency = 8;
const fewRows = 10_000;

export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, {
    quick: 'boolean',
    rounds: 'string',
    only: 'string',
    rows: 'string',
    out: 'string',
  });
  const quick = parsed.on('quick');
  const rounds = parsed.count('rounds', quick ? 1 : 5, 1);
  const only = parsed.text('only', '');
  const wants = (part: string) => only === '' || only === part;
  const figures: Figure[] = [];
  const detail: Record<string, unknown> = {};
  if (wants('rate')) detail.rate = await benchRates(rounds, quick ? 20_000 : 100_000, figures);
  if (wants('scale')) {
    detail.scale = await benchScale(
      rounds,
      parsed.count('rows', quick ? 100_000 : 10_000_000, fewRows),
      figures,
    );
  }
  if (wants('hostile')) {
    const hostile = await benchHostile();
    const mebibytes = hostile.firstRound / 2 ** 20;
    figures.push(atMost('1,000 hostile connections and frames of 2 GB, MiB', mebibytes, 64));
    detail.hostile = hostile;
  }
  for (const { what, found, asked, holds } of figures) {
    console.log(`${holds ? 'holds' : 'MISSES'}  ${what}: ${short(found)} (asked ${asked})`);
  }
  const defaultOut = fileURLToPath(new URL('../results/cql.json', import.meta.url));
  const out = parsed.text('out', quick ? '' : defaultOut);
  if (out !== '') writeResult(out, { rounds, figures, detail });
  return 0;
}

interface Served {
  readonly gateway: Target;
  readonly client: Client;
}

async function serve(): Promise<Served & AsyncDisposable> {
  const cqlPort = await freePort();
  const gateway = await startGateway({ custodians: 0, env: { HYPERGATE_CQL_PORT: String(cqlPort) } });
  const client = await connectCql(cqlPort, {
    pooling: { coreConnectionsPerHost: { 0: 1, 1: 1, 2: 1 }, maxRequestsPerConnection: 2048 },
  });
  await client.execute(
    "CREATE KEYSPACE bench WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
  );
  await client.execute('CREATE TABLE bench.items (id text PRIMARY KEY, value blob)');
  await client.execute('CREATE TABLE bench.links (id int PRIMARY KEY, link int)');
  return {
    gateway,
    client,
    async [Symbol.asyncDispose]() {
      await client.shutdown();
      await gateway.dispose();
    },
  };
}

const prepared = { prepare: true };

function insert(client: Client, index: number): Promise<unknown> {
  return client.execute(
    'INSERT INTO bench.items (id, value) VALUES (?, ?)',
    [`key-${index}`, value],
    prepared,
  );
}

async function select(client: Client, index: number): Promise<void> {
  const { rows } = await client.execute(
    'SELECT value FROM bench.items WHERE id = ?',
    [`key-${index}`],
    prepared,
  );
  if (rows.length !== 1) throw new Error(`row ${index} is missing`);
}

async function benchRates(rounds: number, operations: number, figures: Figure[]): Promise<unknown> {
  await using served = await serve();
  const { client } = served;
  const results: Record<'insert' | 'select' | 'conditional', Round[]> = {
    insert: [],
    select: [],
    conditional: [],
  };
  for (let id = 0; id < conditionalConcurrency; id++) {
    await client.execute('INSERT INTO bench.links (id, link) VALUES (?, 0)', [id], prepared);
  }
  let link = 0;
  // Both sides are compiled before anything is measured.
  await measure(served, operations >> 2, concurrency, (index) => insert(client, index));
  await measure(served, operations >> 2, concurrency, (index) => select(client, index));
  for (let round = 0; round < rounds; round++) {
    results.insert.push(await measure(served, operations, concurrency, (index) => insert(client, index)));
    results.select.push(
      await measure(served, operations, concurrency, () =>
        select(client, Math.floor(Math.random() * operations)),
      ),
    );
    const links = Array.from({ length: conditionalConcurrency }, () => link);
    const steps = operations >> 2;
    results.conditional.push(
      await measure(served, steps, conditionalConcurrency, async (_, id) => {
        const before = links[id]!;
        links[id] = before + 1;
        const { rows } = await client.execute(
          'UPDATE bench.links SET link = ? WHERE id = ? IF link = ?',
          [before + 1, id, before],
          prepared,
        );
        if (rows[0]?.get('[applied]') !== true) throw new Error(`link ${before} of ${id} was not the last`);
      }),
    );
    link = Math.max(...links);
    for (let id = 0; id < conditionalConcurrency; id++) {
      await client.execute('INSERT INTO bench.links (id, link) VALUES (?, ?)', [id, link], prepared);
    }
    for (const [name, all] of Object.entries(results)) console.log(`${name}: ${JSON.stringify(all.at(-1))}`);
  }
  figures.push(atLeast('inserts per second, 32 at once', results.insert, 12_000));
  figures.push(atLeast('selects per second, 32 at once', results.select, 16_000));
  figures.push(atLeast('conditional updates per second, 8 at once', results.conditional, 4000));
  return results;
}

async function benchScale(rounds: number, rows: number, figures: Figure[]): Promise<unknown> {
  await using served = await serve();
  const { client, gateway } = served;
  const reads = 50_000;
  const found: Record<string, Round[]> = {};
  const read = async (name: string, count: number) => {
    found[name] = [];
    for (let round = 0; round < rounds; round++) {
      found[name].push(
        await measure(served, reads, concurrency, () => select(client, Math.floor(Math.random() * count))),
      );
      console.log(`${name}: ${JSON.stringify(found[name].at(-1))}`);
    }
  };
  const fill = async (from: number, to: number) => {
    const step = 100_000;
    for (let at = from; at < to; at += step) {
      await measure(served, Math.min(step, to - at), concurrency * 4, (index) => insert(client, at + index));
      console.log(`${at + step} rows, ${(readUsage(gateway.pid).rssBytes / 2 ** 20).toFixed(0)} MiB`);
    }
    // What was written is in records.
    const busy = async () => {
      const before = readUsage(gateway.pid).cpuSeconds;
      await new Promise((resolve) => setTimeout(resolve, 5000));
      return readUsage(gateway.pid).cpuSeconds - before > 1;
    };
    while (await busy());
  };
  await fill(0, fewRows);
  await measure(served, reads, concurrency, () => select(client, Math.floor(Math.random() * fewRows)));
  await read('few', fewRows);
  await fill(fewRows, rows);
  await read('many', rows);
  const cost = (name: string) => median(found[name]!.map(({ perSecond }) => 1 / perSecond));
  const cpu = (name: string) => median(found[name]!.map(({ serverCpuUs }) => serverCpuUs));
  figures.push(
    atMost(
      `a point read among ${rows} rows against one among ${fewRows}, time`,
      cost('many') / cost('few'),
      1.5,
    ),
  );
  figures.push(atMost(`the same, CPU of the server`, cpu('many') / cpu('few'), 1.5));
  return found;
}

async function measure(
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

function atLeast(what: string, rounds: readonly Round[], least: number): Figure {
  const found = median(rounds.map(({ perSecond }) => perSecond));
  return { what, found, asked: `>= ${least}`, holds: found >= least };
}

function atMost(what: string, found: number, most: number): Figure {
  return { what, found, asked: `<= ${most}`, holds: found <= most };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

function short(number: number): string {
  return number >= 1000 ? String(Math.round(number)) : number.toFixed(2);
}
