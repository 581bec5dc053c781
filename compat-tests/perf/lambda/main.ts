/**
 * `npm run bench lambda`: writes perf/results/lambda.json unless told another file. One gateway as users start it, functions made through the
 * API, and a light client over raw connections. What a warm call takes is all that the client sees of a handler that answers at once with what it
 * got; a cold one is the first call of a function that was just made. The same handler behind a plain HTTP server of Node's is the peer. Workloads
 * take turns; of the rounds the median and the best are given.
 *
 * --out FILE
 * --quick         one round of few calls, no result file unless --out
 * --rounds N
 */
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArguments } from '../../lib/arguments.ts';
import { startGateway } from '../../lib/gateway.ts';
import { createFunctionCommand, lambdaClient } from '../../lib/lambda-functions.ts';
import { writeResult } from '../../lib/results.ts';
import { inTurns } from '../mpc/series.ts';
import { rowOf, tableOf, verdictOf } from '../mpc/table.ts';
import { coldStarts } from './cold.ts';
import { measureInvokes } from './load.ts';
import { startPeer } from './peer.ts';

const payloadBytes = 1024;
const inFlight = 8;

/** Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, { out: 'string', quick: 'boolean', rounds: 'string' });
  const quick = parsed.on('quick');
  const rounds = parsed.count('rounds', quick ? 1 : 5, 1);
  const loadBefore = loadavg();
  await using peer = await startPeer();
  const target = await startGateway();
  try {
    const client = lambdaClient(target);
    await client.send(
      createFunctionCommand('echo', 'export const handler = async (event) => event;', { Timeout: 30 }),
    );
    const payload = Buffer.from(JSON.stringify({ text: 'x'.repeat(payloadBytes - 11) }));
    const calls = quick ? 200 : 3000;
    const series = await inTurns(
      {
        alone: () => measureInvokes(target, 'echo', payload, { calls, inFlight: 1 }),
        together: () => measureInvokes(target, 'echo', payload, { calls: calls * 2, inFlight }),
        cold: () => coldStarts(target, client, quick ? 3 : 20),
        peer: () => peer.measure(payload, { calls, inFlight: 1 }),
      },
      rounds,
      quick ? 0 : 1,
    );
    client.destroy();
    const less = { unit: 'ms', better: 'less' } as const;
    const rows = [
      rowOf('warm invoke, 1 KiB', series.alone, 'p50Ms', {
        ...less,
        reach: { atMost: 3 },
        note: 'p50, one in flight',
      }),
      rowOf('  p99', series.alone, 'p99Ms', { ...less, reach: { atMost: 15 } }),
      rowOf('  CPU', series.alone, 'cpuMs', { ...less, note: 'of the gateway' }),
      rowOf('  plain HTTP server', series.peer, 'p50Ms', {
        ...less,
        note: 'p50 of the same handler, no gateway',
      }),
      rowOf('warm invokes', series.together, 'perSecond', {
        unit: '/s',
        better: 'more',
        reach: { atLeast: 800 },
        note: `${inFlight} in flight, the client on the same processors`,
      }),
      rowOf('  p99', series.together, 'p99Ms', less),
      rowOf('  CPU', series.together, 'cpuMs', { ...less, note: 'of the gateway' }),
      rowOf('cold start', series.cold, 'p50Ms', {
        ...less,
        reach: { atMost: 250 },
        note: 'p50 of first calls',
      }),
      rowOf('  slowest', series.cold, 'maxMs', less),
    ];
    console.log(tableOf(rows));
    const verdicts = rows.map((row) => ({ ...row, verdict: verdictOf(row) }));
    const missed = verdicts.filter(({ verdict }) => verdict === 'missed').length;
    console.log(`\n${missed === 0 ? 'all is reached' : `not reached: ${missed}`}`);
    const results = fileURLToPath(new URL('../results/lambda.json', import.meta.url));
    const out = parsed.text('out', quick ? '' : results);
    const load = { loadBefore, loadAfter: loadavg(), processors: cpus().length };
    if (out !== '') writeResult(out, { inFlight, rounds, rows: verdicts, details: series, ...load });
    return 0;
  } finally {
    await target.dispose();
  }
}
