/**
 * `npm run soak s3 -- --loops 100 --seed 1`: the SIGKILL loop; writes soak/results/s3-kill-loop.json.
 * `npm run soak s3 -- --short`: a few loops for every change, no result file.
 * `npm run soak s3-history -- --seconds 60 --seed S`: histories of conditional requests, checked for linearisability; writes
 * soak/results/s3-history.json.
 * `npm run soak s3-stream -- --gigabytes 20`: one large object in, out and away again; writes soak/results/s3-stream.json.
 * `npm run soak redis -- --loops 1000 --seed 1`: the SIGKILL loop of Redis; writes soak/results/redis-kill-loop.json. `--short` as above.
 * `npm run soak rds -- --loops 100 --seed 1`: the SIGKILL loop of RDS; writes soak/results/rds-kill-loop.json. `--short` as above.
 * `npm run soak cql -- --loops 500 --seed 1`: the SIGKILL loop of CQL; writes soak/results/cql-kill-loop.json. `--short` as above.
 * `npm run soak lambda -- --loops 560 --seed 1`: events, notifications and messages while gateway and functions are killed; writes soak/results/lambda-kill-loop.json.
 * `--short` as above.
 * `npm run soak mpc -- --sessions 10000 --seed 1`, or `npm run soak -- --workload mpc`: sessions of computations with what can befall them;
 * writes soak/results/mpc.json. `--quick`: a few hundred, no result file.
 * `npm run soak kms -- --calls 10000 --seed 1`: mixed calls of KMS with a custodian killed every 5 s; writes soak/results/kms.json. `--quick`:
 * a few hundred, killed more often, no result file.
 * `npm run soak node`: the seeded power cuts of the node's own tests, at their full count.
 * The last line is `N passed, N failed`.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ParsedArguments, parseArguments } from '../lib/arguments.ts';
import { repositoryRoot } from '../lib/gateway.ts';
import { writeResult } from '../lib/results.ts';
import { cleanEnvironment } from '../lib/target.ts';
import { cqlKillLoop } from './cql/loop.ts';
import { type KillLoop, runKillLoop } from './kill-loop.ts';
import { runKmsSoak } from './kms/loop.ts';
import { lambdaKillLoop } from './lambda/loop.ts';
import * as limits from './limits.ts';
import { soakMpcInChild } from './mpc/child.ts';
import { rdsKillLoop } from './rds/loop.ts';
import { redisKillLoop } from './redis/loop.ts';
import { runHistories } from './s3-histories.ts';
import { s3KillLoop } from './s3-loop.ts';
import { streamLarge } from './s3-stream.ts';

const visiblePercentMax = 1;
/** Sessions before memory is looked at first. */
const mpcWarmUp = 500;

interface Asked {
  readonly parsed: ParsedArguments;
  readonly isShort: boolean;
  readonly seed: string;
  readonly report: (line: string) => void;
}

interface Ended {
  readonly result: object;
  /** Told at the end. */
  readonly faults: readonly string[];
  /** What passed or failed, and how much of it failed. */
  readonly count: number;
  readonly bad: number;
  /** The result is long. */
  readonly isUntold?: boolean;
}

interface Soak {
  /** The option for a short run, which has a seed of its own and writes no result unless it is told where. */
  readonly short?: 'short' | 'quick';
  /** Unless given: it differs every time. */
  readonly seed?: string;
  /** In results/. */
  readonly file: string;
  readonly usage: string;
  run(asked: Asked): Promise<Ended>;
}

/** @param make gives the service's part anew */
function killLoop<Ready>(
  loops: { readonly short: number; readonly long: number },
  killAfterMsMax: { readonly short: number; readonly long: number },
  make: (asked: Asked) => KillLoop<Ready> | Promise<KillLoop<Ready>>,
): Pick<Soak, 'short' | 'usage' | 'run'> {
  return {
    short: 'short',
    usage: '[--loops N] [--seed TEXT] [--short] [--keep] [--out FILE]',
    async run(asked) {
      const { parsed, isShort, seed, report } = asked;
      const length = isShort ? 'short' : 'long';
      const { result, faultCount } = await runKillLoop(await make(asked), {
        loops: parsed.count('loops', loops[length], 1),
        seed,
        killAfterMsMax: killAfterMsMax[length],
        keepData: parsed.on('keep'),
        report,
      });
      return { result, faults: result.faults, count: result.loops, bad: faultCount };
    },
  };
}

const brief = { short: 1500, long: 1500 };

const soaks: Readonly<Record<string, Soak>> = {
  s3: {
    file: 's3-kill-loop.json',
    ...killLoop({ short: 4, long: 100 }, { short: 1500, long: limits.killAfterMsMax }, ({ seed }) =>
      s3KillLoop(seed),
    ),
  },
  redis: { file: 'redis-kill-loop.json', ...killLoop({ short: 6, long: 1000 }, brief, redisKillLoop) },
  rds: {
    file: 'rds-kill-loop.json',
    ...killLoop({ short: 4, long: 100 }, brief, ({ isShort }) => rdsKillLoop(isShort ? 5 : 50)),
  },
  lambda: {
    file: 'lambda-kill-loop.json',
    ...killLoop({ short: 4, long: 560 }, brief, lambdaKillLoop),
  },
  cql: { file: 'cql-kill-loop.json', ...killLoop({ short: 6, long: 500 }, brief, cqlKillLoop) },
  's3-history': {
    file: 's3-history.json',
    usage: '[--seconds N] [--seed TEXT] [--out FILE]',
    async run({ parsed, seed, report }) {
      const result = await runHistories({ seconds: parsed.count('seconds', 60, 1), seed, report });
      const { faults, histories } = result;
      return { result, faults, count: histories, bad: faults.length, isUntold: true };
    },
  },
  's3-stream': {
    file: 's3-stream.json',
    seed: '1',
    usage: '[--gigabytes N] [--seed TEXT] [--out FILE]',
    async run({ parsed, seed, report }) {
      const bytes = parsed.count('gigabytes', 20, 1) * 1_000_000_000;
      report(`${bytes} bytes`);
      const result = await streamLarge({ bytes, seed, report });
      const { faults } = result;
      return { result, faults, count: 1, bad: Math.min(1, faults.length), isUntold: true };
    },
  },
  mpc: {
    short: 'quick',
    file: 'mpc.json',
    usage: '[--sessions N] [--seed TEXT] [--quick] [--out FILE]',
    async run({ parsed, isShort, seed, report }) {
      const sessions = parsed.count('sessions', isShort ? 300 : 10_000, 2);
      const warmUp = Math.min(mpcWarmUp, sessions >> 1);
      const result = await soakMpcInChild({ sessions, seed, warmUp, report });
      // Its faults were told when they came.
      return { result, faults: [], count: result.sessions, bad: result.faults.length };
    },
  },
  kms: {
    short: 'quick',
    file: 'kms.json',
    usage: '[--calls N] [--seed TEXT] [--quick] [--out FILE]',
    async run({ parsed, isShort, seed, report }) {
      const result = await runKmsSoak({
        calls: parsed.count('calls', isShort ? 300 : 10_000, 1),
        seed,
        killEveryMs: isShort ? 3_000 : 5_000,
        workers: 4,
        report,
      });
      const faults = [...result.faults];
      if (result.visiblePercent >= visiblePercentMax)
        faults.push(`${result.visiblePercent.toFixed(2)} % of the calls failed visibly`);
      return { result, faults, count: result.calls, bad: faults.length };
    },
  },
};

/** Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, {
    loops: 'string',
    seconds: 'string',
    gigabytes: 'string',
    seed: 'string',
    short: 'boolean',
    keep: 'boolean',
    workload: 'string',
    sessions: 'string',
    calls: 'string',
    quick: 'boolean',
    out: 'string',
  });
  const name = parsed.positionals[0] ?? parsed.text('workload', '');
  if (name === 'node') return soakNode();
  if (Object.hasOwn(soaks, name)) return soak(name, soaks[name]!, parsed);
  const usages = Object.entries(soaks).map(([each, { usage }]) => `soak ${each} ${usage}`);
  console.error(`usage: ${[...usages, 'soak node'].join(' | ')}`);
  return 2;
}

async function soak(
  name: string,
  { short, file, run, ...soak }: Soak,
  parsed: ParsedArguments,
): Promise<number> {
  const isShort = short !== undefined && parsed.on(short);
  const seed = parsed.text('seed', soak.seed ?? (isShort ? '1' : String(Date.now())));
  console.log(`soak ${name}, seed ${seed}`);
  const ended = await run({ parsed, isShort, seed, report: (line) => console.log(line) });
  const { result, faults, count, bad, isUntold = false } = ended;
  const defaultOut = fileURLToPath(new URL(`results/${file}`, import.meta.url));
  const out = parsed.text('out', isShort ? '' : defaultOut);
  if (out !== '') writeResult(out, result);
  for (const fault of faults) console.log(`FAULT ${fault}`);
  if (!isUntold) console.log(JSON.stringify({ ...result, faults: bad }));
  console.log(`${count - Math.min(count, bad)} passed, ${bad} failed`);
  return bad === 0 ? 0 : 1;
}

/** The tests read HYPERGATE_SOAK for their full counts. */
function soakNode(): Promise<number> {
  const vitest = join(repositoryRoot, 'node_modules', 'vitest', 'vitest.mjs');
  const child = spawn(
    process.execPath,
    [vitest, 'run', '--project', 'unit', '--project', 'contract', 'node/'],
    {
      cwd: repositoryRoot,
      stdio: 'inherit',
      env: cleanEnvironment({ HYPERGATE_SOAK: '1' }),
    },
  );
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      console.log(code === 0 ? '1 passed, 0 failed' : '0 passed, 1 failed');
      resolve(code ?? 1);
    });
  });
}
