import type { RowFormat } from '@hypergate/table';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Notifications } from '../engine/notification.ts';
import { BinaryReader, BinaryWriter, CorruptRow } from '../model/binary.ts';
import { type BucketRow, bucketFormatV1, bucketFormatV2 } from '../model/bucket.ts';
import {
  bucketDocumentFormatV1,
  documentKey,
  documentKinds,
  ownershipDocument,
  tagsDocument,
} from '../model/bucket-document.ts';
import { notificationsDocument } from '../model/notification.ts';
import {
  decodeObjectListing,
  encodeObjectListing,
  type ObjectRow,
  objectFormatV1,
  objectFormatV2,
} from '../model/object.ts';
import { outboxFormatV1, outboxFormatV2, outboxId, prefixOf, targetPrefix, tickOf } from '../model/outbox.ts';
import { decodePartListing, encodePartListing, type PartRow, partFormatV1 } from '../model/part.ts';
import { hasPartBit, partBits, type SweepRow, sweepFormatV1, sweepFormatV2 } from '../model/sweep.ts';
import {
  newUploadId,
  uploadIdOf,
  uploadIdText,
  uploadKey,
  uploadOf,
  versionKey,
  versionOf,
  versionPrefix,
} from '../model/tables.ts';
import {
  decodeUploadListing,
  encodeUploadListing,
  type UploadRow,
  uploadFormatV1,
  uploadFormatV2,
} from '../model/upload.ts';

const id = (fill: number) => Buffer.alloc(16, fill);
const blob = { id: id(7), length: 9_000_000, chunkBytes: 8 * 1024 * 1024 };

const inlineObject: ObjectRow = {
  versionId: Buffer.alloc(0),
  deleteMarker: false,
  sequence: 1,
  nullSequence: 0,
  size: 3,
  modifiedMs: 1_767_225_600_123,
  etag: { md5: id(1), parts: 0 },
  storageClass: 'STANDARD',
  checksum: { algorithm: 'CRC32', type: 'FULL_OBJECT', value: Buffer.from('01020304', 'hex'), parts: 0 },
  headers: { contentType: 'text/plain', expires: 'never' },
  metadata: [['a', 'ä']],
  tags: [['t', 'v']],
  owner: '',
  uploadId: Buffer.alloc(0),
  body: { kind: 'inline', bytes: Buffer.from('abc') },
};

const partsObject: ObjectRow = {
  ...inlineObject,
  etag: { md5: id(2), parts: 2 },
  size: 9_000_001,
  storageClass: 'GLACIER_IR',
  checksum: undefined,
  headers: {},
  metadata: [],
  tags: [],
  uploadId: id(9),
  body: {
    kind: 'parts',
    parts: [
      { number: 3, size: blob.length, blob, checksum: Buffer.from('05', 'hex') },
      { number: 4, size: 0, blob: undefined, checksum: Buffer.alloc(0) },
    ],
  },
};

const upload: UploadRow = {
  initiatedMs: 1_767_225_600_000,
  storageClass: 'STANDARD_IA',
  checksumAlgorithm: 'SHA256',
  checksumType: 'COMPOSITE',
  headers: { cacheControl: 'no-store' },
  metadata: [],
  tags: [],
  initiator: undefined,
};

const part: PartRow = { modifiedMs: 5, md5: id(3), checksum: undefined, blob };
const sweep: SweepRow = {
  address: Buffer.alloc(32, 4),
  uploadId: id(5),
  keptParts: Buffer.from(partBits([1, 9])),
  blobs: [blob],
  chunks: [],
};

const chunk = { hash: Buffer.alloc(33, 6), length: 70_016 };

const dataObject: ObjectRow = {
  ...inlineObject,
  versionId: id(11),
  sequence: 1_767_225_600_124,
  nullSequence: 77,
  size: 70_000,
  body: { kind: 'data', data: { key: Buffer.alloc(32, 10), length: 70_000, chunk } },
};

const deleteMarker: ObjectRow = {
  ...inlineObject,
  versionId: id(12),
  deleteMarker: true,
  sequence: 300,
  size: 0,
  body: { kind: 'inline', bytes: Buffer.alloc(0) },
};

const bucket: BucketRow = {
  ownerAccountId: '000000000000',
  ownerId: 'u1',
  ownerName: 'n',
  region: 'us-east-1',
  createdMs: 1_767_225_600_000,
  address: Buffer.alloc(32, 8),
  versioning: 'off',
};

interface Golden {
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: rows of different tables
  readonly format: RowFormat<any>;
  readonly row: unknown;
  readonly hex: string;
  /** 1 unless given. */
  readonly version?: number;
}

const outboxEvent = {
  targetArn: 'arn:q',
  bucket: 'b',
  accountId: '000000000000',
  key: Buffer.from('k'),
  createdMs: 1_767_225_600_000,
  body: Buffer.from('{}'),
};

const goldens: readonly Golden[] = [
  {
    name: 'inline object',
    format: objectFormatV1,
    row: inlineObject,
    hex: '0003fbd0eab6b7330101010101010101010101010101010100000100000401020304010a746578742f706c61696e06056e657665720001016102c3a4010174017600000003616263',
  },
  {
    name: 'object of parts',
    format: objectFormatV1,
    row: partsObject,
    hex: '00c1a8a504fbd0eab6b73302020202020202020202020202020202020700000000001009090909090909090909090909090909020203c0a8a50407070707070707070707070707070707c0a8a504808080040105040000',
  },
  {
    name: 'bucket',
    format: bucketFormatV1,
    row: bucket,
    hex: '0c303030303030303030303030027531016e0975732d656173742d3180d0eab6b7330808080808080808080808080808080808080808080808080808080808080808',
  },
  {
    name: 'upload',
    format: uploadFormatV1,
    row: upload,
    hex: '80d0eab6b73302050102086e6f2d73746f726500000000',
  },
  {
    name: 'part',
    format: partFormatV1,
    row: part,
    hex: '0503030303030303030303030303030303000107070707070707070707070707070707c0a8a50480808004',
  },
  {
    name: 'sweep',
    format: sweepFormatV1,
    row: sweep,
    hex: '040404040404040404040404040404040404040404040404040404040404040410050505050505050505050505050505050202020107070707070707070707070707070707c0a8a50480808004',
  },
  {
    name: 'object in one chunk',
    version: 2,
    format: objectFormatV2,
    row: dataObject,
    hex: '00fcd0eab6b7334d100b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0bf0a204fbd0eab6b7330101010101010101010101010101010100000100000401020304010a746578742f706c61696e06056e657665720001016102c3a401017401760000030a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0af0a20406060606060606060606060606060606060606060606060606060606060606060680a304',
  },
  {
    name: 'delete marker',
    version: 2,
    format: objectFormatV2,
    row: deleteMarker,
    hex: '01ac0200100c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c00fbd0eab6b7330101010101010101010101010101010100000100000401020304010a746578742f706c61696e06056e657665720001016102c3a4010174017600000000',
  },
  {
    name: 'versioned bucket',
    version: 2,
    format: bucketFormatV2,
    row: { ...bucket, versioning: 'suspended' },
    hex: '0c303030303030303030303030027531016e0975732d656173742d3180d0eab6b733080808080808080808080808080808080808080808080808080808080808080802',
  },
  {
    name: 'upload with its initiator',
    version: 2,
    format: uploadFormatV2,
    row: { ...upload, initiator: { accountId: '000000000000', userId: 'u1', displayName: 'n' } },
    hex: '80d0eab6b73302050102086e6f2d73746f7265000000010c303030303030303030303030027531016e',
  },
  {
    name: 'upload without initiator',
    version: 2,
    format: uploadFormatV2,
    row: upload,
    hex: '80d0eab6b73302050102086e6f2d73746f726500000000',
  },
  {
    name: 'bucket document',
    format: bucketDocumentFormatV1,
    row: { changedMs: 1_767_225_600_000, content: Buffer.from('0100', 'hex') },
    hex: '80d0eab6b733020100',
  },
  {
    name: 'sweep of a chunk',
    version: 2,
    format: sweepFormatV2,
    row: { ...sweep, chunks: [chunk] },
    hex: '040404040404040404040404040404040404040404040404040404040404040410050505050505050505050505050505050202020107070707070707070707070707070707c0a8a504808080040106060606060606060606060606060606060606060606060606060606060606060680a304',
  },
  {
    name: 'event in the outbox',
    version: 2,
    format: outboxFormatV2,
    row: { ...outboxEvent, traceId: 'Root=1-2-3' },
    hex: '0561726e3a7101620c303030303030303030303030016b80d0eab6b733027b7d0a526f6f743d312d322d33',
  },
  {
    name: 'event in the outbox as it was first',
    format: outboxFormatV1,
    row: { ...outboxEvent, traceId: '' },
    hex: '0561726e3a7101620c303030303030303030303030016b80d0eab6b733027b7d',
  },
];

test.each(goldens)(
  '$name: these bytes are written and read for ever',
  ({ format, row, hex, version = 1 }) => {
    expect(format.version).toBe(version);
    expect(Buffer.from(format.encode(row)).toString('hex')).toBe(hex);
    expect(format.decode(Buffer.from(hex, 'hex'))).toEqual(row);
  },
);

test.each(goldens)('$name: bytes cut or added anywhere are refused, never misread', ({ format, row }) => {
  const bytes = Buffer.from(format.encode(row));
  for (let length = 0; length < bytes.length; length += 1) {
    expect(() => format.decode(bytes.subarray(0, length))).toThrow(CorruptRow);
  }
  expect(() => format.decode(Buffer.concat([bytes, Buffer.alloc(1)]))).toThrow(CorruptRow);
});

test('contents of bucket documents are written and read for ever', () => {
  const tags = tagsDocument.encode([
    ['a', 'ä'],
    ['b', ''],
  ]);
  expect(Buffer.from(tags).toString('hex')).toBe('0102016102c3a4016200');
  expect(tagsDocument.decode(tags)).toEqual([
    ['a', 'ä'],
    ['b', ''],
  ]);
  const written = (['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter', undefined] as const).map(
    (ownership) => {
      const bytes = ownershipDocument.encode(ownership);
      expect(ownershipDocument.decode(bytes)).toBe(ownership);
      return Buffer.from(bytes).toString('hex');
    },
  );
  expect(written).toEqual(['0101', '0102', '0103', '0100']);
  for (const kind of [tagsDocument, ownershipDocument, notificationsDocument]) {
    for (const hex of ['', '0200', '01', '01ff', '010000']) {
      expect(() => kind.decode(Buffer.from(hex, 'hex'))).toThrow(CorruptRow);
    }
  }
  const rule = { id: 'r', arn: 'arn:q', events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:Delete'] };
  const rules: Notifications = [
    { ...rule, destination: 'queue', prefix: '', suffix: '.ä' },
    { ...rule, destination: 'function', prefix: undefined, suffix: undefined },
  ];
  const notifications = notificationsDocument.encode(rules);
  expect(Buffer.from(notifications).toString('hex')).toBe(
    '01020172000561726e3a71021273333a4f626a656374437265617465643a2a1773333a4f626a65637452656d6f7665643a44656c657465010001032ec3a40172010561726e3a71021273333a4f626a656374437265617465643a2a1773333a4f626a65637452656d6f7665643a44656c6574650000',
  );
  expect(notificationsDocument.decode(notifications)).toEqual(rules);
  expect(documentKinds.map(({ name }) => name)).toEqual(['tags', 'ownership', 'notifications']);
  expect(documentKey('bucket', 'tags')).toEqual({
    partition: Buffer.from('bucket'),
    sort: Buffer.from('tags'),
  });
});

test('ids in the outbox stand by destination and then in order, for ever', () => {
  const target = targetPrefix('arn:aws:sqs:us-east-1:000000000000:queue');
  const ids = [1, 255, 256, 2 ** 52].map((tick) => outboxId(target, tick, Buffer.alloc(8, 7)));
  expect(Buffer.from(ids[2]!).toString('hex')).toBe(
    '18bcc96e57f2c840d30b6007a58c68b400000000000001000707070707070707',
  );
  expect(ids.map(tickOf)).toEqual([1, 255, 256, 2 ** 52]);
  expect(ids.toSorted(Buffer.compare)).toEqual(ids);
  for (const id of ids) expect(prefixOf(id)).toEqual(target);
});

test('uploads listed before initiators were kept are read', () => {
  const old = Buffer.from('0180d0eab6b73302050100', 'hex');
  expect(decodeUploadListing(old)).toEqual({
    initiatedMs: upload.initiatedMs,
    storageClass: 'STANDARD_IA',
    checksumAlgorithm: 'SHA256',
    checksumType: 'COMPOSITE',
    initiator: undefined,
  });
  const initiator = { accountId: '000000000000', userId: 'u1', displayName: 'n' };
  expect(decodeUploadListing(encodeUploadListing({ ...upload, initiator })).initiator).toEqual(initiator);
  expect(() => decodeUploadListing(Buffer.concat([old, Buffer.alloc(1)]))).toThrow(CorruptRow);
});

test('listings carry what pages show', () => {
  expect(Buffer.from(encodeObjectListing(inlineObject)).toString('hex')).toBe(
    '0203fbd0eab6b7330101010101010101010101010101010100000100000000',
  );
  expect(decodeObjectListing(encodeObjectListing(partsObject))).toEqual({
    size: 9_000_001,
    modifiedMs: inlineObject.modifiedMs,
    etag: partsObject.etag,
    storageClass: 'GLACIER_IR',
    checksumAlgorithm: undefined,
    checksumType: undefined,
    owner: '',
    versionId: Buffer.alloc(0),
    deleteMarker: false,
  });
  // Written before listings carried versions.
  const old = '0103fbd0eab6b733010101010101010101010101010101010000010000';
  expect(decodeObjectListing(Buffer.from(old, 'hex'))).toEqual({
    ...decodeObjectListing(encodeObjectListing(inlineObject)),
    versionId: new Uint8Array(0),
  });
  expect(decodeUploadListing(encodeUploadListing(upload))).toEqual({
    initiatedMs: upload.initiatedMs,
    storageClass: 'STANDARD_IA',
    checksumAlgorithm: 'SHA256',
    checksumType: 'COMPOSITE',
    initiator: undefined,
  });
  expect(decodePartListing(encodePartListing(part))).toEqual({
    size: blob.length,
    modifiedMs: 5,
    md5: part.md5,
    checksum: undefined,
  });
});

test('numbers, bytes and text come back as they were written', () => {
  fc.assert(
    fc.property(
      fc.maxSafeNat(),
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ unit: 'grapheme', maxLength: 50 }),
      (number, bytes, text) => {
        const out = new BinaryWriter(0);
        out.varint(number);
        out.bytes(bytes);
        out.text(text);
        const input = new BinaryReader(out.take());
        expect(input.varint()).toBe(number);
        expect(Buffer.from(input.bytes()).equals(bytes)).toBe(true);
        expect(input.text()).toBe(text);
        input.end();
      },
    ),
  );
});

test('a number has one form only', () => {
  expect(() => new BinaryReader(Buffer.from('8000', 'hex')).varint()).toThrow(CorruptRow);
  expect(() => new BinaryReader(Buffer.from('ffffffffffffffff', 'hex')).varint()).toThrow(CorruptRow);
  expect(() => new BinaryWriter(8).varint(-1)).toThrow(RangeError);
});

test('upload ids order by time, and part bits hold what was put in', () => {
  const key = Buffer.from('a\0b');
  const first = newUploadId(1000, Buffer.alloc(10, 255));
  const second = newUploadId(1001, Buffer.alloc(10, 0));
  expect(Buffer.compare(first, second)).toBe(-1);
  const upload = uploadOf(uploadKey(key, first).sort);
  expect(Buffer.from(upload.key).equals(key)).toBe(true);
  expect(Buffer.from(upload.uploadId).equals(first)).toBe(true);
  expect(uploadIdOf(uploadIdText(first))).toEqual(first);
  expect(uploadIdOf('short')).toBeUndefined();
  expect(uploadIdOf(`${uploadIdText(first)}=`)).toBeUndefined();
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 10_000 })), (numbers) => {
      const bits = partBits(numbers);
      for (const number of numbers) expect(hasPartBit(bits, number)).toBe(true);
      for (const number of [1, 500, 10_000]) expect(hasPartBit(bits, number)).toBe(numbers.includes(number));
    }),
    { numRuns: 30 },
  );
});

test('versions of a key stand together, newest first, in the order of their keys', () => {
  const text = fc.string({ unit: fc.constantFrom('\0', '\u0001', 'a', 'ä'), maxLength: 5 });
  const version = fc.record({ key: text.map((key) => Buffer.from(key)), sequence: fc.maxSafeNat() });
  fc.assert(
    fc.property(version, version, (a, b) => {
      const [first, second] = [versionKey(a.key, a.sequence).sort, versionKey(b.key, b.sequence).sort];
      const wanted = Buffer.compare(a.key, b.key) || Math.sign(b.sequence - a.sequence);
      expect(Buffer.compare(first, second)).toBe(wanted);
      const back = versionOf(first);
      expect(Buffer.from(back.key).equals(a.key)).toBe(true);
      expect(back.sequence).toBe(a.sequence);
      expect(Buffer.from(first).indexOf(versionPrefix(b.key)) === 0).toBe(a.key.equals(b.key));
    }),
  );
});
