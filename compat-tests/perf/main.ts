/**
 * `npm run bench s3 -- [--keys 100000] [--seconds 5] [--rounds 2] [--concurrency 16] [--no-peer] [--out FILE]`
 * Writes perf/results/s3.json unless told another file. Linux only: CPU of the server comes from /proc.
 */
import { fileURLToPath } from 'node:url';
import { parseArguments } from '../lib/arguments.ts';
import { writeResult } from '../lib/results.ts';
import { runBench } from './s3-bench.ts';

/** Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, {
    keys: 'string',
    seconds: 'string',
    rounds: 'string',
    concurrency: 'string',
    'idle-seconds': 'string',
    'no-peer': 'boolean',
    seed: 'string',
    out: 'string',
  });
  if (parsed.positionals[0] !== 's3') {
    console.error(
      'usage: bench s3 [--keys N] [--seconds N] [--rounds N] [--concurrency N] [--no-peer] [--out FILE]',
    );
    return 2;
  }
  const result = await runBench({
    keys: parsed.count('keys', 100_000, 1000),
    seconds: parsed.count('seconds', 5, 1),
    rounds: parsed.count('rounds', 2, 1),
    concurrency: parsed.count('concurrency', 16, 1),
    idleSeconds: parsed.count('idle-seconds', 30, 1),
    withPeer: !parsed.on('no-peer'),
    seed: parsed.text('seed', 'bench'),
    report: (text) => console.log(text),
  });
  console.log('\nmeans per CPU-second of the server: ours, peer, ratio');
  for (const [name, figures] of Object.entries(result.summary)) {
    const peer = figures.peerPerCpuSecond === undefined ? '-' : figures.peerPerCpuSecond.toFixed(0);
    const ratio = figures.ratio === undefined ? '-' : figures.ratio.toFixed(2);
    const ours = `${figures.oursPerCpuSecond.toFixed(0)} (${figures.oursMegabytesPerCpuSecond.toFixed(0)} MB)`;
    console.log(`${name.padEnd(24)} ${ours.padStart(18)} ${peer.padStart(8)} ${ratio.padStart(8)}`);
  }
  writeResult(parsed.text('out', fileURLToPath(new URL('results/s3.json', import.meta.url))), result);
  return 0;
}
