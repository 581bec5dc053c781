/** Rows of objects and buckets as this service can write them. */
import { CHECKSUM_BYTES } from '@hypergate/kit/checksums';
import fc from 'fast-check';
import type { BucketRow } from '../../model/bucket.ts';
import type { ObjectBody, ObjectRow } from '../../model/object.ts';

const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((value) => Buffer.from(value));
const short = fc.string({ unit: fc.constantFrom('a', 'ä', '\ufeff', '\0', ' ', '\u{1f408}'), maxLength: 8 });
const pairs = fc.array(fc.tuple(short, short), { maxLength: 3 });
const blob = fc.record({
  id: bytes(16),
  length: fc.integer({ min: 1, max: 1e12 }),
  chunkBytes: fc.integer({ min: 1, max: 0xffff_ffff }),
});

const checksum = fc
  .constantFrom('CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256', 'SHA512', 'MD5')
  .chain((algorithm) =>
    fc.record({
      algorithm: fc.constant(algorithm),
      type: fc.constantFrom('FULL_OBJECT', 'COMPOSITE'),
      parts: fc.nat({ max: 10_000 }),
      value: bytes(CHECKSUM_BYTES[algorithm]),
    }),
  );

const part = fc.oneof(
  fc.record({ number: fc.nat({ max: 10_000 }), blob, checksum: bytes(4) }).map((one) => ({
    ...one,
    size: one.blob.length,
  })),
  fc.record({
    number: fc.nat({ max: 10_000 }),
    size: fc.constant(0),
    blob: fc.constant(undefined),
    checksum: bytes(0),
  }),
);

const body: fc.Arbitrary<ObjectBody> = fc.oneof(
  fc.record({
    kind: fc.constant('inline'),
    bytes: fc.uint8Array({ maxLength: 40 }).map((one) => Buffer.from(one)),
  }),
  fc.record({ kind: fc.constant('blob'), blob }),
  fc.record({ kind: fc.constant('parts'), parts: fc.array(part, { maxLength: 4 }) }),
  fc.record({
    kind: fc.constant('data'),
    data: fc.record({
      key: bytes(32),
      length: fc.nat(),
      chunk: fc.record({ hash: bytes(33), length: fc.nat() }),
    }),
  }),
);

const header = fc.option(short, { nil: undefined });
const headers = fc
  .record({
    contentType: header,
    cacheControl: header,
    contentDisposition: header,
    contentEncoding: header,
    contentLanguage: header,
    expires: header,
    websiteRedirectLocation: header,
  })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)));

export const objectRows: fc.Arbitrary<ObjectRow> = fc.record({
  versionId: fc.oneof(bytes(0), bytes(16)),
  deleteMarker: fc.boolean(),
  sequence: fc.maxSafeNat(),
  nullSequence: fc.maxSafeNat(),
  size: fc.maxSafeNat(),
  modifiedMs: fc.maxSafeNat(),
  etag: fc.record({ md5: bytes(16), parts: fc.nat({ max: 10_000 }) }),
  storageClass: fc.constantFrom('STANDARD', 'STANDARD_IA', 'GLACIER_IR'),
  checksum: fc.option(checksum, { nil: undefined }),
  headers,
  metadata: pairs,
  tags: pairs,
  owner: short,
  uploadId: fc.oneof(bytes(0), bytes(16)),
  body,
});

export const bucketRows: fc.Arbitrary<BucketRow> = fc.record({
  ownerAccountId: short,
  ownerId: short,
  ownerName: short,
  region: short,
  createdMs: fc.maxSafeNat(),
  address: bytes(32),
  versioning: fc.constantFrom('off', 'enabled', 'suspended'),
});
