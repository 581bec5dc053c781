/** Debian's AWS command line (awscli 2.9 of bookworm): what its users do first, then what its API commands show. */
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { streamBytes } from '../lib/content.ts';
import { equal, holds } from './checks.ts';
import { type ClientContext, requireProgram } from './context.ts';
import { fetchUrl } from './fetch-url.ts';
import { mustRun, type RunResult, run } from './run.ts';
import { compareTrees, listTree, makeTree } from './tree.ts';

const program = '/usr/bin/aws';
const MiB = 1 << 20;

export async function checkAwscli(context: ClientContext): Promise<void> {
  const checks = context.checks.group(`awscli ${context.scheme}`);
  if (!requireProgram(checks, program)) return;
  const bucket = `awscli-${context.scheme}`;
  const here = join(context.scratch, 'awscli');
  mkdirSync(here, { recursive: true });
  const options = { env: context.env, cwd: here };
  const aws = (...args: string[]): Promise<RunResult> =>
    mustRun(program, ['--endpoint-url', context.target.endpoint, ...args], options);
  const json = async (...args: string[]): Promise<Record<string, unknown>> =>
    JSON.parse((await aws('--output', 'json', ...args)).stdout.toString() || '{}');
  const file = (name: string, size: number): Buffer => {
    const body = streamBytes(`awscli ${name}`, size);
    writeFileSync(join(here, name), body);
    return body;
  };

  const made = await checks.check('mb makes a bucket that ls shows', async () => {
    await aws('s3', 'mb', `s3://${bucket}`);
    holds((await aws('s3', 'ls')).stdout.toString().includes(bucket), 'ls does not show the bucket');
  });
  if (!made) return;

  await checks.check('cp sends a small file and fetches it back', async () => {
    const body = file('small.txt', 1234);
    await aws('s3', 'cp', 'small.txt', `s3://${bucket}/small.txt`);
    await aws('s3', 'cp', `s3://${bucket}/small.txt`, 'small.back');
    holds(readFileSync(join(here, 'small.back')).equals(body), 'bytes differ');
    const head = await json('s3api', 'head-object', '--bucket', bucket, '--key', 'small.txt');
    equal([head.ContentLength, head.ContentType], [1234, 'text/plain'], 'head');
  });

  await checks.check('cp reads standard input and writes standard output', async () => {
    const body = streamBytes('stdin', 9 * MiB);
    await mustRun(
      program,
      ['--endpoint-url', context.target.endpoint, 's3', 'cp', '-', `s3://${bucket}/piped`],
      {
        ...options,
        input: body,
      },
    );
    holds((await aws('s3', 'cp', `s3://${bucket}/piped`, '-')).stdout.equals(body), 'bytes differ');
  });

  await checks.check('cp sends 64 MiB in parts and fetches ranges in parallel', async () => {
    const body = file('large', 64 * MiB);
    await aws('s3', 'cp', 'large', `s3://${bucket}/large`);
    await aws('s3', 'cp', `s3://${bucket}/large`, 'large.back');
    holds(readFileSync(join(here, 'large.back')).equals(body), 'bytes differ');
    const head = await json('s3api', 'head-object', '--bucket', bucket, '--key', 'large');
    holds(/-8"$/.test(String(head.ETag)), `ETag ${String(head.ETag)} is not of eight parts`);
  });

  await checks.check('cp and mv between keys and buckets', async () => {
    await aws('s3', 'mb', `s3://${bucket}-two`);
    await aws('s3', 'cp', `s3://${bucket}/large`, `s3://${bucket}-two/copied large`);
    await aws('s3', 'mv', `s3://${bucket}-two/copied large`, `s3://${bucket}-two/moved`);
    const listed = (await aws('s3', 'ls', `s3://${bucket}-two`)).stdout.toString();
    holds(listed.includes('moved') && !listed.includes('copied'), `ls shows ${listed}`);
    await aws('s3', 'cp', `s3://${bucket}-two/moved`, 'moved.back');
    holds(readFileSync(join(here, 'moved.back')).equals(readFileSync(join(here, 'large'))), 'bytes differ');
    await aws('s3', 'rb', '--force', `s3://${bucket}-two`);
  });

  const tree = join(here, 'tree');
  await checks.check(
    `sync sends ${context.treeFiles} odd-named files and fetches the same tree`,
    async () => {
      makeTree(tree, context.treeFiles, 'awscli tree');
      await aws('s3', 'sync', '--no-progress', 'tree', `s3://${bucket}/tree`);
      await aws('s3', 'sync', '--no-progress', `s3://${bucket}/tree`, 'tree.back');
      compareTrees(tree, join(here, 'tree.back'));
      const lines = (await aws('s3', 'ls', '--recursive', `s3://${bucket}/tree/`)).stdout
        .toString()
        .trimEnd()
        .split('\n');
      equal(lines.length, listTree(tree).length, 'lines of ls --recursive');
    },
  );

  await checks.check(
    'sync again sends nothing, then only what changed, then deletes what is gone',
    async () => {
      const again = await aws('s3', 'sync', '--no-progress', 'tree', `s3://${bucket}/tree`);
      equal(again.stdout.toString(), '', 'second sync');
      writeFileSync(join(tree, 'changed'), 'now there');
      const later = new Date(Date.now() + 5000);
      utimesSync(join(tree, 'changed'), later, later);
      const changed = (
        await aws('s3', 'sync', '--no-progress', 'tree', `s3://${bucket}/tree`)
      ).stdout.toString();
      equal(changed.trimEnd().split('\n').length, 1, 'lines of the third sync');
      await aws(
        's3',
        'sync',
        '--no-progress',
        '--delete',
        `s3://${bucket}/tree/sub`,
        `s3://${bucket}/mirror`,
      );
      await aws(
        's3',
        'sync',
        '--no-progress',
        '--delete',
        `s3://${bucket}/no-such-prefix`,
        `s3://${bucket}/mirror`,
      );
      equal(
        (
          await run(
            program,
            ['--endpoint-url', context.target.endpoint, 's3', 'ls', `s3://${bucket}/mirror/`],
            options,
          )
        ).code,
        1,
        'ls of the emptied mirror',
      );
    },
  );

  await checks.check('a presigned link works without credentials', async () => {
    const url = (await aws('s3', 'presign', `s3://${bucket}/small.txt`)).stdout.toString().trim();
    const got = await fetchUrl(url, context.target.ca);
    equal(got.status, 200, 'status');
    holds(got.body.equals(readFileSync(join(here, 'small.txt'))), 'bytes differ');
    equal(
      (await fetchUrl(url.replace('small', 'smell'), context.target.ca)).status,
      403,
      'status of a changed link',
    );
  });

  await checks.check('s3api: metadata, ranges, copies and batch deletion', async () => {
    await json(
      's3api',
      'put-object',
      '--bucket',
      bucket,
      '--key',
      'k',
      '--body',
      'small.txt',
      '--metadata',
      'one=1,two=zwei',
      '--content-type',
      'x/y',
    );
    const head = await json('s3api', 'head-object', '--bucket', bucket, '--key', 'k');
    equal([head.Metadata, head.ContentType], [{ one: '1', two: 'zwei' }, 'x/y'], 'head');
    const ranged = await json(
      's3api',
      'get-object',
      '--bucket',
      bucket,
      '--key',
      'k',
      '--range',
      'bytes=10-19',
      'ranged',
    );
    equal(ranged.ContentRange, 'bytes 10-19/1234', 'range');
    holds(
      readFileSync(join(here, 'ranged')).equals(streamBytes('awscli small.txt', 1234).subarray(10, 20)),
      'bytes differ',
    );
    await json('s3api', 'copy-object', '--bucket', bucket, '--key', 'k2', '--copy-source', `${bucket}/k`);
    const gone = await json(
      's3api',
      'delete-objects',
      '--bucket',
      bucket,
      '--delete',
      'Objects=[{Key=k},{Key=k2}]',
    );
    equal((gone.Deleted as unknown[]).length, 2, 'deleted');
  });

  await checks.check('s3api: listings in pages', async () => {
    const args = ['s3api', 'list-objects-v2', '--bucket', bucket, '--prefix', 'tree/', '--page-size', '50'];
    const all = await json(...args);
    equal((all.Contents as unknown[]).length, listTree(tree).length, 'keys in pages of 50');
    const old = await json(
      's3api',
      'list-objects',
      '--bucket',
      bucket,
      '--prefix',
      'tree/',
      '--page-size',
      '33',
    );
    equal(
      (old.Contents as { Key: string }[]).map((entry) => entry.Key),
      (all.Contents as { Key: string }[]).map((entry) => entry.Key),
      'keys of both versions',
    );
    const top = await json('s3api', 'list-objects-v2', '--bucket', bucket, '--delimiter', '/');
    equal(
      (top.CommonPrefixes as { Prefix: string }[]).map((entry) => entry.Prefix),
      ['tree/'],
      'prefixes',
    );
  });

  await checks.check('s3api: uploads are begun, listed and aborted', async () => {
    const begun = await json('s3api', 'create-multipart-upload', '--bucket', bucket, '--key', 'open');
    const id = String(begun.UploadId);
    const where = ['--bucket', bucket, '--key', 'open', '--upload-id', id];
    await json('s3api', 'upload-part', ...where, '--part-number', '1', '--body', 'small.txt');
    equal(((await json('s3api', 'list-parts', ...where)).Parts as unknown[]).length, 1, 'parts');
    equal(
      ((await json('s3api', 'list-multipart-uploads', '--bucket', bucket)).Uploads as unknown[]).length,
      1,
      'uploads',
    );
    await json('s3api', 'abort-multipart-upload', ...where);
    equal(
      (await json('s3api', 'list-multipart-uploads', '--bucket', bucket)).Uploads,
      undefined,
      'uploads after abort',
    );
  });

  await checks.check('s3api: configuration probes answer as those of a new bucket', async () => {
    equal(await json('s3api', 'get-bucket-versioning', '--bucket', bucket), {}, 'versioning');
    await json('s3api', 'get-bucket-acl', '--bucket', bucket);
    await json('s3api', 'get-bucket-location', '--bucket', bucket);
    const encryption = JSON.stringify(await json('s3api', 'get-bucket-encryption', '--bucket', bucket));
    holds(encryption.includes('AES256'), encryption);
    const policy = await run(
      program,
      ['--endpoint-url', context.target.endpoint, 's3api', 'get-bucket-policy', '--bucket', bucket],
      options,
    );
    holds(policy.code !== 0 && policy.stderr.includes('NoSuchBucketPolicy'), policy.stderr);
  });

  await checks.check('sts get-caller-identity names the account', async () => {
    const caller = await json('sts', 'get-caller-identity');
    equal(caller.Account, '000000000000', 'account');
  });

  await checks.check('a wrong secret is refused', async () => {
    const env = { ...context.env, AWS_SECRET_ACCESS_KEY: 'wrong' };
    const refused = await run(program, ['--endpoint-url', context.target.endpoint, 's3', 'ls'], {
      ...options,
      env,
    });
    holds(refused.code !== 0 && refused.stderr.includes('SignatureDoesNotMatch'), refused.stderr);
  });

  await checks.check('rm --recursive empties the bucket and rb removes it', async () => {
    await aws('s3', 'rm', '--recursive', '--quiet', `s3://${bucket}`);
    equal((await json('s3api', 'list-objects-v2', '--bucket', bucket)).Contents, undefined, 'keys left');
    await aws('s3', 'rb', `s3://${bucket}`);
  });
}
