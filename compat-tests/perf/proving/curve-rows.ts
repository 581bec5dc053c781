/** Field, commitments, openings, signatures and pairings on one core, and changed children in two threads. */
import { measureKernel } from '@hypergate/node/crypto/bls48581/bench';
import { loadWasmCurve } from '@hypergate/node/crypto/bls48581/wasm';
import { benchKzg } from '@hypergate/node/crypto/kzg/bench';
import { measureThreads } from '@hypergate/node/embedded/prover/bench';
import type { Row } from './rows.ts';

export interface CurveOptions {
  readonly rounds: number;
  /** Of 48 changed children, by each thread. */
  readonly tasks: number;
}

export async function curveRows({ rounds, tasks }: CurveOptions): Promise<{ rows: Row[]; details: object }> {
  const kernel = await measureKernel();
  const kzg = Object.fromEntries(
    benchKzg(await loadWasmCurve(), rounds).map(({ what, medianMs }) => [what, medianMs]),
  );
  const of = (times: Readonly<Record<string, number>>, what: string): number => {
    const ms = times[what];
    if (ms === undefined) throw new Error(`nobody measured: ${what}`);
    return ms;
  };
  const threads = await measureThreads([1, 2], tasks);
  const [one, two] = threads as [(typeof threads)[number], (typeof threads)[number]];
  const rows: Row[] = [
    {
      what: '581-bit multiplication in WASM',
      value: of(kernel, 'field multiplication, in WebAssembly') * 1e6,
      unit: 'ns',
      reach: { atMost: 350 },
      reference: '133-146 ns',
    },
    {
      what: 'one changed child of a branch',
      value: of(kzg, 'one changed value'),
      unit: 'ms',
      reach: { atMost: 0.35 },
      reference: '16 ms (recommits)',
    },
    {
      what: '  encoding of the commitment',
      value: of(kzg, 'encode a commitment'),
      unit: 'ms',
    },
    { what: '  changed children, one thread', value: one.updatesPerSecond, unit: '/s' },
    { what: '  changed children, two threads', value: two.updatesPerSecond, unit: '/s' },
    {
      what: '  two threads to one, by time',
      value: two.updatesPerSecond / one.updatesPerSecond,
      unit: 'x',
      reach: { atLeast: 1.8 },
      note: 'needs two quiet cores',
    },
    {
      what: '  two threads to one, per CPU-second',
      value: two.updatesPerCpuSecond / one.updatesPerCpuSecond,
      unit: 'x',
      reach: { atLeast: 0.9 },
      note: '1: linear',
    },
    {
      what: 'commit to 64 fresh children',
      value: of(kzg, 'commit to 64 values'),
      unit: 'ms',
      reach: { atMost: 20 },
      reference: '16.4 ms',
    },
    { what: 'open one', value: of(kzg, 'open one'), unit: 'ms', reach: { atMost: 40 }, reference: '25.5 ms' },
    {
      what: 'verify one',
      value: of(kzg, 'verify one'),
      unit: 'ms',
      reach: { atMost: 100 },
      reference: '74 ms',
    },
    { what: 'prove 4 openings together', value: of(kzg, 'prove 4 openings together'), unit: 'ms' },
    { what: 'verify 4 openings together', value: of(kzg, 'verify 4 openings together'), unit: 'ms' },
    { what: 'BLS sign', value: of(kzg, 'BLS sign'), unit: 'ms', reference: '1.6-2.6 ms' },
    {
      what: 'BLS verify, known key',
      value: of(kzg, 'BLS verify, known key'),
      unit: 'ms',
      reference: '44 ms',
    },
    { what: 'pairing', value: of(kernel, 'pairing product of 1'), unit: 'ms' },
    { what: 'pairing product of two', value: of(kernel, 'pairing product of 2'), unit: 'ms' },
  ];
  return { rows, details: { kernel, kzg, threads } };
}
