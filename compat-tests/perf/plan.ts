/** Which workloads a benchmark consists of, and what has to be stored before. */
import { keysPerFolder, partBytes, type Workload } from './workloads.ts';

export interface PlanOptions {
  /** Of the 1 KiB objects. */
  readonly keys: number;
  /** Keys of each bucket that is listed: 1,000 and more. */
  readonly listingKeys: readonly number[];
  readonly seconds: number;
  readonly concurrency: number;
  /** Only workloads whose name contains it. */
  readonly only: string | undefined;
}

export interface Step {
  readonly work: Workload;
  /** Stored anew before every measurement: the workload uses it up. */
  readonly before?: Workload;
}

export interface Plan {
  readonly fills: readonly Workload[];
  readonly steps: readonly Step[];
  readonly buckets: readonly string[];
}

const KiB = 1024;
const MiB = 1024 * KiB;
const fillConcurrency = 32;

/** Objects first: a million listed keys in the same store would count in what an object costs. That cost comes after. */
export function makePlans(options: PlanOptions): Plan[] {
  const listings = options.listingKeys.flatMap((keys) => listingSteps(options, keys));
  const stored = options.listingKeys.reduce((sum, keys) => sum + keys, 0);
  const beside = smallSteps(options).map(({ work }) => ({
    work: { ...work, name: `${work.name} beside ${stored} keys` },
  }));
  return [objectSteps(options), [...listings, ...beside]]
    .map((steps) => planOf(steps, options.only?.toLowerCase() ?? ''))
    .filter((plan) => plan.steps.length > 0);
}

function planOf(all: readonly Step[], only: string): Plan {
  const steps = all.filter(({ work }) => work.name.toLowerCase().includes(only));
  const fills = new Map<string, Workload>();
  const buckets = new Set<string>();
  for (const { work } of steps) {
    buckets.add(work.bucket);
    if (work.target !== undefined) buckets.add(work.target);
    if (work.kind === 'delete') continue;
    const multipart = work.size > partBytes;
    fills.set(work.bucket, {
      ...work,
      name: `fill ${work.bucket}`,
      kind: multipart ? 'multipart' : 'put',
      count: work.keys, // Each key once, in scattered order: pages of the index as full as random insertion leaves them.
      concurrency: work.size > MiB ? work.concurrency : fillConcurrency,
    });
  }
  return { fills: [...fills.values()], steps, buckets: [...buckets] };
}

function smallSteps({ keys, seconds, concurrency }: PlanOptions): Step[] {
  const small = { concurrency, seconds, keyKind: 'flat', bucket: 'bench-1k', size: KiB, keys } as const;
  return [
    { work: { ...small, name: 'PUT 1 KiB', kind: 'put' } },
    { work: { ...small, name: 'GET 1 KiB', kind: 'get' } },
  ];
}

function objectSteps(options: PlanOptions): Step[] {
  const { keys, seconds, concurrency } = options;
  const base = { concurrency, seconds, keyKind: 'flat' } as const;
  const small = { ...base, bucket: 'bench-1k', size: KiB, keys };
  const middle = { ...base, bucket: 'bench-64k', size: 64 * KiB, keys: Math.min(2000, keys) };
  const large = {
    ...base,
    bucket: 'bench-8m',
    size: 8 * MiB,
    keys: 16,
    concurrency: Math.min(8, concurrency),
  };
  const parts = {
    ...base,
    bucket: 'bench-parts',
    size: 5 * partBytes,
    keys: 4,
    concurrency: Math.min(4, concurrency),
  };
  const count = Math.min(keys, 2000 * seconds);
  const gone = { ...base, bucket: 'bench-delete', size: KiB, keys: count, count };
  return [
    ...smallSteps(options),
    { work: { ...small, name: 'HEAD 1 KiB', kind: 'head' } },
    {
      work: { ...gone, name: 'DELETE 1 KiB', kind: 'delete' },
      before: { ...gone, name: 'fill bench-delete', kind: 'put', concurrency: fillConcurrency },
    },
    { work: { ...middle, name: 'PUT 64 KiB', kind: 'put' } },
    { work: { ...middle, name: 'GET 64 KiB', kind: 'get' } },
    { work: { ...middle, name: 'copy 64 KiB', kind: 'copy', target: 'bench-copy' } },
    { work: { ...large, name: 'PUT 8 MiB', kind: 'put' } },
    { work: { ...large, name: 'GET 8 MiB', kind: 'get' } },
    { work: { ...large, name: 'copy 8 MiB', kind: 'copy', target: 'bench-copy' } },
    { work: { ...parts, name: 'multipart 5 x 8 MiB', kind: 'multipart' } },
    { work: { ...parts, name: 'GET of 5 parts of 8 MiB', kind: 'get' } },
  ];
}

/** A walk through all pages begins again at the end of a small bucket, so that it is long enough to be measured. */
function listingSteps({ seconds, concurrency }: PlanOptions, keys: number): Step[] {
  const base = {
    bucket: `list-${keys}`,
    size: 16,
    keys,
    keyKind: 'folders',
    seconds: Math.ceil(seconds / 2),
    concurrency: Math.min(4, concurrency),
  } as const;
  const whole = { ...base, concurrency: 1, count: Math.min(1000, Math.max(keys / 1000, 500)) };
  const prefixes = Math.min(1000, keys / keysPerFolder);
  const named = (what: string) => `list ${what} of ${keys}`;
  return [
    { work: { ...base, name: named('first page'), kind: 'list-first' } },
    { work: { ...base, name: named('random pages'), kind: 'list-random' } },
    { work: { ...whole, name: named('all pages'), kind: 'list-whole' } },
    { work: { ...base, name: named(`${prefixes} prefixes`), kind: 'list-prefixes' } },
  ];
}
