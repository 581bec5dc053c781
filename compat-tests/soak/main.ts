/**
 * `npm run soak s3 -- --loops 100 --seed 1`: the SIGKILL loop; writes soak/results/s3-kill-loop.json.
 * `npm run soak s3 -- --short`: a few loops for every change, no result file.
 * `npm run soak s3-history -- --seconds 60 --seed S`: histories of conditional requests, checked for linearisability; writes
 * soak/results/s3-history.json.
 * `npm run soak s3-stream -- --gigabytes 20`: one large object in, out and away again; writes soak/results/s3-stream.json.
 * `npm run soak redis -- --loops 1000 --seed 1`: the SIGKILL loop of Redis; writes soak/results/redis-kill-loop.json. `--short` as above.
 * `npm run soak rds -- --loops 100 --seed 1`: the SIGKILL loop of RDS; writes soak/results/rds-kill-loop.json. `--short` as above.
 * `npm run soak cql -- --loops 500 --seed 1`: the SIGKILL loop of CQL; writes soak/results/cql-kill-loop.json. `--short` as above.
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
import { runCqlLoops } from './cql/loop.ts';
import { runKmsSoak } from './kms/loop.ts';
import * as limits from './limits.ts';
import { soakMpcInChild } from './mpc/child.ts';
import { runRdsLoops } from './rds/loop.ts';
import { runRedisLoops } from './redis-loop.ts';
import { runHistories } from './s3-histories.ts';
import { runLoops } from './s3-loop.ts';
import { streamLarge } from './s3-stream.ts';

const shortLoops = 4;
const shortRedisLoops = 6;
const shortRdsLoops = 4;
const shortCqlLoops = 6;
const shortKillAfterMsMax = 1500;
const quickSessions = 300;
const quickCalls = 300;
const visiblePercentMax = 1;
/** Sessions before memory is looked at first. */
const mpcWarmUp = 500;

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
  const what = parsed.positionals[0] ?? parsed.text('workload', '');
  if (what === 's3') return soakS3(parsed);
  if (what === 's3-history') return soakHistories(parsed);
  if (what === 's3-stream') return soakStream(parsed);
  if (what === 'redis') return soakRedis(parsed);
  if (what === 'rds') return soakRds(parsed);
  if (what === 'cql') return soakCql(parsed);
  if (what === 'mpc') return soakMpc(parsed);
  if (what === 'kms') return soakKms(parsed);
  if (what === 'node') return soakNode();
  console.error(
    'usage: soak s3 [--loops N] [--seed TEXT] [--short] [--keep] [--out FILE] | ' +
      'soak s3-history [--seconds N] [--seed TEXT] [--out FILE] | soak s3-stream [--gigabytes N] | ' +
      'soak redis [--loops N] [--seed TEXT] [--short] [--keep] [--out FILE] | ' +
      'soak rds [--loops N] [--seed TEXT] [--short] [--keep] [--out FILE] | ' +
      'soak cql [--loops N] [--seed TEXT] [--short] [--keep] [--out FILE] | ' +
      'soak mpc [--sessions N] [--seed TEXT] [--quick] [--out FILE] | ' +
      'soak kms [--calls N] [--seed TEXT] [--quick] [--out FILE] | soak node',
  );
  return 2;
}

async function soakS3(parsed: ParsedArguments): Promise<number> {
  const short = parsed.on('short');
  const seed = parsed.text('seed', short ? '1' : String(Date.now()));
  console.log(`soak s3, seed ${seed}`);
  const result = await runLoops({
    loops: parsed.count('loops', short ? shortLoops : 100, 1),
    seed,
    killAfterMsMax: short ? shortKillAfterMsMax : limits.killAfterMsMax,
    keepData: parsed.on('keep'),
    report: (line) => console.log(line),
  });
  const defaultOut = fileURLToPath(new URL('results/s3-kill-loop.json', import.meta.url));
  const out = parsed.text('out', short ? '' : defaultOut);
  if (out !== '') writeResult(out, result);
  for (const fault of result.faults) console.log(`FAULT ${fault}`);
  console.log(JSON.stringify({ ...result, faults: result.faults.length }));
  const bad = result.lost + result.torn + result.otherFaults;
  console.log(`${result.loops - Math.min(result.loops, bad)} passed, ${bad} failed`);
  return bad === 0 ? 0 : 1;
}

async function soakHistories(parsed: ParsedArguments): Promise<number> {
  const seed = parsed.text('seed', String(Date.now()));
  console.log(`soak s3-history, seed ${seed}`);
  const result = await runHistories({
    seconds: parsed.count('seconds', 60, 1),
    seed,
    report: (line) => console.log(line),
  });
  writeResult(parsed.text('out', fileURLToPath(new URL('results/s3-history.json', import.meta.url))), result);
  for (const fault of result.faults) console.log(`FAULT ${fault}`);
  const bad = result.faults.length;
  console.log(`${result.histories - Math.min(result.histories, bad)} passed, ${bad} failed`);
  return bad === 0 ? 0 : 1;
}

async function soakRedis(parsed: ParsedArguments): Promise<number> {
  const short = parsed.on('short');
  const seed = parsed.text('seed', short ? '1' : String(Date.now()));
  console.log(`soak redis, seed ${seed}`);
  const result = await runRedisLoops({
    loops: parsed.count('loops', short ? shortRedisLoops : 1000, 1),
    seed,
    killAfterMsMax: 1500,
    keepData: parsed.on('keep'),
    report: (line) => console.log(line),
  });
  const defaultOut = fileURLToPath(new URL('results/redis-kill-loop.json', import.meta.url));
  const out = parsed.text('out', short ? '' : defaultOut);
  if (out !== '') writeResult(out, result);
  for (const fault of result.faults) console.log(`FAULT ${fault}`);
  console.log(JSON.stringify({ ...result, faults: result.faults.length }));
  console.log(`${result.loops - Math.min(result.loops, result.lost)} passed, ${result.lost} failed`);
  return result.lost === 0 ? 0 : 1;
}

async function soakRds(parsed: ParsedArguments): Promise<number> {
  const short = parsed.on('short');
  const seed = parsed.text('seed', short ? '1' : String(Date.now()));
  console.log(`soak rds, seed ${seed}`);
  const result = await runRdsLoops({
    loops: parsed.count('loops', short ? shortRdsLoops : 100, 1),
    seed,
    killAfterMsMax: 1500,
    megabytes: short ? 5 : 50,
    keepData: parsed.on('keep'),
    report: (line) => console.log(line),
  });
  const defaultOut = fileURLToPath(new URL('results/rds-kill-loop.json', import.meta.url));
  const out = parsed.text('out', short ? '' : defaultOut);
  if (out !== '') writeResult(out, result);
  for (const fault of result.faults) console.log(`FAULT ${fault}`);
  console.log(JSON.stringify({ ...result, faults: result.faults.length }));
  console.log(`${result.loops - Math.min(result.loops, result.lost)} passed, ${result.lost} failed`);
  return result.lost === 0 ? 0 : 1;
}

async function soakCql(parsed: ParsedArguments): Promise<number> {
  const short = parsed.on('short');
  const seed = parsed.text('seed', short ? '1' : String(Date.now()));
  console.log(`soak cql, seed ${seed}`);
  const result = await runCqlLoops({
    loops: parsed.count('loops', short ? shortCqlLoops : 500, 1),
    seed,
    killAfterMsMax: 1500,
    keepData: parsed.on('keep'),
    report: (line) => console.log(line),
  });
  const defaultOut = fileURLToPath(new URL('results/cql-kill-loop.json', import.meta.url));
  const out = parsed.text('out', short ? '' : defaultOut);
  if (out !== '') writeResult(out, result);
  for (const fault of result.faults) console.log(`FAULT ${fault}`);
  console.log(JSON.stringify({ ...result, faults: result.faults.length }));
  console.log(`${result.loops - Math.min(result.loops, result.lost)} passed, ${result.lost} failed`);
  return result.lost === 0 ? 0 : 1;
}

async function soakMpc(parsed: ParsedArguments): Promise<number> {
  const quick = parsed.on('quick');
  const seed = parsed.text('seed', quick ? '1' : String(Date.now()));
  console.log(`soak mpc, seed ${seed}`);
  const sessions = parsed.count('sessions', quick ? quickSessions : 10_000, 2);
  const result = await soakMpcInChild({
    sessions,
    seed,
    warmUp: Math.min(mpcWarmUp, sessions >> 1),
    report: (line) => console.log(line),
  });
  const defaultOut = fileURLToPath(new URL('results/mpc.json', import.meta.url));
  const out = parsed.text('out', quick ? '' : defaultOut);
  if (out !== '') writeResult(out, result);
  console.log(JSON.stringify({ ...result, faults: result.faults.length }));
  const bad = result.faults.length;
  console.log(`${result.sessions - Math.min(result.sessions, bad)} passed, ${bad} failed`);
  return bad === 0 ? 0 : 1;
}

async function soakKms(parsed: ParsedArguments): Promise<number> {
  const quick = parsed.on('quick');
  const seed = parsed.text('seed', quick ? '1' : String(Date.now()));
  console.log(`soak kms, seed ${seed}`);
  const result = await runKmsSoak({
    calls: parsed.count('calls', quick ? quickCalls : 10_000, 1),
    seed,
    killEveryMs: quick ? 3_000 : 5_000,
    workers: 4,
    report: (line) => console.log(line),
  });
  const defaultOut = fileURLToPath(new URL('results/kms.json', import.meta.url));
  const out = parsed.text('out', quick ? '' : defaultOut);
  if (out !== '') writeResult(out, result);
  for (const fault of result.faults) console.log(`FAULT ${fault}`);
  console.log(JSON.stringify({ ...result, faults: result.faults.length }));
  const isTooMany = result.visiblePercent >= visiblePercentMax;
  if (isTooMany) console.log(`FAULT ${result.visiblePercent.toFixed(2)} % of the calls failed visibly`);
  const bad = result.faults.length + (isTooMany ? 1 : 0);
  console.log(`${result.calls - Math.min(result.calls, bad)} passed, ${bad} failed`);
  return bad === 0 ? 0 : 1;
}

async function soakStream(parsed: ParsedArguments): Promise<number> {
  const seed = parsed.text('seed', '1');
  const bytes = parsed.count('gigabytes', 20, 1) * 1_000_000_000;
  console.log(`soak s3-stream, seed ${seed}, ${bytes} bytes`);
  const result = await streamLarge({ bytes, seed, report: (line) => console.log(line) });
  const defaultOut = fileURLToPath(new URL('results/s3-stream.json', import.meta.url));
  writeResult(parsed.text('out', defaultOut), result);
  for (const fault of result.faults) console.log(`FAULT ${fault}`);
  console.log(result.faults.length === 0 ? '1 passed, 0 failed' : '0 passed, 1 failed');
  return result.faults.length === 0 ? 0 : 1;
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
