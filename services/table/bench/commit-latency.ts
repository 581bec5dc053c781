/**
 * What one small transaction costs from the call of `transact` to its answer, on the real disk, in the shape in which engines commit
 * their logs: put one row that must not be there, check that the row before it still has its revision, under a lease's term.
 * `node services/table/bench/commit-latency.ts [seconds per case] [rounds] [KiB of rows] [in flight]`, the last two as lists (`0.5,8`).
 * One JSON line per case, the medians of the rounds. CPU is that of the whole process, all threads.
 */
import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import type { Fence } from '@hypergate/node/api';
import type { OpenTables, TableDefinition, TableDomain } from '../index.ts';
import { openDiskHarness, withFolder } from '../test/support/disk-harness.ts';

// As the gateway does.
setFlagsFromString('--external-memory-accounted-in-global-limit');
const [seconds = '1', rounds = '3', sizes = '0.5,8,64', depths = '1,4,16,64'] = process.argv.slice(2);
const numbers = (list: string) => list.split(',').map(Number);

const table: TableDefinition<Uint8Array> = {
  name: 'bench.log',
  description: 'Rows of an engine that writes its log',
  formats: [{ version: 1, encode: (bytes) => bytes, decode: (bytes) => bytes }],
};

interface Round {
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly userUs: number;
  readonly systemUs: number;
}

interface World {
  readonly tables: OpenTables;
  readonly domain: TableDomain;
  readonly fence: Fence;
}

let chains = 0;

/** A chain of rows, each of which relies on the one before it. Adds the microseconds of each until the time is over. */
async function chain(row: Uint8Array, until: number, { tables, domain, fence }: World, times: number[]) {
  const partition = Buffer.alloc(4);
  partition.writeUInt32BE(chains++);
  const keyOf = (index: number) => {
    const sort = Buffer.alloc(8);
    sort.writeUInt32BE(index, 4);
    return { partition, sort };
  };
  let revision = 0;
  for (let index = 1; performance.now() < until; index += 1) {
    const from = performance.now();
    const put = { kind: 'put', domain, table, key: keyOf(index), row, condition: 'absent' } as const;
    const before = { kind: 'check', domain, table, key: keyOf(index - 1), condition: { revision } } as const;
    const applied = await tables.transact(revision === 0 ? [put] : [put, before], { fence });
    revision = applied.revision;
    times.push((performance.now() - from) * 1000);
  }
}

async function measure(bytes: number, inFlight: number, forSeconds: number, world: World): Promise<Round> {
  const row = randomBytes(bytes);
  const times: number[] = [];
  const start = performance.now();
  const cpu = process.cpuUsage();
  await Promise.all(
    Array.from({ length: inFlight }, () => chain(row, start + forSeconds * 1000, world, times)),
  );
  const { user, system } = process.cpuUsage(cpu);
  const took = (performance.now() - start) / 1000;
  times.sort((left, right) => left - right);
  const at = (share: number) => times[Math.floor(times.length * share)]!;
  return {
    perSecond: times.length / took,
    p50Us: at(0.5),
    p99Us: at(0.99),
    userUs: user / times.length,
    systemUs: system / times.length,
  };
}

function medians(of: readonly Round[]): Record<string, number> {
  const names = ['perSecond', 'p50Us', 'p99Us', 'userUs', 'systemUs'] as const;
  const middle = (name: (typeof names)[number]) => {
    const values = of.map((round) => round[name]).sort((left, right) => left - right);
    return Math.round(values[Math.floor(values.length / 2)]!);
  };
  return Object.fromEntries(names.map((name) => [name, middle(name)]));
}

await withFolder(async (folder) => {
  const { tables, node, close } = await openDiskHarness(folder);
  const domain = await tables.ensureDomain(randomBytes(32));
  const resource = 'bench';
  const holder = randomBytes(32);
  const lease = await node.lease({ domain: domain.address, resource, holder, durationMs: 10_000 });
  const world = { tables, domain, fence: { domain: domain.address, resource, term: lease.term } };
  await measure(512, 1, Number(seconds), world);
  for (const kib of numbers(sizes)) {
    for (const inFlight of numbers(depths)) {
      const done: Round[] = [];
      while (done.length < Number(rounds)) {
        done.push(await measure(kib * 1024, inFlight, Number(seconds), world));
      }
      process.stdout.write(`${JSON.stringify({ kib, inFlight, ...medians(done) })}\n`);
    }
  }
  await lease.release();
  await close();
});
