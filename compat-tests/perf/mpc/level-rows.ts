/**
 * Circuits at the security levels, over sessions on loopback TCP with encryption. With all parties in one process, on one core,
 * its processor time is what they cost together; in processes of their own parties work at the same time.
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
import { onOneCore } from './one-core.ts';
import { inTurns, type Measure, type Series } from './series.ts';
import { type MpcRow, rowOf } from './table.ts';

const twoParties = ['alice', 'bob'] as const;
const threeParties = ['p1', 'p2', 'p3'] as const;

interface LevelPlan extends Pick<SessionPlan, 'level' | 'parties'> {
  readonly circuit: BenchCircuit;
  /** Runs of one repetition: short ones are measured together. */
  readonly batch: number;
  readonly rounds: number;
  /** Rounds before those that count: until the engine has compiled what is hot. */
  readonly warmUp: number;
}

/** Averages of a run. */
interface LevelFigures {
  readonly together: Series;
  readonly apart: Series;
  readonly openings: { readonly together: Cost; readonly apart: Cost };
  /** The first run in processes that have done nothing else. */
  readonly firstRun: Cost;
}

/** A session for one circuit alone: what the malicious level makes beyond a run's need would serve another one. */
async function measureLevel(plan: LevelPlan): Promise<LevelFigures> {
  const { level, parties, circuit, batch, rounds, warmUp } = plan;
  const runs = Array<BenchCircuit>(1 + batch * (rounds + warmUp)).fill(circuit);
  const open = (processes: boolean) => openBenchSession({ level, parties, runs, processes });
  const together = await open(false);
  const apart = await open(true).catch(async (error: unknown) => {
    await together.close();
    throw error;
  });
  try {
    await together.run();
    const firstRun = await apart.run();
    const ofAll = batchOf(together, batch);
    const measures = { together: () => onOneCore(ofAll), apart: batchOf(apart, batch) };
    const series = await inTurns(measures, rounds, warmUp);
    const openings = { together: together.opening, apart: apart.opening };
    return { together: series.together!, apart: series.apart!, openings, firstRun };
  } finally {
    await Promise.all([together.close(), apart.close()]);
  }
}

function batchOf(session: BenchSession, batch: number): Measure {
  return async () => {
    let [wallMs, cpuMs] = [0, 0];
    for (let run = 0; run < batch; run++) {
      const cost = await session.run();
      wallMs += cost.wallMs / batch;
      cpuMs += cost.cpuMs / batch;
    }
    return { wallMs, cpuMs };
  };
}

const less = { unit: 'ms', better: 'less' } as const;

/** @param quick fewer repetitions */
export async function compressionRows(quick: boolean): Promise<Part> {
  const work = {
    circuit: 'sha-256-compression',
    batch: 4,
    rounds: quick ? 5 : 15,
    warmUp: quick ? 3 : 6,
  } as const;
  const semiHonest = await measureLevel({ level: 'semi-honest', parties: twoParties, ...work });
  const threeParty = await measureLevel({ level: 'three-party', parties: threeParties, ...work });
  const rows = [...compression('semi-honest', semiHonest, 30), ...compression('three-party', threeParty, 60)];
  return { rows, details: { semiHonest, threeParty } };
}

function compression(level: string, figures: LevelFigures, atMost: number): MpcRow[] {
  const { together, apart } = figures;
  return [
    rowOf(`SHA-256 compression, ${level}, one process: CPU`, together, 'cpuMs', {
      ...less,
      reach: { atMost },
      note: 'all parties',
    }),
    rowOf('  by the clock', together, 'wallMs', less),
    rowOf('  a process for each party: by the clock', apart, 'wallMs', {
      ...less,
      note: firstRunOf(figures),
    }),
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
  const circuits: readonly { circuit: BenchCircuit; what: string; batch: number }[] = [
    { circuit: 'aes-128', what: 'AES-128', batch: 3 },
    { circuit: 'sha-256-compression', what: 'SHA-256 compression', batch: 1 },
    { circuit: quick ? 'layers-64k' : 'layers-300k', what: 'layers of 4096', batch: 1 },
  ];
  const rows: MpcRow[] = [];
  const details: Record<string, LevelFigures> = {};
  for (const { circuit, what, batch } of circuits) {
    const { ands } = benchCase(circuit, twoParties).circuit;
    const figures = await measureLevel({
      level: 'malicious',
      parties: twoParties,
      circuit,
      batch,
      rounds: quick ? 3 : 7,
      warmUp: ands > 100_000 ? 1 : 4,
    });
    details[circuit] = figures;
    const more = { unit: '/s', better: 'more' } as const;
    rows.push(
      rowOf(`malicious, ${what}: AND per CPU-second`, rates(figures.together, ands), 'perCpuSecond', {
        ...more,
        reach: { atLeast: 50_000 },
        note: `both parties, ${ands.toLocaleString('en')} AND`,
      }),
      rowOf('  two processes: by the clock', rates(figures.apart, ands), 'perSecond', {
        ...more,
        note: firstRunOf(figures),
      }),
    );
  }
  return { rows: [...rows, ...openingRows(details['aes-128']!)], details };
}

function firstRunOf({ firstRun }: LevelFigures): string {
  return `the first run ${Math.round(firstRun.wallMs)} ms`;
}

/** From milliseconds of a run. */
export function rates(series: Series | undefined, ands: number): Series {
  const of = (key: string) => (series?.values[key] ?? []).map((ms) => (1000 * ands) / ms);
  return { values: { perSecond: of('wallMs'), perCpuSecond: of('cpuMs') } };
}
