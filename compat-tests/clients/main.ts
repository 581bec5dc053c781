/**
 * `npm run test:clients [-- --only awscli,rclone] [--http] [--tls] [--big] [--tree 300]`: Debian's clients against a
 * started gateway, over http and over TLS. A missing client fails. The last line is `N passed, N failed`.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArguments } from '../lib/arguments.ts';
import { startGateway } from '../lib/gateway.ts';
import { freshDirectory } from '../lib/target.ts';
import { checkAwscli } from './awscli.ts';
import { checkBig } from './big.ts';
import { checkBoto3, unpackTrixie } from './boto3.ts';
import { Checks } from './checks.ts';
import { type ClientContext, makeContext } from './context.ts';
import { checkRclone } from './rclone.ts';
import { checkS3cmd } from './s3cmd.ts';

const clients = ['awscli', 'boto3', 'rclone', 's3cmd'] as const;

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
  const checks = new Checks();
  const work = freshDirectory('clients');
  try {
    for (const tls of passes) {
      await withGateway(tls, checks, work, parsed.count('tree', 300, 30), async (context) => {
        if (parsed.on('big')) return checkBig(context);
        if (only.includes('awscli')) await checkAwscli(context);
        if (only.includes('boto3'))
          await checkBoto3(context, await unpackTrixie(context, join(work, 'trixie')));
        if (only.includes('rclone')) await checkRclone(context);
        if (only.includes('s3cmd')) await checkS3cmd(context);
      });
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  console.log(`${checks.passed} passed, ${checks.failed} failed`);
  return checks.failed === 0 ? 0 : 1;
}

async function withGateway(
  tls: boolean,
  checks: Checks,
  work: string,
  treeFiles: number,
  run: (context: ClientContext) => Promise<void>,
): Promise<void> {
  const scheme = tls ? 'https' : 'http';
  const target = await startGateway({ tls, dataDir: join(work, `data-${scheme}`) }).catch(
    (error: unknown) => {
      checks.fail(`gateway over ${scheme}`, String(error));
      return undefined;
    },
  );
  if (target === undefined) return;
  try {
    await run(makeContext(target, checks, join(work, scheme), treeFiles));
    if (checks.failed > 0) console.log(`the gateway's own words:\n${target.output().slice(-4000)}`);
  } finally {
    await target.dispose();
  }
}
