/** Proofs of what S3 clients stored: the service and its tables as they run, and a prover without cryptography. */
import { createHash, randomBytes } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { type ProofQuery, ProofUnavailable } from '@hypergate/kit';
import { verifyDisclosedData } from '@hypergate/node/crypto/disclosure';
import { PlainProver } from '@hypergate/node/sim';
import { ProofRefused } from '@hypergate/node/verifier';
import { blobAddressName, type ProofClaim, verifyDocument } from '@hypergate/table/verify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { describeProof } from '../verify/index.ts';
import { openRealTables, type RealTables } from './real-tables.ts';
import { type S3Server, startServer } from './server.ts';

const Bucket = 'photos';
const MiB = 1024 * 1024;
let prover: PlainProver;
/** Happens before each frame that somebody waits for. */
let beforeFrame: (frame: number) => Promise<unknown>;
let real: RealTables;
let server: S3Server;
let s3: S3Client;

beforeEach(async () => {
  beforeFrame = async () => undefined;
  prover = new PlainProver({ beforeFrame: async (frame) => void (await beforeFrame(frame)) });
  real = await openRealTables(undefined, (node) => prover.over(node));
  server = await startServer(real.tables);
  s3 = server.client();
  await s3.send(new CreateBucketCommand({ Bucket }));
});

afterEach(async () => {
  await server.close();
  await real.close();
  expect(server.errors).toEqual([]);
});

const put = (Key: string, Body: string | Uint8Array, extra: object = {}) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body, ...extra }));
const remove = (Key: string, VersionId?: string) =>
  s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
const enableVersions = () =>
  s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));

function prove(target: string, query: Partial<ProofQuery> = {}): Promise<string> {
  return server.service.prove!({ target, discloseAddressKeys: false, delay: false, ...query });
}

function describeText(text: string): ProofClaim {
  return describeProof(verifyDocument(text, prover.trustRoot, prover.verifier));
}

const claimOf = async (target: string, query: Partial<ProofQuery> = {}) =>
  describeText(await prove(target, query));
const factsOf = ({ facts }: ProofClaim): Record<string, string> => Object.fromEntries(facts);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function isContent({ content }: ProofClaim, bytes: Uint8Array): Promise<boolean> {
  return (await verifyDisclosedData(content as never, [bytes])).ok;
}

async function refusal(asked: Promise<unknown>): Promise<[number, string]> {
  const error = await asked.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ProofUnavailable)) throw new Error('no refusal', { cause: error });
  return [error.status, error.message];
}

describe('the content of an object', () => {
  test('that stands in its record', async () => {
    const body = Buffer.from('hello');
    const { ETag } = await put('hello.txt', body, { ChecksumAlgorithm: 'SHA256' });
    const claim = await claimOf(`s3://${Bucket}/hello.txt`);
    expect(claim.statement).toBe('"hello.txt" in the bucket "photos" has this content');
    expect(factsOf(claim)).toMatchObject({
      bytes: '5',
      etag: ETag!.replaceAll('"', ''),
      sha256: sha256(body),
      'checksum SHA256': sha256(body),
      version: 'null',
    });
    expect(await isContent(claim, body)).toBe(true);
    expect(await isContent(claim, Buffer.from('hallo'))).toBe(false);
    expect(await isContent(claim, Buffer.from('hello!'))).toBe(false);
  });

  test('of no bytes', async () => {
    await put('empty', '');
    const claim = await claimOf(`s3://${Bucket}/empty`);
    expect(factsOf(claim)).toMatchObject({ bytes: '0', sha256: sha256(Buffer.alloc(0)) });
    expect(await isContent(claim, Buffer.alloc(0))).toBe(true);
    expect(await isContent(claim, Buffer.alloc(1))).toBe(false);
  });

  test.each([
    ['one chunk that its record holds', MiB],
    ['chunks in order', 9 * MiB],
  ])('in %s', async (_where, length) => {
    const body = randomBytes(length);
    await put('large', body);
    const claim = await claimOf(`s3://${Bucket}/large`);
    expect(factsOf(claim)).toMatchObject({ bytes: String(length) });
    expect(claim.facts.filter(([name]) => name.startsWith('chunk'))).toHaveLength(length > 8 * MiB ? 2 : 1);
    expect(await isContent(claim, body)).toBe(true);
    body[length - 1]! ^= 1;
    expect(await isContent(claim, body)).toBe(false);
  });

  test('uploaded in parts, and a copy of it in another bucket', async () => {
    const Key = 'parts';
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const bodies = [randomBytes(5 * MiB), randomBytes(70_000), Buffer.from('the end')].slice(0, 2);
    const Parts: { ETag: string; PartNumber: number }[] = [];
    for (const [index, Body] of bodies.entries()) {
      const part = { Bucket, Key, UploadId, PartNumber: index + 1, Body };
      const { ETag } = await s3.send(new UploadPartCommand(part));
      Parts.push({ ETag: ETag!, PartNumber: index + 1 });
    }
    await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
    const whole = Buffer.concat(bodies);
    const claim = await claimOf(`s3://${Bucket}/${Key}`);
    expect(factsOf(claim).etag).toMatch(/^[0-9a-f]{32}-2$/);
    expect(await isContent(claim, whole)).toBe(true);
    await s3.send(new CreateBucketCommand({ Bucket: 'other' }));
    await s3.send(new CopyObjectCommand({ Bucket: 'other', Key: 'copy', CopySource: `${Bucket}/${Key}` }));
    expect(await isContent(await claimOf('s3://other/copy'), whole)).toBe(true);
  });

  test('under any key', async () => {
    for (const key of ['a b%20?versionId=null', '../x', 'ä\u{1f408}', 'line\nbreak', '"quoted"', 'a//b/']) {
      await put(key, key);
      const claim = await claimOf(`s3://${Bucket}/${key}`);
      expect(claim.statement).toBe(`${JSON.stringify(key)} in the bucket "photos" has this content`);
      expect(await isContent(claim, Buffer.from(key))).toBe(true);
    }
  });
});

describe('versions', () => {
  test('the current one, an older one, the null version and a delete marker', async () => {
    await put('key', 'zero');
    await enableVersions();
    const first = (await put('key', 'one')).VersionId!;
    const second = (await put('key', 'two')).VersionId!;
    const target = `s3://${Bucket}/key`;
    const shown = async (versionId: string | undefined, body: string) => {
      const claim = await claimOf(target, { versionId });
      expect(await isContent(claim, Buffer.from(body))).toBe(true);
      return claim.statement;
    };
    const key = '"key" in the bucket "photos" has this content';
    expect(await shown(undefined, 'two')).toBe(key);
    expect(await shown(second, 'two')).toBe(`${key} in version ${second}`);
    expect(await shown(first, 'one')).toBe(`${key} in version ${first}`);
    expect(await shown('null', 'zero')).toBe(`${key} in version null`);
    const marker = (await remove('key')).VersionId!;
    expect((await claimOf(target)).statement).toBe('"key" in the bucket "photos" is deleted');
    await put('key', 'three');
    const claim = await claimOf(target, { versionId: marker });
    expect(claim).toMatchObject({
      statement: `"key" in the bucket "photos" is a delete marker in version ${marker}`,
      content: undefined,
    });
  });

  test('that are not there are no proof', async () => {
    await put('key', 'body');
    const unknown = Buffer.from('0000000000000001ffffffffffffffff', 'hex').toString('base64url');
    expect((await refusal(prove(`s3://${Bucket}/key`, { versionId: unknown })))[0]).toBe(404);
    expect((await refusal(prove(`s3://${Bucket}/none`, { versionId: 'null' })))[0]).toBe(404);
    for (const versionId of ['', 'x', `${unknown}=`, `${unknown.slice(0, -1)}x`, 'null\n']) {
      expect((await refusal(prove(`s3://${Bucket}/key`, { versionId })))[0], versionId).toBe(400);
    }
  });
});

test('a version that was named, and one in parts, stand in the slots of their names', async () => {
  await enableVersions();
  const versionId = (await put('key', 'one')).VersionId!;
  await put('key', randomBytes(9 * MiB));
  for (const query of [{ versionId }, {}]) {
    const text = await prove(`s3://${Bucket}/key`, { ...query, discloseAddressKeys: true });
    const { namesBound, addresses } = verifyDocument(text, prover.trustRoot, prover.verifier);
    expect(namesBound).toBe(true);
    expect(addresses.map(({ table }) => table).sort()).toEqual(
      'versionId' in query ? ['s3.buckets', 's3.versions'] : [blobAddressName, 's3.buckets', 's3.objects'],
    );
  }
});

describe('that there is none', () => {
  test('of a key, only when the address key may be given', async () => {
    const target = `s3://${Bucket}/none`;
    const [status, message] = await refusal(prove(target));
    expect([status, message]).toEqual([409, expect.stringContaining('the address key of s3.objects')]);
    const claim = await claimOf(target, { discloseAddressKeys: true });
    expect(claim.statement).toBe('there is no object "none" in the bucket "photos"');
    expect(claim.content).toBeUndefined();
  });
  test('after a deletion', async () => {
    await put('key', 'body');
    await remove('key');
    const claim = await claimOf(`s3://${Bucket}/key`, { discloseAddressKeys: true });
    expect(claim.statement).toBe('there is no object "key" in the bucket "photos"');
  });
  test('of a bucket', async () => {
    expect((await refusal(prove('s3://nowhere/key')))[0]).toBe(409);
    const claim = await claimOf('s3://nowhere/key', { discloseAddressKeys: true });
    expect(claim.statement).toBe('there is no bucket "nowhere"');
  });
});

test('a target that is none is refused with what it should be', async () => {
  for (const target of ['s3://', 's3://b', 's3://b/', 's3:///k', 'x', 's3://b?x/k', 's3://b/\ud800']) {
    const [status, message] = await refusal(prove(target, { discloseAddressKeys: true }));
    expect([status, message]).toEqual([400, expect.stringContaining('is not of the form s3://bucket/key')]);
  }
  const long = `s3://${Bucket}/${'k'.repeat(10_000)}`;
  expect((await refusal(prove(long, { discloseAddressKeys: true })))[0]).toBe(400);
});

test('one changed letter anywhere is refused', async () => {
  await put('key', 'body');
  const good = [
    await prove(`s3://${Bucket}/key`),
    await prove(`s3://${Bucket}/none`, { discloseAddressKeys: true }),
  ];
  for (const text of good) {
    expect(() => describeText(text)).not.toThrow();
    for (let at = 0; at < text.length; at += 1) {
      const other = String.fromCharCode(text.charCodeAt(at) ^ (1 << (at % 7)));
      const bad = text.slice(0, at) + other + text.slice(at + 1);
      expect(() => describeText(bad), `${at}: ${bad}`).toThrow(ProofRefused);
    }
  }
});

describe('an object that changes while its proof waits for a frame', () => {
  const once = (change: () => Promise<unknown>) => {
    beforeFrame = async (frame) => {
      if (frame === 1) await change();
    };
  };
  const target = `s3://${Bucket}/key`;

  test('is proven as it is then: overwritten, large by small and small by large', async () => {
    const large = randomBytes(9 * MiB);
    for (const [before, after] of [
      [large, Buffer.from('small')],
      [Buffer.from('small'), large],
      [large, randomBytes(9 * MiB)],
    ] as const) {
      await put('key', before);
      prover.frame = 0;
      once(() => put('key', after));
      expect(await isContent(await claimOf(target), after)).toBe(true);
    }
  });
  test('is not proven when it was deleted, unless that may be shown', async () => {
    await put('key', randomBytes(9 * MiB));
    once(() => remove('key'));
    expect((await refusal(prove(target)))[0]).toBe(409);
    await put('key', 'body');
    prover.frame = 0;
    const claim = await claimOf(target, { discloseAddressKeys: true });
    expect(claim.statement).toContain('there is no object');
  });
  test('is found when it was created', async () => {
    once(() => put('key', 'body'));
    const claim = await claimOf(target, { discloseAddressKeys: true });
    expect(await isContent(claim, Buffer.from('body'))).toBe(true);
  });
  test('is proven in the version that was named', async () => {
    await enableVersions();
    const versionId = (await put('key', 'one')).VersionId!;
    once(() => put('key', 'two'));
    for (const discloseAddressKeys of [false, true]) {
      prover.frame = 0;
      expect(
        await isContent(await claimOf(target, { versionId, discloseAddressKeys }), Buffer.from('one')),
      ).toBe(true);
    }
    prover.frame = 0;
    once(() => remove('key', versionId));
    expect((await refusal(prove(target, { versionId, discloseAddressKeys: true })))[0]).toBe(404);
  });
  test('together with its bucket is shown to be gone', async () => {
    await put('key', 'body');
    once(async () => {
      await remove('key');
      await s3.send(new DeleteBucketCommand({ Bucket }));
    });
    const claim = await claimOf(target, { discloseAddressKeys: true });
    expect(claim.statement).toBe('there is no bucket "photos"');
  });
  test('with every frame is given up', async () => {
    await put('key', randomBytes(9 * MiB));
    beforeFrame = () => put('key', randomBytes(9 * MiB));
    expect((await refusal(prove(target)))[0]).toBe(503);
  });
});
