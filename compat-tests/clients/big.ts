/** A 1.5 GB file in and out with aws and rclone while the server's memory is watched: it must stay constant. */
import { createWriteStream, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { streamBytes } from '../lib/content.ts';
import { watchRss } from '../lib/process-usage.ts';
import { equal, holds } from './checks.ts';
import { type ClientContext, fileMd5, requireProgram } from './context.ts';
import { rcloneEnvironment } from './rclone.ts';
import { mustRun } from './run.ts';

const bigBytes = 1_500_000_000;
const blockBytes = 16 * 1024 * 1024;
const growthBytesMax = 128 * 1024 * 1024;

export async function checkBig(context: ClientContext): Promise<void> {
  const checks = context.checks.group(`big file ${context.scheme}`);
  if (!requireProgram(checks, '/usr/bin/aws') || !requireProgram(checks, '/usr/bin/rclone')) return;
  const here = join(context.scratch, 'big');
  mkdirSync(here, { recursive: true });
  const source = join(here, 'source');
  await writeBig(source);
  const md5 = await fileMd5(source);
  const aws = (...args: string[]) =>
    mustRun('/usr/bin/aws', ['--endpoint-url', context.target.endpoint, 's3', '--no-progress', ...args], {
      env: context.env,
      cwd: here,
      timeoutMs: 1_200_000,
    });
  const rclone = (...args: string[]) =>
    mustRun('/usr/bin/rclone', ['--retries', '1', ...args], {
      env: rcloneEnvironment(context),
      cwd: here,
      timeoutMs: 1_200_000,
    });
  // One small upload first: what the server loads once is not growth.
  await aws('mb', 's3://big');
  await mustRun(
    '/usr/bin/aws',
    ['--endpoint-url', context.target.endpoint, 's3', 'cp', '-', 's3://big/first'],
    {
      env: context.env,
      cwd: here,
      input: streamBytes('first', 20 * 1024 * 1024),
    },
  );

  const moves: [string, () => Promise<unknown>][] = [
    ['aws cp in', () => aws('cp', 'source', 's3://big/by-aws')],
    ['aws cp out', () => aws('cp', 's3://big/by-aws', 'back')],
    ['rclone in', () => rclone('copyto', 'source', 'hg:big/by-rclone')],
    ['rclone out', () => rclone('copyto', 'hg:big/by-rclone', 'back')],
  ];
  for (const [name, move] of moves) {
    const watch = watchRss(context.target.pid);
    await checks.check(`${name}, ${bigBytes} bytes`, async () => {
      await move();
      if (!name.endsWith('out')) return;
      equal(statSync(join(here, 'back')).size, bigBytes, 'size');
      equal(await fileMd5(join(here, 'back')), md5, 'MD5');
      rmSync(join(here, 'back'));
    });
    const { startBytes, peakBytes } = watch.stop();
    const growth = peakBytes - startBytes;
    await checks.check(
      `${name}: memory grew by ${Math.round(growth / 1048576)} MiB to ${Math.round(peakBytes / 1048576)} MiB`,
      async () => {
        holds(growth < growthBytesMax, `growth of ${growth} bytes`);
      },
    );
  }
  await aws('rb', '--force', 's3://big');
}

/** Blocks of an unrepeated key stream, written with back-pressure. */
async function writeBig(path: string): Promise<void> {
  const file = createWriteStream(path);
  for (let at = 0; at < bigBytes; at += blockBytes) {
    const block = streamBytes(`big ${at}`, Math.min(blockBytes, bigBytes - at));
    if (!file.write(block)) await new Promise<void>((resolve) => file.once('drain', () => resolve()));
  }
  file.end();
  await finished(file);
}
