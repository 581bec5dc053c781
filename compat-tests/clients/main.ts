/**
 * `npm run test:clients [-- --only awscli,rclone] [--http] [--tls] [--big] [--tree 300]`: Debian's clients against a
 * started gateway, over http and over TLS, and proofs in Debian's browser. Redis' clients run plain without a password,
 * and over TLS with one. Two of these run at once, each against a gateway of its own. A missing client fails. The last line is
 * `N passed, N failed`.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArguments } from '../lib/arguments.ts';
import { type GatewayOptions, startGateway } from '../lib/gateway.ts';
import { freshDirectory } from '../lib/target.ts';
import { checkAwscli } from './awscli.ts';
import { checkAwscliKms } from './awscli-kms.ts';
import { checkAwscliLambda } from './awscli-lambda.ts';
import { checkBig } from './big.ts';
import { checkBoto3, unpackTrixie } from './boto3.ts';
import { Checks } from './checks.ts';
import { proofEnvironment } from './chromium/world.ts';
import { checkChromium } from './chromium.ts';
import { type ClientContext, makeContext } from './context.ts';
import { makePostgresContext, postgresOptions } from './postgres-context.ts';
import { checkPsql } from './psql.ts';
import { checkPsycopg2 } from './psycopg2.ts';
import { checkRclone } from './rclone.ts';
import { checkRedisBenchmark } from './redis-benchmark.ts';
import { checkRedisCli } from './redis-cli.ts';
import { makeRedisContext, redisOptions } from './redis-context.ts';
import { checkRedisPy } from './redis-py.ts';
import { checkS3cmd } from './s3cmd.ts';

const s3Clients = ['awscli', 'boto3', 'rclone', 's3cmd'] as const;
const redisClients = ['redis-cli', 'redis-benchmark', 'redis-py'] as const;
const postgresClients = ['psql', 'psycopg2'] as const;
const clients = [...s3Clients, ...redisClients, ...postgresClients, 'chromium'] as const;

/** Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, {
    only: 'string',
    http: 'boolean',
    tls: 'boolean',
    big: 'boolean',
    tree: 'string',
  });
  const only = parsed.text('only', clients.join(',')).split(',');
  const unknown = only.filter((name) => !clients.some((client) => client === name));
  if (unknown.length > 0) {
    console.error(`unknown client ${unknown.join(', ')}: there are ${clients.join(', ')}`);
    return 2;
  }
  const both = parsed.on('http') === parsed.on('tls');
  const passes = [...(both || parsed.on('http') ? [false] : []), ...(both || parsed.on('tls') ? [true] : [])];
  const isS3Asked = parsed.on('big') || s3Clients.some((client) => only.includes(client));
  const isRedisAsked = !parsed.on('big') && redisClients.some((client) => only.includes(client));
  const isPostgresAsked = !parsed.on('big') && postgresClients.some((client) => only.includes(client));
  const checks = new Checks();
  const work = freshDirectory('clients');
  let trixie: Promise<string | undefined> | undefined;
  const runs: (() => Promise<void>)[] = [];
  try {
    const treeFiles = parsed.count('tree', 300, 30);
    for (const tls of isS3Asked ? passes : []) {
      const scheme = tls ? 'https' : 'http';
      const options = { tls, dataDir: join(work, `data-${scheme}`) };
      const run = async (context: ClientContext) => {
        if (parsed.on('big')) return checkBig(context);
        if (only.includes('awscli')) {
          await checkAwscli(context);
          await checkAwscliKms(context);
          await checkAwscliLambda(context);
        }
        if (only.includes('boto3'))
          await checkBoto3(context, await (trixie ??= unpackTrixie(context, join(work, 'trixie'))));
        if (only.includes('rclone')) await checkRclone(context);
        if (only.includes('s3cmd')) await checkS3cmd(context);
      };
      runs.push(() => withGateway(scheme, options, { checks, work, treeFiles }, run));
    }
    for (const tls of isRedisAsked ? passes : []) {
      const name = tls ? 'redis-tls' : 'redis';
      const { options, redis } = await redisOptions(tls, join(work, `data-${name}`));
      const run = async (surroundings: ClientContext) => {
        const context = makeRedisContext(surroundings, redis);
        if (only.includes('redis-cli')) await checkRedisCli(context);
        if (only.includes('redis-benchmark')) await checkRedisBenchmark(context);
        if (only.includes('redis-py')) await checkRedisPy(context);
      };
      runs.push(() => withGateway(name, options, { checks, work, treeFiles }, run));
    }
    for (const tls of isPostgresAsked ? passes : []) {
      const name = tls ? 'postgres-tls' : 'postgres';
      const { options, postgresPort } = await postgresOptions(tls, join(work, `data-${name}`));
      const run = async (surroundings: ClientContext) => {
        const context = makePostgresContext(surroundings, postgresPort);
        if (only.includes('psql')) await checkPsql(context);
        if (only.includes('psycopg2')) await checkPsycopg2(context);
      };
      runs.push(() => withGateway(name, options, { checks, work, treeFiles }, run));
    }
    if (only.includes('chromium') && !parsed.on('big')) {
      const options = { dataDir: join(work, 'data-proofs'), env: proofEnvironment };
      runs.push(() => withGateway('proofs', options, { checks, work, treeFiles }, checkChromium));
    }
    // Two of the large ones would want twice the disk.
    await atOnce(parsed.on('big') ? 1 : 2, runs);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  console.log(`${checks.passed} passed, ${checks.failed} failed`);
  return checks.failed === 0 ? 0 : 1;
}

/** A client starts, waits for its gateway and ends: most of the time one of two cores has nothing to do. */
async function atOnce(count: number, runs: readonly (() => Promise<void>)[]): Promise<void> {
  const left = runs.values();
  const worker = async () => {
    for (const run of left) await run();
  };
  await Promise.all(Array.from({ length: count }, worker));
}

interface Surroundings {
  readonly checks: Checks;
  readonly work: string;
  readonly treeFiles: number;
}

/** @param name of the run: part of folders and messages */
async function withGateway(
  name: string,
  options: GatewayOptions,
  { checks, work, treeFiles }: Surroundings,
  run: (context: ClientContext) => Promise<void>,
): Promise<void> {
  const target = await startGateway(options).catch((error: unknown) => {
    checks.fail(`gateway for ${name}`, String(error));
    return undefined;
  });
  if (target === undefined) return;
  try {
    await run(makeContext(target, checks, join(work, name), treeFiles)).catch((error: unknown) => {
      checks.fail(`run for ${name}`, error instanceof Error ? (error.stack ?? error.message) : String(error));
    });
    if (checks.failed > 0) console.log(`the gateway's own words:\n${target.output().slice(-4000)}`);
  } finally {
    await target.dispose();
  }
}
