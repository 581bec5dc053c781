/** `hypergate du` and the admin API's usage, against what the test itself wrote and against du(1). */
import { execFileSync, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { freePort } from '@hypergate/node/sim/ports';
import { expect, test } from 'vitest';
import { adminUsage, collectNow } from '../../lib/admin.ts';
import { streamBytes } from '../../lib/content.ts';
import { repositoryRoot } from '../../lib/gateway.ts';
import { SeededRandom } from '../../lib/random.ts';
import { cleanEnvironment, freshDirectory } from '../../lib/target.ts';
import { s3Suite } from './suite.ts';

const suite = s3Suite({});
const MiB = 1 << 20;

function hypergate(...args: string[]): Promise<{ code: number | null; out: string; error: string }> {
  const entry = join(repositoryRoot, 'gateway', 'server', 'hypergate.mjs');
  const child = spawn(process.execPath, [entry, ...args], { env: cleanEnvironment({}) });
  let out = '';
  let error = '';
  child.stdout.on('data', (piece) => (out += piece));
  child.stderr.on('data', (piece) => (error += piece));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, error })));
}

test('counts agree with a model after random puts, overwrites, copies and deletions', async () => {
  const random = new SeededRandom('usage');
  const bucket = await suite.bucket('usage');
  const model = new Map<string, number>();
  const caller = suite.caller();
  const keys = Array.from(
    { length: 60 },
    (_unused, index) => `${['a', 'a/b', 'a\u00ff', 'b/'][index % 4]}/${index}`,
  );
  for (let step = 0; step < 250; step += 1) {
    const key = random.pick(keys);
    const dice = random.next();
    if (dice < 0.6) {
      const size = random.next() < 0.1 ? random.between(65_536, 400_000) : random.between(0, 3000);
      await caller.ok({ method: 'PUT', path: `/${bucket}/${key}`, body: streamBytes(step, size) });
      model.set(key, size);
    } else if (dice < 0.75 && model.has(key)) {
      const to = random.pick(keys.filter((other) => other !== key));
      const CopySource = encodeURI(`${bucket}/${key}`);
      await suite.s3.send(new CopyObjectCommand({ Bucket: bucket, Key: to, CopySource }));
      model.set(to, model.get(key) as number);
    } else {
      await suite.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
      model.delete(key);
    }
  }
  const expected = (prefix: string) => {
    const sizes = [...model].filter(([key]) => key.startsWith(prefix)).map(([, size]) => size);
    return { objects: sizes.length, logicalBytes: sizes.reduce((sum, size) => sum + size, 0) };
  };
  for (const prefix of ['', 'a', 'a/', 'a/b', 'a\u00ff', 'b//', 'nothing']) {
    const query = prefix === '' ? { bucket } : { bucket, prefix };
    const found = (await adminUsage(suite.target, query)).buckets;
    expect(found.length).toBe(1);
    expect(found[0], prefix).toMatchObject({
      ...expected(prefix),
      versions: 0,
      deleteMarkers: 0,
      uploads: 0,
    });
  }
});

test('uploads under way count apart, and a chunk that copies share counts once', async () => {
  const bucket = await suite.bucket('shared');
  const where = { Bucket: bucket, Key: 'upload' };
  const { UploadId } = await suite.s3.send(new CreateMultipartUploadCommand(where));
  const stored = async () => (await adminUsage(suite.target, { bucket })).buckets[0]!;
  for (const PartNumber of [1, 2]) {
    const Body = streamBytes(`part ${PartNumber}`, PartNumber * MiB);
    await suite.s3.send(new UploadPartCommand({ ...where, UploadId, PartNumber, Body }));
  }
  expect(await stored()).toMatchObject({ objects: 0, logicalBytes: 0, uploads: 1, uploadBytes: 3 * MiB });
  await suite.put(bucket, 'original', streamBytes('original', 5 * MiB));
  const one = (await stored()).storedBytes as number;
  for (const Key of ['copy 1', 'copy 2', 'copy 3'])
    await suite.s3.send(new CopyObjectCommand({ Bucket: bucket, Key, CopySource: `${bucket}/original` }));
  const four = await stored();
  expect(four).toMatchObject({ objects: 4, logicalBytes: 20 * MiB });
  expect((four.storedBytes as number) - one).toBeLessThan(16 * 1024);
});

test('storage agrees with du(1) and live chunks with what buckets store', async () => {
  await collectNow(suite.target);
  const { storage, buckets } = await adminUsage(suite.target);
  const sizes = execFileSync('du', ['-s', '-B1', 'chunks', 'log', 'state', 'index'], {
    cwd: suite.target.dataDir,
    encoding: 'utf8',
  });
  const told = [storage.chunkBytes, storage.logBytes, storage.stateBytes, storage.indexBytes];
  for (const [index, line] of sizes.trim().split('\n').entries()) {
    // du(1) also counts the folder itself.
    expect(Math.abs(Number(line.split('\t')[0]) - (told[index] as number)), line).toBeLessThan(64 * 1024);
  }
  const stored = buckets.reduce((sum, { storedBytes }) => sum + (storedBytes as number), 0);
  expect(storage.chunkBytes - storage.garbageBytes).toBeLessThan(stored + 2 * MiB);
  expect(storage.freeBytes).toBeGreaterThan(0);
});

test('the command prints a table, or the whole answer, for all, a bucket or a prefix', async () => {
  const bucket = await suite.bucket('command');
  await suite.put(bucket, 'a/1', 'x'.repeat(2048));
  await suite.put(bucket, 'b/1', 'y');
  const { dataDir } = suite.target;
  const all = await hypergate('du', '--data-dir', dataDir);
  expect(all).toMatchObject({ code: 0, error: '' });
  expect(all.out).toMatch(new RegExp(`^ +2 +0 +0 +2\\.0 KiB +- +\\S+ \\S+ +${bucket}$`, 'm'));
  expect(all.out).toMatch(/^chunk files +\S+ \S+, of which \S+ \S+ are garbage awaiting collection$/m);
  const json = await hypergate('du', `s3://${bucket}/a/`, '--json', '--data-dir', dataDir);
  expect(JSON.parse(json.out).buckets).toMatchObject([{ name: bucket, objects: 1, logicalBytes: 2048 }]);
  const unknown = await hypergate('du', 's3://no-such-bucket', '--data-dir', dataDir);
  expect(unknown).toMatchObject({
    code: 1,
    out: '',
    error: 'hypergate: there is no bucket no-such-bucket\n',
  });
  expect((await hypergate('du', 'bucket', '--data-dir', dataDir)).code).toBe(2);
});

test('without a gateway the command says so in one line and fails', async () => {
  const folder = freshDirectory('nobody');
  const port = String(await freePort());
  const found = await hypergate('du', '--data-dir', folder, '--admin-port', port);
  rmSync(folder, { recursive: true });
  expect(found).toEqual({
    code: 1,
    out: '',
    error: `hypergate: no gateway answers at http://127.0.0.1:${port}\n`,
  });
});
