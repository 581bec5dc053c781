/**
 * `npm run bench s3`: writes perf/results/s3.json unless told another file. Linux only: CPU of the server comes from /proc.
 *
 * --keys N             1 KiB objects (100000)
 * --listing-keys A,B   keys of the buckets that are listed (1000,10000,100000,1000000)
 * --seconds N          of each measurement (4); listings take half of it
 * --rounds N, --concurrency N, --idle-seconds N, --seed TEXT, --out FILE
 * --no-peer            ours alone; --peer-keys N (5000), --peer-listing-keys-max N (10000): s3rver is asked for fewer
 * --data DIR           our data directory, kept afterwards: a bucket that an earlier run filled is not filled again
 * --only NAME          workloads whose name contains it, and what they need
 * --quick              ours alone, few keys, one round, no result file unless --out: under a minute
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ParsedArguments, parseArguments } from '../lib/arguments.ts';
import { writeResult } from '../lib/results.ts';
import { type BenchOptions, type BenchResult, runBench } from './s3-bench.ts';

const defaults = {
  full: { keys: 100_000, listing: '1000,10000,100000,1000000', seconds: 4, rounds: 3, idleSeconds: 30 },
  quick: { keys: 2000, listing: '1000,10000', seconds: 1, rounds: 1, idleSeconds: 2 },
} as const;

/** Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, {
    keys: 'string',
    'listing-keys': 'string',
    seconds: 'string',
    rounds: 'string',
    concurrency: 'string',
    'idle-seconds': 'string',
    'no-peer': 'boolean',
    'peer-keys': 'string',
    'peer-listing-keys-max': 'string',
    only: 'string',
    data: 'string',
    quick: 'boolean',
    seed: 'string',
    out: 'string',
  });
  const result = await runBench(optionsOf(parsed));
  printSummary(result);
  const results = fileURLToPath(new URL('results/s3.json', import.meta.url));
  const out = parsed.text('out', parsed.on('quick') || parsed.text('only', '') !== '' ? '' : results);
  if (out !== '') writeResult(out, result);
  return 0;
}

function optionsOf(parsed: ParsedArguments): BenchOptions {
  const quick = parsed.on('quick');
  const usual = quick ? defaults.quick : defaults.full;
  const only = parsed.text('only', '');
  return {
    keys: parsed.count('keys', usual.keys, 1000),
    listingKeys: parsed.text('listing-keys', usual.listing).split(',').map(listingKeys),
    seconds: parsed.count('seconds', usual.seconds, 1),
    rounds: parsed.count('rounds', usual.rounds, 1),
    concurrency: parsed.count('concurrency', 16, 1),
    idleSeconds: parsed.count('idle-seconds', usual.idleSeconds, 1),
    withPeer: !quick && !parsed.on('no-peer'),
    peerKeys: parsed.count('peer-keys', 5000, 1000),
    peerListingKeysMax: parsed.count('peer-listing-keys-max', 10_000),
    data: parsed.text('data', '') === '' ? undefined : resolve(parsed.text('data', '')),
    only: only === '' ? undefined : only,
    seed: parsed.text('seed', 'bench'),
    report: (text) => console.log(text),
  };
}

/** Whole thousands: every page of a walk is full then. */
function listingKeys(text: string): number {
  const keys = Number(text);
  if (!Number.isSafeInteger(keys) || keys < 1000 || keys % 1000 !== 0)
    throw new Error('--listing-keys are thousands of keys, with commas between');
  return keys;
}

function printSummary({ summary, listings }: BenchResult): void {
  console.log('\nmedians per CPU-second of the server: ours, peer, ratio; p50 and p99 of ours');
  for (const [name, { ours, peer, ratio }] of Object.entries(summary)) {
    const cells = [
      `${ours.perCpuSecond.toFixed(0)} (${ours.megabytesPerCpuSecond.toFixed(0)} MB)`.padStart(18),
      (peer?.perCpuSecond.toFixed(0) ?? '-').padStart(8),
      (ratio?.toFixed(2) ?? '-').padStart(8),
      `${ours.p50Ms.toFixed(1)} / ${ours.p99Ms.toFixed(1)} ms`.padStart(18),
    ];
    console.log(`${name.padEnd(34)} ${cells.join(' ')}`);
  }
  console.log('\nCPU ms of a page of a listing, by keys of the bucket');
  for (const [kind, { cpuMs, largestToSmallest }] of Object.entries(listings)) {
    const cells = Object.entries(cpuMs).map(([keys, ms]) => `${keys}: ${ms.toFixed(2)}`);
    console.log(
      `${kind.padEnd(16)} ${cells.join(', ')}; largest to smallest ${largestToSmallest.toFixed(2)}`,
    );
  }
}
