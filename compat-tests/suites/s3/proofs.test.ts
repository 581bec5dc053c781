/** What is proven of objects is what S3 says of them; checked by another process that has nothing but proof and trust root. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adminEndpoint } from '../../lib/admin.ts';
import { streamBytes } from '../../lib/content.ts';
import {
  askProof,
  type CheckedProof,
  checkProof,
  type ProofAsked,
  proveOk,
  quickFrames,
  readTrustRoot,
  runCommand,
} from '../../lib/proofs.ts';
import { s3Suite } from './suite.ts';

const suite = s3Suite({ env: quickFrames });
const KiB = 1024;
const MiB = 1024 * KiB;

let trustRoot: string;
let folder: string;
beforeAll(async () => {
  trustRoot = await readTrustRoot(suite.target);
  folder = await mkdtemp(join(tmpdir(), 'hypergate-proofs-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function prove(bucket: string, key: string, asked: ProofAsked = {}): Promise<CheckedProof> {
  return checkProof(await proveOk(suite.target, `s3://${bucket}/${key}`, asked), trustRoot);
}

/** The facts must be those that S3 tells of the same version. */
async function expectFacts(proof: CheckedProof, Bucket: string, Key: string, VersionId?: string) {
  const told = await suite.s3.send(
    new HeadObjectCommand({ Bucket, Key, VersionId, ChecksumMode: 'ENABLED' }),
  );
  const { facts } = proof;
  expect(facts.bytes).toBe(String(told.ContentLength));
  expect(`"${facts.etag}"`).toBe(told.ETag);
  expect(facts.version).toBe(told.VersionId ?? 'null');
  expect(Math.floor(Date.parse(facts.modified as string) / 1000) * 1000).toBe(told.LastModified?.getTime());
  for (const name of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const) {
    const [checksum, parts] = told[`Checksum${name}`]?.split('-') ?? [];
    const hex = checksum === undefined ? undefined : Buffer.from(checksum, 'base64').toString('hex');
    expect(facts[`checksum ${name}`]).toBe(parts === undefined ? hex : `${hex}-${parts}`);
  }
}

async function expectContent(proof: CheckedProof, body: Uint8Array): Promise<void> {
  expect(await proof.difference(body)).toBeUndefined();
  expect(await proof.difference(Buffer.concat([body, Buffer.of(0)]))).toBeDefined();
  if (body.length === 0) return;
  expect(await proof.difference(body.subarray(0, -1))).toBeDefined();
  for (const at of body.length > MiB ? [body.length >> 1] : [0, body.length >> 1, body.length - 1]) {
    const other = Buffer.from(body);
    other[at] = (other[at] as number) ^ 1;
    expect(await proof.difference(other)).toBeDefined();
  }
}

describe('an object is proven as it is', () => {
  const sizes = { empty: 0, 'one byte': 1, inline: 64 * KiB - 1, 'one chunk': 64 * KiB };
  const large = { 'a whole chunk': 8 * MiB, 'two chunks': 8 * MiB + 1, 'several chunks': 17 * MiB + 12_345 };
  test.each(Object.entries({ ...sizes, ...large }))('%s', async (name, length) => {
    const bucket = await suite.bucket();
    const Body = streamBytes(name, length);
    for (const ChecksumAlgorithm of ['SHA256', 'CRC32C'] as const) {
      const Key = `${name}/${ChecksumAlgorithm}`;
      await suite.s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ChecksumAlgorithm }));
      const proof = await prove(bucket, Key);
      expect(proof.statement).toBe(`"${Key}" in the bucket "${bucket}" has this content`);
      await expectFacts(proof, bucket, Key);
      await expectContent(proof, Body);
      if (length > MiB) break;
    }
  });

  test('uploaded in parts', async () => {
    const Bucket = await suite.bucket();
    const Body = streamBytes('parts', 20 * MiB + 77);
    const params = { Bucket, Key: 'parts', Body };
    await new Upload({ client: suite.s3, params, partSize: 9 * MiB, queueSize: 2 }).done();
    const proof = await prove(Bucket, 'parts', { delay: true });
    expect(proof.facts.etag).toMatch(/-3$/);
    await expectFacts(proof, Bucket, 'parts');
    await expectContent(proof, Body);
  });

  const longest = `${'é'.repeat(300)}/${'k'.repeat(1024 - 601)}`;
  const keys = [
    '%',
    '%41',
    '?',
    'a?versionId=null',
    ' ',
    ' a b ',
    'a+b',
    '..',
    '.',
    '../..',
    '/',
    '//a',
    'ключ 鍵 🔑',
  ];
  const harder = [
    'two\nlines\r',
    'tab\t\u001b[31mred',
    'quote"\\',
    '\u202eright',
    '\ufffe',
    '\u0000',
    longest,
  ];
  test('under any key', async () => {
    const bucket = await suite.bucket();
    const caller = suite.caller();
    for (const key of [...keys, ...harder]) {
      const body = Buffer.from(`content of ${key}`);
      await caller.ok({ method: 'PUT', path: `/${bucket}/${key}`, body });
    }
    const proofs = await Promise.all([...keys, ...harder].map((key) => prove(bucket, key)));
    for (const [index, key] of [...keys, ...harder].entries()) {
      const proof = proofs[index] as CheckedProof;
      expect(proof.statement).toBe(`${JSON.stringify(key)} in the bucket "${bucket}" has this content`);
      expect(await proof.difference(Buffer.from(`content of ${key}`))).toBeUndefined();
    }
  });
});

test('each version is proven as it was, and a delete marker as one', async () => {
  const Bucket = await suite.bucket();
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  const first = streamBytes('before versions', 1000);
  await suite.s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: first }));
  await suite.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  const versions: [string | undefined, Buffer][] = [['null', first]];
  for (const size of [100, 100 * KiB, 9 * MiB]) {
    const Body = streamBytes(`version ${size}`, size);
    const { VersionId } = await suite.s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body }));
    versions.push([VersionId, Body]);
  }
  const { VersionId: marker } = await suite.s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
  for (const [versionId, body] of versions) {
    const proof = await prove(Bucket, 'k', { versionId: versionId as string });
    expect(proof.statement).toMatch(/has this content in version /);
    await expectFacts(proof, Bucket, 'k', versionId);
    await expectContent(proof, body);
  }
  const deleted = await prove(Bucket, 'k');
  expect(deleted.statement).toBe(`"k" in the bucket "${Bucket}" is deleted`);
  expect(deleted.facts.version).toBe(marker);
  expect(await deleted.difference(first)).toBe('the proof is about no content');
  const named = await prove(Bucket, 'k', { versionId: marker as string });
  expect(named.statement).toContain(`is a delete marker in version ${marker}`);
  await suite.s3.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId: marker }));
  expect((await prove(Bucket, 'k')).facts.version).toBe(versions.at(-1)?.[0]);
  const gone = await askProof(suite.target, `s3://${Bucket}/k`, { versionId: marker as string });
  expect(gone.status).toBe(404);
});

test('what is not there is proven when disclosing its address key is allowed, and refused before', async () => {
  const bucket = await suite.bucket();
  await suite.put(bucket, 'gone', 'was here');
  const before = await prove(bucket, 'gone');
  await suite.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'gone' }));
  const none = `${bucket}-none`;
  const absences: [string, string, string][] = [
    [bucket, 'never', `there is no object "never" in the bucket "${bucket}"`],
    [bucket, 'gone', `there is no object "gone" in the bucket "${bucket}"`],
    [none, 'k', `there is no bucket "${none}"`],
  ];
  for (const [where, key, statement] of absences) {
    const refused = await askProof(suite.target, `s3://${where}/${key}`);
    expect(refused.status).toBe(409);
    expect(refused.text).toMatch(/discloses the address key of s3\.(objects|buckets)/);
    const proof = await prove(where, key, { discloseAddressKey: true });
    expect(proof.statement).toBe(statement);
    expect(proof.frame.number).toBeGreaterThanOrEqual(before.frame.number);
    expect(await proof.difference(Buffer.alloc(0))).toBe('the proof is about no content');
  }
  // There again: the permission to disclose is then not made use of.
  await suite.put(bucket, 'gone', 'is back');
  const back = await prove(bucket, 'gone', { discloseAddressKey: true });
  expect(await back.difference(Buffer.from('is back'))).toBeUndefined();
  await suite.s3.send(new CreateBucketCommand({ Bucket: none }));
  expect((await askProof(suite.target, `s3://${none}/k`)).text).toContain('s3.objects');
});

test('an object that was overwritten is proven anew, a copy beside its source', async () => {
  const bucket = await suite.bucket();
  const other = await suite.bucket();
  const bodies = [streamBytes('a', 500), streamBytes('b', 300 * KiB), streamBytes('c', 10 * MiB)];
  for (const body of [...bodies, streamBytes('d', 400)]) {
    await suite.put(bucket, 'k', body);
    await expectContent(await prove(bucket, 'k'), body);
    await suite.s3.send(new CopyObjectCommand({ Bucket: other, Key: 'copy', CopySource: `${bucket}/k` }));
    await suite.put(bucket, 'k', 'the source is another now');
    const copied = await prove(other, 'copy');
    await expectFacts(copied, other, 'copy');
    await expectContent(copied, body);
  }
});

test('every answer names a frame; what it acknowledged is proven by that frame', async () => {
  const bucket = await suite.bucket();
  const caller = suite.caller();
  let last = 0;
  const numberOf = (headers: ReadonlyMap<string, string>): number => {
    const number = Number(headers.get('x-hypergate-frame'));
    expect(Number.isSafeInteger(number) && number >= last && number > 0).toBe(true);
    last = number;
    return number;
  };
  for (let round = 0; round < 8; round += 1) {
    const body = Buffer.from(`round ${round}`);
    const put = await caller.ok({ method: 'PUT', path: `/${bucket}/k`, body });
    const named = numberOf(put.headers);
    const proof = await prove(bucket, 'k');
    expect(await proof.difference(body)).toBeUndefined();
    expect(proof.frame.number).toBeGreaterThanOrEqual(named);
  }
  const calls = [
    { method: 'GET', path: `/${bucket}/none` },
    { method: 'GET', path: '/no-such-bucket-here' },
    { method: 'HEAD', path: `/${bucket}/k` },
    { method: 'DELETE', path: `/${bucket}/k` },
    { method: 'PUT', path: '/Not_A_Bucket' },
    { method: 'POST', path: `/${bucket}/k`, query: { uploadId: 'x' }, body: Buffer.from('no XML') },
    { method: 'PUT', path: `/${bucket}/k`, headers: { 'if-match': '"x"' } },
  ];
  for (const call of calls) numberOf((await caller.send(call)).headers);
  const stranger = suite.caller({ secretAccessKey: 'another' });
  expect(numberOf((await stranger.ok({ method: 'GET', path: '/' }, 403)).headers)).toBeGreaterThan(0);
  const raw = await fetch(`${suite.target.endpoint}/${bucket}/k`);
  expect(raw.status).toBe(403);
  expect(Number(raw.headers.get('x-hypergate-frame'))).toBeGreaterThanOrEqual(last);
  await raw.body?.cancel();
});

describe('the commands', () => {
  const port = (): string => new URL(adminEndpoint(suite.target)).port;
  /** As on another machine: no data directory, nothing in the environment. */
  const elsewhere = () => ({ env: {}, cwd: folder });

  test('prove, say the trust root, and verify in an empty environment, with the file that was stored', async () => {
    const bucket = await suite.bucket();
    const body = streamBytes('command', 10 * MiB);
    const key = ' 100% ?\nключ';
    await suite.put(bucket, key, body);
    const where = ['--data-dir', suite.target.dataDir];
    const root = await runCommand(['trust-root', ...where]);
    expect(root).toEqual({ code: 0, out: `${trustRoot}\n`, error: '' });
    const proven = await runCommand(['prove', `s3://${bucket}/${key}`, '--admin-port', port()], elsewhere());
    expect([proven.code, proven.error]).toEqual([0, '']);
    await writeFile(join(folder, 'proof.json'), proven.out);
    await writeFile(join(folder, 'same'), body);
    await writeFile(join(folder, 'shorter'), body.subarray(1));
    await writeFile(join(folder, 'longer'), Buffer.concat([body, body.subarray(0, 1)]));
    await writeFile(join(folder, 'other'), streamBytes('another', body.length));
    const verify = (...args: string[]) =>
      runCommand(['verify', 'proof.json', '--trust-root', trustRoot, ...args], elsewhere());
    const same = await verify('--content', 'same', '--json');
    expect([same.code, same.error]).toEqual([0, '']);
    const report = JSON.parse(same.out);
    expect(report).toMatchObject({ verified: true, file: { same: true, bytes: body.length } });
    expect(report.subject).toBe(`s3://${bucket}/ 100%25 %3F%0Aключ`);
    expect(report.frame).toMatchObject({ testNetwork: true, discriminantBits: 256, signers: 1, keys: 1 });
    const { ETag } = await suite.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    expect(report.facts).toContainEqual({ name: 'etag', value: ETag?.slice(1, -1) });
    for (const file of ['shorter', 'longer', 'other']) {
      const { code, error } = await verify('--content', file);
      expect(code, file).toBe(1);
      expect(error).toMatch(new RegExp(`^hypergate: ${file} is not the object: [^\\n]+\\n$`));
    }
    const plain = await verify();
    expect(plain).toMatchObject({ code: 0, error: '' });
    expect(plain.out).toContain(`frame: ${report.frame.number}\ntime: ${report.frame.time}\n`);
  });

  test('prove that nothing is there only when told to', async () => {
    const bucket = await suite.bucket();
    const target = ['prove', `s3://${bucket}/none`, '--admin-port', port()];
    const refused = await runCommand(target, elsewhere());
    expect([refused.code, refused.out]).toEqual([1, '']);
    expect(refused.error).toMatch(/^hypergate: [^\n]+; allow it with --disclose-address-key\n$/);
    const proven = await runCommand(
      [...target, '--disclose-address-key', '--out', 'absent.json'],
      elsewhere(),
    );
    expect(proven).toEqual({ code: 0, out: '', error: '' });
    const { code, out } = await runCommand(['verify', 'absent.json', '--trust-root', trustRoot], elsewhere());
    expect(code).toBe(0);
    expect(out).toContain(`there is no object "none" in the bucket "${bucket}"\n`);
    expect(out).toContain('names: bound');
  });

  test('prove that no other record can have the names of bucket and object only when told to', async () => {
    const bucket = await suite.bucket();
    await suite.put(bucket, 'one', streamBytes('one', 9 * MiB));
    const prove = ['prove', `s3://${bucket}/one`, '--admin-port', port(), '--out'];
    const verify = async (file: string) =>
      JSON.parse((await runCommand(['verify', file, '--trust-root', trustRoot, '--json'], elsewhere())).out);
    await runCommand([...prove, 'loose.json'], elsewhere());
    expect(await verify('loose.json')).toMatchObject({ verified: true, namesBound: false });
    await runCommand([...prove, 'bound.json', '--disclose-address-key'], elsewhere());
    expect(await verify('bound.json')).toMatchObject({ verified: true, namesBound: true });
  });
});
