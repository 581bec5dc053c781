/** Garbling and evaluation, both in one thread, and transfers, both sides in one process, on one core: rates are those of both together. */
import {
  benchCase,
  type GarblingCost,
  garblingOf,
  layeredCircuit,
  openTransfers,
} from '@hypergate/node/jobs/mpc/bench';
import { onOneCore } from './one-core.ts';
import { inTurns, type Measure } from './series.ts';
import { type MpcRow, rowOf } from './table.ts';

export interface Part {
  readonly rows: readonly MpcRow[];
  readonly details: object;
}

const perSecond = { unit: 'M/s', better: 'more' } as const;

export async function garblingRows(rounds: number): Promise<Part> {
  const measureOf = (garbleOnce: () => GarblingCost): Measure => {
    return async () => {
      const { ands, cpuMs, wallMs, garbleMs, evaluateMs } = garbleOnce();
      const millions = ands / 1000;
      return {
        perCpuSecond: millions / cpuMs,
        perSecond: millions / wallMs,
        garble: millions / garbleMs,
        evaluate: millions / evaluateMs,
        cpuMs,
      };
    };
  };
  const circuits = {
    wide: garblingOf(layeredCircuit(65_536, 16)),
    narrow: garblingOf(layeredCircuit(8, 32_768)),
    sha: garblingOf(benchCase('sha-256-compression', ['alice', 'bob']).circuit),
  };
  const measures = Object.fromEntries(
    Object.entries(circuits).map(([name, once]) => [name, measureOf(once)]),
  );
  const series = await onOneCore(() => inTurns(measures, rounds, 3));
  const both = (what: string, name: keyof typeof circuits, atLeast: number): MpcRow[] => [
    rowOf(`garble + evaluate, ${what}: AND per CPU-second`, series[name], 'perCpuSecond', {
      ...perSecond,
      reach: { atLeast },
      note: 'two XOR gates for each AND gate',
    }),
    rowOf('  by the clock', series[name], 'perSecond', perSecond),
    rowOf('  garble alone, by the clock', series[name], 'garble', perSecond),
    rowOf('  evaluate alone, by the clock', series[name], 'evaluate', perSecond),
  ];
  const rows = [
    ...both('layers of 65,536', 'wide', 8),
    ...both('layers of 8', 'narrow', 1.5),
    rowOf('garble + evaluate a SHA-256 compression: CPU', series.sha, 'cpuMs', {
      unit: 'ms',
      better: 'less',
      note: 'without session, transfers and channel',
    }),
  ];
  return { rows, details: series };
}

export async function transferRows(rounds: number): Promise<Part> {
  const bench = await openTransfers();
  try {
    const count = 2 ** 20;
    const measures = {
      setup: async () => {
        const { cpuMs, wallMs } = await bench.setup();
        return { cpuMs, wallMs };
      },
      extend: async () => {
        const { cpuMs, wallMs } = await bench.extend(count);
        const millions = count / 1000;
        return { perCpuSecond: millions / cpuMs, perSecond: millions / wallMs };
      },
    };
    const series = await onOneCore(() => inTurns(measures, rounds, 2));
    const note = 'both sides, over TCP, encrypted';
    const reach = { atLeast: 2 };
    const rows = [
      rowOf('OT extension with check: per CPU-second', series.extend, 'perCpuSecond', {
        ...perSecond,
        reach,
        note,
      }),
      rowOf('  by the clock', series.extend, 'perSecond', perSecond),
      rowOf('  128 base transfers: CPU', series.setup, 'cpuMs', { unit: 'ms', better: 'less', note }),
      rowOf('  by the clock', series.setup, 'wallMs', { unit: 'ms', better: 'less' }),
    ];
    return { rows, details: series };
  } finally {
    await bench.close();
  }
}
