/** Rows of the table from what was measured: latency alone, throughput and cost with eight in flight, and what a whole key takes. */
import { type Series, summaryOf } from '../mpc/series.ts';
import { type MpcRow, rowOf } from '../mpc/table.ts';
import { macName, type Workload } from './workloads.ts';

export type Reach = NonNullable<MpcRow['reach']>;

export interface Measured {
  readonly alone: Series;
  readonly together: Series | undefined;
  readonly local: Series | undefined;
}

export function rowsOf(
  workloads: readonly Pick<Workload, 'name' | 'p50' | 'perSecond'>[],
  measured: ReadonlyMap<string, Measured>,
): MpcRow[] {
  const rows = workloads.flatMap(({ name, p50, perSecond }): MpcRow[] => {
    const { alone, together, local } = measured.get(name)!;
    const reached = (reach: Reach | undefined) => (reach === undefined ? {} : { reach });
    const less = { better: 'less', unit: 'ms' } as const;
    return [
      rowOf(name, alone, 'p50Ms', { ...less, ...reached(p50), note: 'p50, one in flight' }),
      rowOf('  p99', alone, 'p99Ms', less),
      rowOf('  CPU', alone, 'cpuMs', { ...less, note: 'of gateway and custodians' }),
      ...(together === undefined
        ? []
        : [
            rowOf('  8 in flight', together, 'perSecond', {
              unit: '/s',
              better: 'more',
              ...reached(perSecond),
            }),
            rowOf('  8 in flight, CPU', together, 'cpuMs', less),
          ]),
      ...(local === undefined ? [] : [localRow(alone, local)]),
    ];
  });
  return [...rows, ...furtherBlocks(measured)];
}

/** How often node:crypto makes the same in that time, with the whole key. */
function localRow(alone: Series, local: Series): MpcRow {
  const [ours, theirs] = [summaryOf(alone, 'p50Ms', 'less'), summaryOf(local, 'ms', 'less')];
  return {
    what: '  to node:crypto',
    median: ours.median / theirs.median,
    best: ours.best / theirs.best,
    unit: 'x',
    note: 'with a whole key, in process',
  };
}

/** From 55 bytes, which with the inner key and the padding are two blocks, to longer messages. */
function furtherBlocks(measured: ReadonlyMap<string, Measured>): MpcRow[] {
  const short = measured.get(macName(55));
  if (short === undefined) return [];
  return [1024, 4096].flatMap((length) => {
    const long = measured.get(macName(length));
    if (long === undefined) return [];
    const blocks = Math.ceil((length + 9) / 64) - 1;
    const [one, many] = [summaryOf(short.alone, 'p50Ms', 'less'), summaryOf(long.alone, 'p50Ms', 'less')];
    const further = {
      what: `each further 64 B of ${length}`,
      median: (many.median - one.median) / blocks,
      best: (many.best - one.best) / blocks,
      unit: 'ms',
      reach: { atMost: 25 },
    } as const;
    return [further];
  });
}
