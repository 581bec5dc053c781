/** The malicious level beside emp-wasm, on the same circuit in the same run: from nothing to the output, and for each further AND gate. */
import { type BenchCircuit, benchCase, openBenchSession } from '@hypergate/node/jobs/mpc/bench';
import type { Part } from './kernel-rows.ts';
import { rates } from './level-rows.ts';
import { onOneCore } from './one-core.ts';
import { measurePeer } from './peer.ts';
import { inTurns, type Measure, type Series, summaryOf } from './series.ts';
import { type MpcRow, rowOf } from './table.ts';

const parties = ['alice', 'bob'] as const;

export async function peerRows(quick: boolean): Promise<Part> {
  const circuit: BenchCircuit = quick ? 'aes-128' : 'sha-256-compression';
  const rounds = quick ? 1 : 3;
  const warmUp = 8;
  const { ands } = benchCase(circuit, parties).circuit;
  const plan = { level: 'malicious', parties } as const;
  const session = await openBenchSession({
    ...plan,
    runs: Array<BenchCircuit>(warmUp + rounds).fill(circuit),
    processes: false,
  });
  try {
    for (let run = 0; run < warmUp; run++) await session.run();
    const peer =
      (name: BenchCircuit): Measure =>
      async () => ({ ...(await measurePeer(name)) });
    const series = await inTurns(
      {
        ours: () => onOneCore(async () => ({ ...(await session.run()) })),
        oursFresh: () => measureFresh(circuit),
        peerOne: peer('one-and'),
        peer: peer(circuit),
      },
      rounds,
    );
    return { rows: rowsOf(circuit, ands, series), details: series };
  } finally {
    await session.close();
  }
}

/** Processes that have done nothing else open a session and run the circuit once. */
async function measureFresh(circuit: BenchCircuit): Promise<Record<string, number>> {
  const session = await openBenchSession({ level: 'malicious', parties, runs: [circuit], processes: true });
  try {
    const run = await session.run();
    return {
      wallMs: session.opening.wallMs + run.wallMs,
      cpuMs: session.opening.cpuMs + run.cpuMs,
    };
  } finally {
    await session.close();
  }
}

function rowsOf(circuit: string, ands: number, series: Readonly<Record<string, Series>>): MpcRow[] {
  const best = (name: string, key: string) => summaryOf(series[name], key, 'less').best;
  // What the peer takes for one AND gate, it takes for starting.
  const further: Series = {
    values: Object.fromEntries(
      ['wallMs', 'cpuMs'].map((key) => [
        key,
        series.peer!.values[key]!.map((ms) => Math.max(ms - best('peerOne', key), 1)),
      ]),
    ),
  };
  const note = `${circuit}, ${ands.toLocaleString('en')} AND`;
  const more = { unit: '/s', better: 'more' } as const;
  const whole = { ours: rates(series.oursFresh, ands), peer: rates(series.peer, ands) };
  const steady = { ours: rates(series.ours, ands), peer: rates(further, ands) };
  return [
    ...(['perCpuSecond', 'perSecond'] as const).flatMap((key): MpcRow[] => {
      const by = key === 'perSecond' ? 'by the clock' : 'per CPU-second';
      return [
        rowOf(`fresh processes, setup and one run: AND ${by}`, whole.ours, key, { ...more, note }),
        rowOf('  emp-wasm', whole.peer, key, more),
        ratioRow(whole.ours, whole.peer, key),
      ];
    }),
    rowOf('further AND gates per CPU-second', steady.ours, 'perCpuSecond', { ...more, note }),
    rowOf('  emp-wasm, less what one gate takes it', steady.peer, 'perCpuSecond', more),
    ratioRow(steady.ours, steady.peer, 'perCpuSecond'),
  ];
}

function ratioRow(ours: Series, peer: Series, key: string): MpcRow {
  const [mine, theirs] = [summaryOf(ours, key, 'more'), summaryOf(peer, key, 'more')];
  return {
    what: '  ours to the peer',
    median: mine.median / theirs.median,
    best: mine.best / theirs.best,
    unit: 'x',
  };
}
