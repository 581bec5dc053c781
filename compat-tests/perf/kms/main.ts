/**
 * `npm run bench kms`: writes perf/results/kms.json unless told another file. One gateway with four custodians, as users start it, and a light
 * client over raw connections. Workloads take turns; of the rounds the median and the best are given. What else runs on the machine makes
 * all longer, so that a figure which only the best round reaches counts as reached, and says so.
 *
 * --only NAME,…   beginnings of workloads' names: Encrypt, Decrypt, GenerateDataKey, Sign, GenerateMac, …
 * --out FILE
 * --quick         one round of few calls, no result file unless --out
 * --rounds N
 */
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArguments } from '../../lib/arguments.ts';
import { untilCustodians } from '../../lib/custodians.ts';
import { startGateway } from '../../lib/gateway.ts';
import { writeResult } from '../../lib/results.ts';
import { inTurns, type Measure } from '../mpc/series.ts';
import { tableOf, verdictOf } from '../mpc/table.ts';
import { measureCalls } from './load.ts';
import { type Measured, rowsOf } from './rows.ts';
import { type Workload, workloadsOf } from './workloads.ts';

const custodians = 4;
const inFlight = 8;

/** Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, { only: 'string', out: 'string', quick: 'boolean', rounds: 'string' });
  const quick = parsed.on('quick');
  const only = parsed.text('only', '');
  const rounds = parsed.count('rounds', quick ? 1 : 5, 1);
  const loadBefore = loadavg();
  const target = await startGateway({ custodians });
  try {
    await untilCustodians(target.pid, custodians);
    const all = await workloadsOf(target, quick);
    const workloads = all.filter(({ name }) => only.split(',').some((start) => name.startsWith(start)));
    if (workloads.length === 0) throw new Error(`--only knows ${all.map(({ name }) => name).join(', ')}`);
    const series = await inTurns(Object.fromEntries(workloads.flatMap(measuresOf)), rounds, quick ? 0 : 1);
    const measured = new Map(
      workloads.map(({ name }): [string, Measured] => [
        name,
        {
          alone: series[`${name} alone`]!,
          together: series[`${name} together`],
          local: series[`${name} local`],
        },
      ]),
    );
    const rows = rowsOf(workloads, measured);
    console.log(tableOf(rows));
    const verdicts = rows.map((row) => ({ ...row, verdict: verdictOf(row) }));
    const figures = verdicts.filter(({ reach }) => reach !== undefined);
    const missed = figures.filter(({ verdict }) => verdict === 'missed').length;
    console.log(`\n${missed === 0 ? 'all is reached' : `not reached: ${missed}`}`);
    const results = fileURLToPath(new URL('../results/kms.json', import.meta.url));
    const out = parsed.text('out', quick || only !== '' ? '' : results);
    const load = { loadBefore, loadAfter: loadavg(), processors: cpus().length };
    if (out !== '')
      writeResult(out, { custodians, inFlight, rounds, rows: verdicts, details: series, ...load });
    return 0;
  } finally {
    await target.dispose();
  }

  function measuresOf({ name, alone, together, call, local }: Workload): [string, Measure][] {
    return [
      [`${name} alone`, () => measureCalls(target, call, { calls: alone, inFlight: 1 })],
      ...(together === 0
        ? []
        : [
            [`${name} together`, () => measureCalls(target, call, { calls: together, inFlight })] as [
              string,
              Measure,
            ],
          ]),
      ...(local === undefined ? [] : [[`${name} local`, async () => timeLocal(local)] as [string, Measure]]),
    ];
  }
}

const localCalls = 50;

function timeLocal(work: () => void): { readonly ms: number } {
  const begun = performance.now();
  for (let count = 0; count < localCalls; count += 1) work();
  return { ms: (performance.now() - begun) / localCalls };
}
