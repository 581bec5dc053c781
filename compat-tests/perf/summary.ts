/** Figures of a benchmark put side by side: medians over the rounds, ours against the peer, and listings over bucket sizes. */
import type { Measurement } from './measure.ts';

/** Per workload and server, one measurement per round. */
export type Measurements = Readonly<Record<string, Readonly<Record<string, readonly Measurement[]>>>>;

export interface Side {
  readonly perCpuSecond: number;
  readonly cpuMs: number;
  readonly megabytesPerCpuSecond: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly rssMiB: number;
}

export interface Summary {
  readonly ours: Side;
  readonly peer: Side | undefined;
  /** Operations per CPU-second, ours to the peer's. */
  readonly ratio: number | undefined;
}

export function summarise(workloads: Measurements): Record<string, Summary> {
  const out: Record<string, Summary> = {};
  for (const [name, { hypergate = [], s3rver = [] }] of Object.entries(workloads)) {
    if (hypergate.length === 0) continue;
    const ours = side(hypergate);
    const peer = s3rver.length === 0 ? undefined : side(s3rver);
    out[name] = { ours, peer, ratio: peer === undefined ? undefined : ours.perCpuSecond / peer.perCpuSecond };
  }
  return out;
}

/** CPU milliseconds of a page by kind and bucket size, and the largest size against the smallest whose pages are full. */
export function listingTable(
  summary: Readonly<Record<string, Summary>>,
): Record<string, { readonly cpuMs: Record<string, number>; readonly largestToSmallest: number }> {
  const kinds = new Map<string, [keys: number, cpuMs: number][]>();
  for (const [name, { ours }] of Object.entries(summary)) {
    const parts = /^list (.*) of (\d+)$/.exec(name);
    if (parts === null) continue;
    const [, kind, keys] = parts as unknown as [string, string, string];
    kinds.set(kind, [...(kinds.get(kind) ?? []), [Number(keys), ours.cpuMs]]);
  }
  return Object.fromEntries(
    [...kinds].map(([kind, sizes]) => {
      sizes.sort(([a], [b]) => a - b);
      const largestToSmallest = sizes.at(-1)![1] / sizes[0]![1];
      return [kind, { cpuMs: Object.fromEntries(sizes), largestToSmallest }];
    }),
  );
}

function side(rounds: readonly Measurement[]): Side {
  const of = (pick: (m: Measurement) => number) => median(rounds.map(pick));
  return {
    perCpuSecond: of((m) => m.operationsPerCpuSecond),
    cpuMs: of((m) => m.cpuMsPerOperation),
    megabytesPerCpuSecond: of((m) => m.megabytesPerCpuSecond),
    perSecond: of((m) => m.operationsPerSecond),
    p50Ms: of((m) => m.latencyMsMedian),
    p99Ms: of((m) => m.latencyMs99),
    rssMiB: of((m) => m.rssBytes / 1048576),
  };
}

/** Of two middle values their mean. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle]!;
  return sorted.length === 0 ? 0 : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
