/** Debian's rclone as a user of a generic S3 provider. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { streamBytes } from '../lib/content.ts';
import { equal, holds } from './checks.ts';
import { type ClientContext, requireProgram } from './context.ts';
import { mustRun, type RunResult } from './run.ts';
import { compareTrees, listTree, makeTree } from './tree.ts';

const program = '/usr/bin/rclone';

/** rclone takes a whole remote from variables: nothing is written to a configuration file. */
export function rcloneEnvironment(context: ClientContext): Record<string, string> {
  // The AWS library inside rclone 1.60 reads AWS_CA_BUNDLE and fails, because rclone brings its own transport.
  const { AWS_CA_BUNDLE: _unused, ...env } = context.env;
  return {
    ...env,
    RCLONE_CONFIG: join(context.scratch, 'no-rclone.conf'),
    RCLONE_CONFIG_HG_TYPE: 's3',
    RCLONE_CONFIG_HG_PROVIDER: 'Other',
    RCLONE_CONFIG_HG_ACCESS_KEY_ID: context.target.identity.accessKeyId,
    RCLONE_CONFIG_HG_SECRET_ACCESS_KEY: context.target.identity.secretAccessKey,
    RCLONE_CONFIG_HG_REGION: context.target.identity.region,
    RCLONE_CONFIG_HG_ENDPOINT: context.target.endpoint,
    ...(context.caFile === undefined ? {} : { RCLONE_CA_CERT: context.caFile }),
  };
}

export async function checkRclone(context: ClientContext): Promise<void> {
  const checks = context.checks.group(`rclone ${context.scheme}`);
  if (!requireProgram(checks, program)) return;
  const bucket = `rclone-${context.scheme}`;
  const here = join(context.scratch, 'rclone');
  const tree = join(here, 'tree');
  mkdirSync(here, { recursive: true });
  const options = { env: rcloneEnvironment(context), cwd: here };
  const rclone = (...args: string[]): Promise<RunResult> =>
    mustRun(program, ['--retries', '1', ...args], options);

  const made = await checks.check('mkdir makes a bucket that lsd shows', async () => {
    await rclone('mkdir', `hg:${bucket}`);
    holds((await rclone('lsd', 'hg:')).stdout.toString().includes(bucket), 'lsd does not show the bucket');
  });
  if (!made) return;

  await checks.check(
    `copy sends ${context.treeFiles} odd-named files, check agrees, copy fetches the same tree`,
    async () => {
      makeTree(tree, context.treeFiles, 'rclone tree');
      await rclone('copy', 'tree', `hg:${bucket}/tree`);
      await rclone('check', 'tree', `hg:${bucket}/tree`);
      await rclone('check', '--download', 'tree', `hg:${bucket}/tree`);
      await rclone('copy', `hg:${bucket}/tree`, 'tree.back');
      compareTrees(tree, join(here, 'tree.back'));
    },
  );

  await checks.check('lsf and size agree with the tree', async () => {
    const names = (await rclone('lsf', '-R', '--files-only', `hg:${bucket}/tree`)).stdout
      .toString()
      .trimEnd()
      .split('\n');
    equal(names.sort(), listTree(tree).sort(), 'names');
    const size = JSON.parse((await rclone('size', '--json', `hg:${bucket}/tree`)).stdout.toString()) as {
      count: number;
    };
    equal(size.count, listTree(tree).length, 'count');
  });

  await checks.check('sync sends what changed and removes what is gone', async () => {
    rmSync(join(tree, listTree(tree)[0] as string));
    writeFileSync(join(tree, 'added'), 'added');
    await rclone('sync', 'tree', `hg:${bucket}/tree`);
    await rclone('check', 'tree', `hg:${bucket}/tree`);
  });

  await checks.check('a file in parts goes up, is read whole and in part, and is copied inside', async () => {
    const body = streamBytes('rclone large', 27 * (1 << 20) + 11);
    writeFileSync(join(here, 'large'), body);
    await rclone(
      '--s3-chunk-size',
      '5M',
      '--s3-upload-cutoff',
      '5M',
      'copyto',
      'large',
      `hg:${bucket}/large`,
    );
    holds((await rclone('cat', `hg:${bucket}/large`)).stdout.equals(body), 'bytes differ');
    const part = (await rclone('cat', '--offset', '5242870', '--count', '20', `hg:${bucket}/large`)).stdout;
    holds(part.equals(body.subarray(5242870, 5242890)), 'range differs');
    await rclone('copyto', `hg:${bucket}/large`, `hg:${bucket}/inside`);
    await rclone('copyto', `hg:${bucket}/inside`, 'large.back');
    holds(readFileSync(join(here, 'large.back')).equals(body), 'copied bytes differ');
  });

  await checks.check('rcat stores a stream of unknown length', async () => {
    const body = streamBytes('rcat', 12 * (1 << 20));
    await mustRun(program, ['rcat', `hg:${bucket}/streamed`], { ...options, input: body });
    holds((await rclone('cat', `hg:${bucket}/streamed`)).stdout.equals(body), 'bytes differ');
  });

  await checks.check('modification times survive', async () => {
    await rclone('copy', `hg:${bucket}/tree/added`, 'times');
    const listed = JSON.parse((await rclone('lsjson', `hg:${bucket}/tree/added`)).stdout.toString()) as {
      ModTime: string;
    }[];
    const local = JSON.parse((await rclone('lsjson', 'tree/added')).stdout.toString()) as {
      ModTime: string;
    }[];
    const difference = Date.parse(listed[0]?.ModTime ?? '') - Date.parse(local[0]?.ModTime ?? '');
    holds(Math.abs(difference) <= 1, `times differ by ${difference} ms`);
  });

  await checks.check('purge removes everything', async () => {
    await rclone('purge', `hg:${bucket}`);
    holds(!(await rclone('lsd', 'hg:')).stdout.toString().includes(bucket), 'the bucket is still there');
  });
}
