/**
 * Makes the golden documents anew, with keys of their own: `node gateway/verifier/test/golden/make.ts`. Needed only when no
 * released version made documents of their format. The bucket has so many objects that its trees have branches, and so the
 * proofs openings of commitments.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Bucket, goldens, leafAtomsMax } from './objects.ts';

const nothing = new Uint8Array(0);
const here = new URL('.', import.meta.url);
const dataDir = await mkdtemp(join(tmpdir(), 'hypergate-golden-'));
const program = fileURLToPath(new URL('../../../server/hypergate.mjs', import.meta.url));
const flags = ['--port', '0', '--admin-port', '0', '--data-dir', dataDir, '--frame-interval', '2s'];
const gateway = spawn(process.execPath, [program, 'start', ...flags], { stdio: 'inherit' });

interface Endpoints {
  readonly endpoint: string;
  readonly adminEndpoint: string;
}

async function endpoints(): Promise<Endpoints> {
  for (let left = 100; ; left -= 1) {
    await wait(100);
    try {
      return JSON.parse(await readFile(join(dataDir, 'process.json'), 'utf8')) as Endpoints;
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}

async function fill(endpoint: string): Promise<void> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const s3 = new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket }));
  let number = 0;
  const writers = Array.from({ length: 32 }, async () => {
    while (number <= leafAtomsMax) {
      number += 1;
      await s3.send(new PutObjectCommand({ Bucket, Key: `others/${number}`, Body: nothing }));
    }
  });
  await Promise.all(writers);
  // Last, so that a frame that shows one of them shows all.
  for (const { key, body } of goldens) {
    if (body !== undefined) await s3.send(new PutObjectCommand({ Bucket, Key: key, Body: body() }));
  }
  s3.destroy();
}

async function text(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${await response.text()}`);
  return response.text();
}

try {
  const { endpoint, adminEndpoint } = await endpoints();
  await fill(endpoint);
  for (const { file, key, query } of goldens) {
    const target = encodeURIComponent(`s3://${Bucket}/${key}`);
    await writeFile(new URL(file, here), await text(`${adminEndpoint}/proof?target=${target}${query}`));
  }
  const { trustRoot } = JSON.parse(await text(`${adminEndpoint}/trust-root`)) as { trustRoot: string };
  await writeFile(new URL('trust-root.txt', here), `${trustRoot}\n`);
} finally {
  gateway.kill('SIGTERM');
  await once(gateway, 'exit');
  await rm(dataDir, { recursive: true, force: true });
}
