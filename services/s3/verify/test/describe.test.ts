/** What hand-made documents are taken to say; the proofs of a running service are in services/s3/test/proofs.test.ts. */
import { createHash } from 'node:crypto';
import { ProofRefused } from '@hypergate/node/verifier';
import type { VerifiedAbsence, VerifiedDocument, VerifiedRecord } from '@hypergate/table/verify';
import { describe, expect, test } from 'vitest';
import { type BucketRow, bucketFormatV1, bucketFormatV2 } from '../../model/bucket.ts';
import { type ObjectRow, objectFormatV1, objectFormatV2 } from '../../model/object.ts';
import { versionKey } from '../../model/tables.ts';
import { registryAddress } from '../../store/buckets.ts';
import { describeProof, registryDomain, subjectText } from '../index.ts';

const text = (value: string) => new TextEncoder().encode(value);
const none = new Uint8Array(0);
const address = new Uint8Array(32).fill(8);
const elsewhere = new Uint8Array(32).fill(9);
const chunk = { hash: new Uint8Array(33).fill(6), length: 70_016 };
const versionId = Buffer.alloc(16, 11);
const versionText = versionId.toString('base64url');

const bucketRow: BucketRow = {
  ownerAccountId: '000000000000',
  ownerId: 'u',
  ownerName: 'n',
  region: 'us-east-1',
  createdMs: Date.UTC(2026, 0, 1),
  address,
  versioning: 'enabled',
};

const objectRow: ObjectRow = {
  versionId: none,
  deleteMarker: false,
  sequence: 5,
  nullSequence: 0,
  size: 3,
  modifiedMs: Date.UTC(2026, 0, 2),
  etag: { md5: Buffer.alloc(16, 1), parts: 0 },
  storageClass: 'STANDARD',
  checksum: { algorithm: 'CRC32', type: 'FULL_OBJECT', value: Buffer.from('01020304', 'hex'), parts: 0 },
  headers: {},
  metadata: [],
  tags: [],
  owner: '',
  uploadId: none,
  body: { kind: 'inline', bytes: text('abc') },
};

function record(
  table: string,
  sort: Uint8Array,
  row: Uint8Array,
  change: Partial<VerifiedRecord> = {},
): VerifiedRecord {
  const domain = table === 's3.buckets' ? registryDomain : address;
  const slot = new Uint8Array(24);
  return {
    table,
    domain,
    slot,
    partition: none,
    sort,
    rowVersion: 2,
    row,
    incarnation: new Uint8Array(8),
    revision: 1,
    chunks: [],
    ...change,
  };
}

const bucket = (change: Partial<VerifiedRecord> = {}, name = 'photos') =>
  record('s3.buckets', text(name), bucketFormatV2.encode(bucketRow), change);
const object = (row: Partial<ObjectRow> = {}, change: Partial<VerifiedRecord> = {}, key = 'cat.jpg') =>
  record('s3.objects', text(key), objectFormatV2.encode({ ...objectRow, ...row }), change);
const older = (row: Partial<ObjectRow> = {}, change: Partial<VerifiedRecord> = {}, key = 'cat.jpg') => {
  const sort = Uint8Array.from(versionKey(text(key), 5).sort);
  return record('s3.versions', sort, objectFormatV2.encode({ ...objectRow, versionId, ...row }), change);
};
const absence = (table: string, name: string, change: Partial<VerifiedAbsence> = {}): VerifiedAbsence => {
  const domain = table === 's3.buckets' ? registryDomain : address;
  return { domain, table, partition: none, sort: text(name), ...change };
};

function document(
  records: readonly VerifiedRecord[],
  change: Partial<VerifiedDocument> = {},
): VerifiedDocument {
  return {
    subject: 's3://photos/cat.jpg',
    frame: {
      network: 'n',
      number: 1,
      timeMs: 1,
      position: 1,
      hash: new Uint8Array(32),
      discriminantBits: 2048,
      delayIterations: undefined,
      signers: 1,
      keys: 1,
    },
    records,
    relations: [],
    chunks: [],
    absences: [],
    addresses: [],
    namesBound: false,
    ...change,
  };
}

const named = (id: string) => ({ subject: `s3://photos/cat.jpg?versionId=${id}` });

function refusal(one: VerifiedDocument): string {
  try {
    describeProof(one);
  } catch (error) {
    if (error instanceof ProofRefused) return error.message;
    throw error;
  }
  return 'accepted';
}

test('the registry of buckets is where the service keeps it', () => {
  expect(Buffer.from(registryDomain)).toEqual(Buffer.from(registryAddress));
});

test('an object says what it holds', () => {
  const { statement, facts, content } = describeProof(document([bucket(), object()]));
  expect(statement).toBe('"cat.jpg" in the bucket "photos" has this content');
  expect(facts).toEqual([
    ['bytes', '3'],
    ['etag', '01'.repeat(16)],
    ['checksum CRC32', '01020304'],
    ['sha256', createHash('sha256').update('abc').digest('hex')],
    ['modified', '2026-01-02T00:00:00.000Z'],
    ['version', 'null'],
  ]);
  expect(content).toEqual([{ kind: 'inline', plain: text('abc') }]);
});

test('rows of the first format are read', () => {
  const row = objectFormatV1.encode({ ...objectRow, sequence: 1 });
  const inFirst = bucketFormatV1.encode({ ...bucketRow, versioning: 'off' });
  const claim = describeProof(
    document([bucket({ rowVersion: 1, row: inFirst }), object({}, { rowVersion: 1, row })]),
  );
  expect(claim.content).toEqual([{ kind: 'inline', plain: text('abc') }]);
});

test('a composite checksum names its parts', () => {
  const checksum = { ...objectRow.checksum!, type: 'COMPOSITE', parts: 7 } as const;
  const { facts } = describeProof(document([bucket(), object({ checksum })]));
  expect(facts).toContainEqual(['checksum CRC32', '01020304-7']);
});

describe('records of something else are refused', () => {
  test.each([
    ['no record', [], 'the bucket is not proven'],
    ['the bucket alone', [bucket()], 'the object is not proven'],
    ['the object alone', [object()], 'the bucket is not proven'],
    ['another bucket', [bucket({}, 'photo'), object()], 'the bucket is not proven'],
    ['a bucket outside the registry', [bucket({ domain: elsewhere }), object()], 'the bucket is not proven'],
    ['a bucket in a partition', [bucket({ partition: text('p') }), object()], 'the bucket is not proven'],
    ['a bucket of another table', [bucket({ table: 's3.bucket' }), object()], 'the bucket is not proven'],
    ['another key', [bucket(), object({}, {}, 'cat.jpeg')], 'the object is not proven'],
    ['the key in another bucket', [bucket(), object({}, { domain: elsewhere })], 'the object is not proven'],
    ['the key in a partition', [bucket(), object({}, { partition: text('p') })], 'the object is not proven'],
    ['an older version as the current one', [bucket(), older()], 'the object is not proven'],
    ['a row of an unknown version', [bucket(), object({}, { rowVersion: 3 })], 'unknown version'],
    ['a bucket of an unknown version', [bucket({ rowVersion: 3 }), object()], 'unknown version'],
    ['a row that is damaged', [bucket(), object({}, { row: none })], 'the row of the object is cut short'],
  ])('%s', (_what, records, reason) => {
    expect(refusal(document(records))).toContain(reason);
  });
  test('a subject that is none', () => {
    expect(refusal(document([bucket(), object()], { subject: 's3://photos' }))).toContain('of the form');
  });
});

describe('content that is not what the row says is refused', () => {
  const data = { key: Buffer.alloc(32, 3), length: 70_000, chunk };
  const held = (size: number, chunks: VerifiedRecord['chunks']) =>
    document([bucket(), object({ size, body: { kind: 'data', data } }, { chunks })]);

  test('a chunk that the record holds is content', () => {
    const { content, facts } = describeProof(held(70_000, [chunk]));
    const hash = chunk.hash.subarray(1);
    expect(content).toEqual([
      { kind: 'sealed', key: Uint8Array.from(data.key), plainLength: 70_000, hash, sealedLength: 70_016 },
    ]);
    expect(facts).toContainEqual(['chunk 0', `70000 bytes, sealed sha256 ${'06'.repeat(32)}`]);
  });
  test('a chunk that the record does not hold', () => {
    const reason = 'does not hold the chunk';
    expect(refusal(held(70_000, []))).toContain(reason);
    expect(refusal(held(70_000, [{ ...chunk, length: 70_017 }]))).toContain(reason);
    expect(refusal(held(70_000, [{ ...chunk, hash: new Uint8Array(33).fill(7) }]))).toContain(reason);
  });
  test('another length', () => {
    expect(refusal(held(69_999, [chunk]))).toContain('another length than its chunk');
    expect(refusal(document([bucket(), object({ size: 4 })]))).toContain('another length than its bytes');
    const blob = { id: Buffer.alloc(16), length: 10, chunkBytes: 8 };
    const inBlob = object({ size: 11, body: { kind: 'blob', blob } });
    expect(refusal(document([bucket(), inBlob]))).toContain('another length than its parts');
  });
  test('a blob whose address is not known', () => {
    const blob = { id: Buffer.alloc(16), length: 10, chunkBytes: 8 };
    const inBlob = object({ size: 10, body: { kind: 'blob', blob } });
    expect(refusal(document([bucket(), inBlob]))).toContain('address key of a table is not disclosed');
  });
  test('a time beyond all times', () => {
    expect(refusal(document([bucket(), object({ modifiedMs: 8.64e15 + 1 })]))).toContain('out of range');
  });
});

describe('versions', () => {
  test('the null version by its name', () => {
    const { statement } = describeProof(document([bucket(), object()], named('null')));
    expect(statement).toBe('"cat.jpg" in the bucket "photos" has this content in version null');
  });
  test('an older one is not said to be what the key holds', () => {
    const { statement } = describeProof(document([bucket(), older()], named(versionText)));
    expect(statement).toBe(`"cat.jpg" in the bucket "photos" has this content in version ${versionText}`);
  });
  test('another one, or that of another key, is refused', () => {
    const other = Buffer.alloc(16, 12).toString('base64url');
    expect(refusal(document([bucket(), older()], named(other)))).toContain('another version');
    expect(refusal(document([bucket(), older()], named('null')))).toContain('another version');
    expect(refusal(document([bucket(), object()], named(versionText)))).toContain('another version');
    for (const key of ['cat.jp', 'cat.jpgg', 'cat.jpg\0']) {
      const foreign = document([bucket(), older({}, {}, key)], named(versionText));
      expect(refusal(foreign), key).toContain('the object is not proven');
    }
  });
  test('of a key with zeros in it', () => {
    const key = 'a\0\u00ff\0';
    const subject = subjectText({ bucket: 'photos', key, versionId: versionText });
    expect(refusal(document([bucket(), older({}, {}, key)], { subject }))).toBe('accepted');
  });
});

describe('delete markers', () => {
  const marker: Partial<ObjectRow> = { deleteMarker: true, size: 0, body: { kind: 'inline', bytes: none } };
  test('a current one deletes, an older one does not', () => {
    const current = describeProof(document([bucket(), object(marker)]));
    expect(current).toMatchObject({
      statement: '"cat.jpg" in the bucket "photos" is deleted',
      content: undefined,
    });
    const old = describeProof(document([bucket(), older(marker)], named(versionText)));
    expect(old.statement).toBe(
      `"cat.jpg" in the bucket "photos" is a delete marker in version ${versionText}`,
    );
  });
  test('one with content is refused', () => {
    expect(refusal(document([bucket(), object({ deleteMarker: true })]))).toContain('has content');
  });
});

describe('that there is none', () => {
  const noKey = absence('s3.objects', 'cat.jpg');
  test('of a key in a bucket that is', () => {
    const claim = describeProof(document([bucket()], { absences: [noKey] }));
    expect(claim).toEqual({
      statement: 'there is no object "cat.jpg" in the bucket "photos"',
      facts: [['bucket created', '2026-01-01T00:00:00.000Z']],
      content: undefined,
    });
  });
  test('of a bucket', () => {
    const claim = describeProof(document([], { absences: [absence('s3.buckets', 'photos')] }));
    expect(claim.statement).toBe('there is no bucket "photos"');
  });
  test.each([
    ['another key', absence('s3.objects', 'cat')],
    ['another table', absence('s3.versions', 'cat.jpg')],
    ['another bucket', absence('s3.objects', 'cat.jpg', { domain: elsewhere })],
    ['another partition', absence('s3.objects', 'cat.jpg', { partition: text('p') })],
    ['another name of a bucket', absence('s3.buckets', 'photo')],
    ['another registry', absence('s3.buckets', 'photos', { domain: elsewhere })],
  ])('of %s is refused', (_what, other) => {
    expect(refusal(document([bucket()], { absences: [other] }))).toBe('the object is not proven');
  });
  test('of a key without its bucket is refused', () => {
    expect(refusal(document([], { absences: [noKey] }))).toContain('the bucket is not proven');
  });
  test('of a key is no statement about a version', () => {
    const one = document([bucket()], { absences: [noKey], ...named('null') });
    expect(refusal(one)).toContain('the version is not proven');
  });
});

describe('a document that proves more than it is about is refused', () => {
  const more = 'proves more than it is about';
  const noKey = absence('s3.objects', 'cat.jpg');
  const relation = { domain: address, slot: none, length: 1, chunkBytes: 1, members: [] };
  const spare = { id: new Uint8Array(64), kind: 'inline', plain: none } as const;
  test.each([
    ['another object', document([bucket(), object(), object({}, {}, 'dog.jpg')])],
    ['the object twice', document([bucket(), object(), object()])],
    ['the bucket twice', document([bucket(), bucket(), object()])],
    ['an older version', document([bucket(), object(), older()])],
    [
      'the current version beside the one that is named',
      document([bucket(), older(), object()], named(versionText)),
    ],
    [
      'a bucket that is and is not',
      document([bucket(), object()], { absences: [absence('s3.buckets', 'photos')] }),
    ],
    ['a key that is and is not', document([bucket(), object()], { absences: [noKey] })],
    ['an absence twice', document([bucket()], { absences: [noKey, { ...noKey }] })],
    ['a relation', document([bucket(), object()], { relations: [relation] })],
    ['a chunk', document([bucket(), object()], { chunks: [spare] })],
    ['a chunk beside an absence', document([bucket()], { absences: [noKey], chunks: [spare] })],
  ])('%s', (_what, one) => {
    expect(refusal(one)).toContain(more);
  });
});

test('names cannot be taken for a part of the sentence', () => {
  const key = 'x" in the bucket "photos" has this content\n\u001b[2J';
  const subject = subjectText({ bucket: 'photos', key, versionId: undefined });
  const { statement } = describeProof(document([bucket(), object({}, {}, key)], { subject }));
  expect(statement).toBe(`${JSON.stringify(key)} in the bucket "photos" has this content`);
});
