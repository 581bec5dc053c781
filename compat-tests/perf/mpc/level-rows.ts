/**
 * Circuits at the security levels, over sessions on loopback TCP with encryption. With all parties in one process its processor time is
 * what they cost together, and its wall time what one core takes; in processes of their own parties work at the same time.
 */
import {
  type BenchCircuit,
  type BenchSession,
  benchCase,
  type Cost,
  openBenchSession,
  type SessionPlan,
} from '@hypergate/node/jobs/mpc/bench';
import type { Part } from './kernel-rows.ts';
import { inTurns, type Measure, type Series } from './series.ts';
import { type MpcRow, rowOf } from './table.ts';

const twoParties = ['alice', 'bob'] as const;
const threeParties = ['p1', 'p2', 'p3'] as const;

interface Work {
  readonly circuit: BenchCircuit;
  /** Runs of one repetition: short ones are measured together. */
  readonly batch: number;
}

interface LevelPlan extends Pick<SessionPlan, 'level' | 'parties'> {
  readonly work: readonly Work[];
  readonly rounds: number;
  /** Rounds before those that count: until the engine has compiled what is hot. */
  readonly warmUp: number;
}

interface LevelFigures {
  /** By circuit: averages of a run. */
  readonly together: Readonly<Record<string, Series>>;
  readonly apart: Readonly<Record<string, Series>>;
  readonly openings: { readonly together: Cost; readonly apart: Cost };
  /** The first run in processes that have done nothing else. */
  readonly firstRun: Cost;
}

async function measureLevel(plan: LevelPlan): Promise<LevelFigures> {
  const { level, parties, work, rounds, warmUp } = plan;
  const first = work[0]!.circuit;
  const round = work.flatMap(({ circuit, batch }) => Array<BenchCircuit>(batch).fill(circuit));
  const runs = [first, ...Array.from({ length: rounds + warmUp }, () => round).flat()];
  const open = (processes: boolean) => openBenchSession({ level, parties, runs, processes });
  const together = await open(false);
  const apart = await open(true).catch(async (error: unknown) => {
    await together.close();
    throw error;
  });
  try {
    await together.run();
    const firstRun = await apart.run();
    const measures = [...measuresOf('together', together, work), ...measuresOf('apart', apart, work)];
    const series = await inTurns(Object.fromEntries(measures), rounds, warmUp);
    const of = (place: string) =>
      Object.fromEntries(work.map(({ circuit }) => [circuit, series[`${place} ${circuit}`]!]));
    const openings = { together: together.opening, apart: apart.opening };
    return { together: of('together'), apart: of('apart'), openings, firstRun };
  } finally {
    await Promise.all([together.close(), apart.close()]);
  }
}

function measuresOf(place: string, session: BenchSession, work: readonly Work[]): [string, Measure][] {
  return work.map(({ circuit, batch }) => [
    `${place} ${circuit}`,
    async () => {
      let [wallMs, cpuMs] = [0, 0];
      for (let run = 0; run < batch; run++) {
        const cost = await session.run();
        wallMs += cost.wallMs / batch;
        cpuMs += cost.cpuMs / batch;
      }
      return { wallMs, cpuMs };
    },
  ]);
}

const less = { unit: 'ms', better: 'less' } as const;

/** @param quick fewer repetitions */
export async function compressionRows(quick: boolean): Promise<Part> {
  const common = { rounds: quick ? 5 : 15, warmUp: quick ? 3 : 6 };
  const work = [{ circuit: 'sha-256-compression', batch: 4 }] as const;
  const semiHonest = await measureLevel({ level: 'semi-honest', parties: twoParties, work, ...common });
  const threeParty = await measureLevel({ level: 'three-party', parties: threeParties, work, ...common });
  const rows = [...compression('semi-honest', semiHonest, 30), ...compression('three-party', threeParty, 60)];
  return { rows, details: { semiHonest, threeParty } };
}

function compression(level: string, figures: LevelFigures, atMost: number): MpcRow[] {
  const [together, apart] = [figures.together, figures.apart].map((by) => by['sha-256-compression']);
  const first = `the first run ${Math.round(figures.firstRun.wallMs)} ms`;
  return [
    rowOf(`SHA-256 compression, ${level}, one process: CPU`, together, 'cpuMs', {
      ...less,
      reach: { atMost },
      note: 'all parties',
    }),
    rowOf('  by the clock', together, 'wallMs', less),
    rowOf('  a process for each party: by the clock', apart, 'wallMs', { ...less, note: first }),
    rowOf('  CPU of all processes', apart, 'cpuMs', less),
    ...openingRows(figures),
  ];
}

function openingRows({ openings }: LevelFigures): MpcRow[] {
  const row = (what: string, ms: number): MpcRow => ({
    what,
    median: ms,
    best: ms,
    unit: 'ms',
    note: 'once',
  });
  return [
    row('  setup, one process: CPU', openings.together.cpuMs),
    row('  setup, a process for each: by the clock', openings.apart.wallMs),
  ];
}

export async function maliciousRows(quick: boolean): Promise<Part> {
  const large = quick ? 'layers-64k' : 'layers-256k';
  const figures = await measureLevel({
    level: 'malicious',
    parties: twoParties,
    work: [
      { circuit: 'aes-128', batch: 2 },
      { circuit: 'sha-256-compression', batch: 1 },
      { circuit: large, batch: 1 },
    ],
    rounds: quick ? 3 : 7,
    warmUp: quick ? 2 : 4,
  });
  const named = [
    ['aes-128', 'AES-128'],
    ['sha-256-compression', 'SHA-256 compression'],
    [large, 'layers of 4096'],
  ] as const;
  const rows = named.flatMap(([circuit, what]): MpcRow[] => {
    const { ands } = benchCase(circuit, twoParties).circuit;
    const together = rates(figures.together[circuit], ands);
    const apart = rates(figures.apart[circuit], ands);
    return [
      rowOf(`malicious, ${what}: AND per CPU-second`, together, 'perCpuSecond', {
        unit: '/s',
        better: 'more',
        reach: { atLeast: 50_000 },
        note: `both parties, ${ands.toLocaleString('en')} AND`,
      }),
      rowOf('  two processes: by the clock', apart, 'perSecond', { unit: '/s', better: 'more' }),
    ];
  });
  return { rows: [...rows, ...openingRows(figures)], details: figures };
}

/** From milliseconds of a run. */
export function rates(series: Series | undefined, ands: number): Series {
  const of = (key: string) => (series?.values[key] ?? []).map((ms) => (1000 * ands) / ms);
  return { values: { perSecond: of('wallMs'), perCpuSecond: of('cpuMs') } };
}
