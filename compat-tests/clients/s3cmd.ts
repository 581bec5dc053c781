/** Debian's s3cmd: an old client with an own HTTP stack and signer. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { streamBytes } from '../lib/content.ts';
import { equal, holds } from './checks.ts';
import { type ClientContext, requireProgram } from './context.ts';
import { mustRun, type RunResult } from './run.ts';
import { compareTrees, makeTree } from './tree.ts';

const program = '/usr/bin/s3cmd';

export async function checkS3cmd(context: ClientContext): Promise<void> {
  const checks = context.checks.group(`s3cmd ${context.scheme}`);
  if (!requireProgram(checks, program)) return;
  const here = join(context.scratch, 's3cmd');
  mkdirSync(here, { recursive: true });
  const { identity, host, port } = context.target;
  const settings = [
    '[default]',
    `access_key = ${identity.accessKeyId}`,
    `secret_key = ${identity.secretAccessKey}`,
    `bucket_location = ${identity.region}`,
    `host_base = ${host}:${port}`,
    `host_bucket = ${host}:${port}`,
    `use_https = ${context.caFile === undefined ? 'False' : 'True'}`,
    ...(context.caFile === undefined ? [] : [`ca_certs_file = ${context.caFile}`]),
    'multipart_chunk_size_mb = 5',
  ];
  writeFileSync(join(here, 'settings'), `${settings.join('\n')}\n`, { mode: 0o600 });
  const bucket = `s3://s3cmd-${context.scheme}`;
  const s3cmd = (...args: string[]): Promise<RunResult> =>
    mustRun(program, ['-c', join(here, 'settings'), '--no-progress', ...args], {
      env: context.env,
      cwd: here,
    });

  const made = await checks.check('mb makes a bucket that ls shows', async () => {
    await s3cmd('mb', bucket);
    holds((await s3cmd('ls')).stdout.toString().includes(bucket), 'ls does not show the bucket');
  });
  if (!made) return;

  await checks.check('put and get, small and in parts', async () => {
    for (const [name, size] of [
      ['small file +%ü', 321],
      ['parts', 12 * (1 << 20) + 1],
    ] as const) {
      const body = streamBytes(`s3cmd ${name}`, size);
      writeFileSync(join(here, name), body);
      await s3cmd('put', name, `${bucket}/${name}`);
      await s3cmd('get', `${bucket}/${name}`, `${name}.back`);
      holds(readFileSync(join(here, `${name}.back`)).equals(body), `${name} differs`);
    }
  });

  await checks.check('sync sends a tree and fetches the same', async () => {
    makeTree(join(here, 'tree'), Math.min(60, context.treeFiles), 's3cmd tree');
    await s3cmd('sync', 'tree/', `${bucket}/tree/`);
    mkdirSync(join(here, 'tree.back'));
    await s3cmd('sync', `${bucket}/tree/`, 'tree.back/');
    compareTrees(join(here, 'tree'), join(here, 'tree.back'));
  });

  // `cp` is left out: s3cmd 2.3 copies the source's ACL with a call that S3 refuses for every bucket without ACLs.
  await checks.check('info, recursive del and rb', async () => {
    holds(
      (await s3cmd('info', `${bucket}/parts`)).stdout.toString().includes(String(12 * (1 << 20) + 1)),
      'info has no size',
    );
    await s3cmd('del', '--recursive', '--force', bucket);
    equal((await s3cmd('ls', '--recursive', bucket)).stdout.toString(), '', 'keys left');
    await s3cmd('rb', bucket);
  });
}
