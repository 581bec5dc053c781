/** Bodies with wrong digests on real files: neither records, listings and parts nor chunks are left of them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { createKeystore, createPooledRandom, ed25519SigningKey } from '@hypergate/node/crypto';
import { type EmbeddedNode, openEmbeddedNode, systemClock } from '@hypergate/node/embedded';
import {
  ClassicLevelStore,
  MemoryStore,
  NodeDisk,
  openChunkStore,
  openCommitLog,
  storeLimits,
} from '@hypergate/node/store';
import { type OpenTables, openTables } from '@hypergate/table';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { codeOf } from './harness.ts';
import { type S3Server, startServer } from './server.ts';

const Bucket = 'bucket';
const keys = createKeystore(Buffer.alloc(32, 0x54));
const random = createPooledRandom();
const bytes = (length: number) => random.bytes(length);
const large = Buffer.alloc(9_000_000, 'large');

let folder: string;
let node: EmbeddedNode;
let tables: OpenTables;
let server: S3Server;
let s3: S3Client;
/** Of the chunk store only: what nobody names is collected when its time has come. */
let now = 0;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hypergate-s3-'));
  const disk = new NodeDisk(folder);
  const kv = await ClassicLevelStore.open({ location: join(folder, 'state') });
  const writerKey = ed25519SigningKey(keys.writerSeed());
  node = await openEmbeddedNode(
    {},
    {
      kv,
      openLog: ({ applied }) => openCommitLog({ folder: 'log', atLeast: applied }, { disk, random: bytes }),
      openChunks: ({ isNamed }) =>
        openChunkStore({ folder: 'chunks' }, { disk, kv, isNamed, clock: { now: () => now }, random: bytes }),
      nodeKey: ed25519SigningKey(keys.nodeSeed()),
      writerKey,
      random,
      clock: systemClock,
    },
  );
  tables = await openTables(
    {},
    {
      node,
      indexStore: new MemoryStore(),
      keys,
      writerKey: writerKey.publicKey,
      random,
      onFailure: (error) => {
        throw error;
      },
    },
  );
  server = await startServer(tables);
  s3 = server.client();
  await s3.send(new CreateBucketCommand({ Bucket }));
});

afterEach(async () => {
  await server.close();
  await tables.close();
  await node.close();
  await rm(folder, { recursive: true });
  expect(server.errors).toEqual([]);
});

/** Everything that a refused request could have changed. */
async function state(UploadId: string): Promise<object> {
  now += storeLimits.stagedLifetimeMs + 1;
  await node.collect();
  const [objects, uploads, parts] = [
    await s3.send(new ListObjectsV2Command({ Bucket })),
    await s3.send(new ListMultipartUploadsCommand({ Bucket })),
    await s3.send(new ListPartsCommand({ Bucket, Key: 'parts', UploadId })),
  ];
  const { chunks, position } = node.status();
  return {
    objects: objects.Contents,
    uploads: uploads.Uploads?.length,
    parts: parts.Parts,
    liveBytes: chunks.liveBytes,
    position,
  };
}

test('wrong digests change nothing and leave no chunk', async () => {
  await s3.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: large }));
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
  const part = { Bucket, Key: 'parts', UploadId };
  const { ETag } = await s3.send(new UploadPartCommand({ ...part, PartNumber: 1, Body: large }));
  const before = await state(UploadId!);
  const md5 = { ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' };
  const wrong = [
    md5,
    { ChecksumCRC32: 'AAAAAA==' },
    { ChecksumCRC64NVME: 'AAAAAAAAAAA=' },
    { ChecksumSHA256: Buffer.alloc(32).toString('base64') },
  ];
  for (const digest of wrong) {
    for (const Body of [large, Buffer.from('small')]) {
      for (const Key of ['kept', 'new']) {
        expect(await codeOf(s3.send(new PutObjectCommand({ Bucket, Key, Body, ...digest })))).toBe(
          'BadDigest',
        );
      }
      for (const PartNumber of [1, 2]) {
        expect(await codeOf(s3.send(new UploadPartCommand({ ...part, PartNumber, Body, ...digest })))).toBe(
          'BadDigest',
        );
      }
    }
  }
  const TagSet = [{ Key: 'a', Value: 'b' }];
  const documents = [
    new PutObjectTaggingCommand({ Bucket, Key: 'kept', Tagging: { TagSet }, ...md5 }),
    new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet }, ...md5 }),
    new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'kept' }] }, ...md5 } as never),
  ];
  const headers = server.client({ config: { requestChecksumCalculation: 'WHEN_REQUIRED' } });
  headers.middlewareStack.add(
    (next) => async (args) => {
      (args.request as { headers: Record<string, string> }).headers['content-md5'] = md5.ContentMD5;
      return next(args);
    },
    { step: 'build' },
  );
  for (const command of documents) expect(await codeOf(headers.send(command as never))).toBe('BadDigest');
  const whole = { ...part, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } };
  expect(
    await codeOf(
      s3.send(new CompleteMultipartUploadCommand({ ...whole, ChecksumCRC64NVME: 'AAAAAAAAAAA=' })),
    ),
  ).toBe('BadDigest');
  expect(await state(UploadId!)).toEqual(before);
});
