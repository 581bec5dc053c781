import { ProofRefused } from '@hypergate/node/verifier';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checksumAlgorithms } from '../../engine/checksum.ts';
import { etagText } from '../../engine/etag.ts';
import { type BucketRow, bucketFormatV1, bucketFormatV2 } from '../../model/bucket.ts';
import { type ObjectBody, type ObjectRow, objectFormatV1, objectFormatV2 } from '../../model/object.ts';
import { type BodyFacts, checksumNames, type ObjectFacts, readBucketRow, readObjectRow } from '../index.ts';
import { bucketRows, objectRows } from './rows.ts';

const plain = (bytes: Uint8Array) => Uint8Array.from(bytes);

function bodyFacts(body: ObjectBody): BodyFacts {
  const claim = (blob: { id: Uint8Array; length: number; chunkBytes: number }) => ({
    ...blob,
    id: plain(blob.id),
  });
  switch (body.kind) {
    case 'inline':
      return { kind: 'inline', bytes: plain(body.bytes) };
    case 'blob':
      return { kind: 'blobs', blobs: [claim(body.blob)] };
    case 'parts':
      return {
        kind: 'blobs',
        blobs: body.parts.flatMap(({ blob }) => (blob === undefined ? [] : [claim(blob)])),
      };
    case 'data': {
      const { key, length, chunk } = body.data;
      return {
        kind: 'data',
        key: plain(key),
        length,
        chunk: { hash: plain(chunk.hash), length: chunk.length },
      };
    }
  }
}

function objectFacts(row: ObjectRow): ObjectFacts {
  const { checksum } = row;
  return {
    versionId: plain(row.versionId),
    deleteMarker: row.deleteMarker,
    sequence: row.sequence,
    size: row.size,
    modifiedMs: row.modifiedMs,
    etag: etagText(row.etag),
    checksum:
      checksum === undefined
        ? undefined
        : { algorithm: checksum.algorithm, parts: checksum.parts, value: plain(checksum.value) },
    contentType: row.headers.contentType,
    body: bodyFacts(row.body),
  };
}

const unversioned = { deleteMarker: false, sequence: 1, nullSequence: 0 };
const bucketFacts = ({ ownerAccountId, region, createdMs, address }: BucketRow) => ({
  ownerAccountId,
  region,
  createdMs,
  address: plain(address),
});

test('objects are read as they are written', () => {
  fc.assert(
    fc.property(objectRows, (row) => {
      expect(readObjectRow(2, objectFormatV2.encode(row))).toEqual(objectFacts(row));
      const old = { ...row, ...unversioned };
      expect(readObjectRow(1, objectFormatV1.encode(old))).toEqual(objectFacts(old));
    }),
    { numRuns: 300 },
  );
});

test('buckets are read as they are written', () => {
  fc.assert(
    fc.property(bucketRows, (row) => {
      expect(readBucketRow(2, bucketFormatV2.encode(row))).toEqual(bucketFacts(row));
      expect(readBucketRow(1, bucketFormatV1.encode({ ...row, versioning: 'off' }))).toEqual(
        bucketFacts(row),
      );
    }),
  );
});

test('algorithms have the numbers that are stored', () => {
  expect(checksumNames).toEqual(checksumAlgorithms.map(({ algorithm }) => algorithm));
});

/** Whether the service itself reads it. */
function isReadByService(format: typeof objectFormatV2, bytes: Uint8Array): boolean {
  try {
    format.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function isRead(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof ProofRefused) return false;
    throw error;
  }
}

describe('what the service would not read is refused', () => {
  test('bytes that are cut, added or changed', () => {
    fc.assert(
      fc.property(objectRows, fc.nat(), fc.integer({ min: 1, max: 255 }), (row, place, change) => {
        const whole = Buffer.from(objectFormatV2.encode(row));
        const at = place % whole.length;
        const changed = Buffer.from(whole);
        changed[at]! ^= change;
        for (const bad of [whole.subarray(0, at), Buffer.concat([whole, Buffer.of(change)]), changed]) {
          const expected = isReadByService(objectFormatV2, bad);
          expect(isRead(() => readObjectRow(2, bad))).toBe(expected);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        expect(isRead(() => readObjectRow(2, bytes))).toBe(isReadByService(objectFormatV2, bytes));
        expect(isRead(() => readObjectRow(1, bytes))).toBe(isReadByService(objectFormatV1, bytes));
        const isBucket = isReadByService(bucketFormatV2 as never, bytes);
        expect(isRead(() => readBucketRow(2, bytes))).toBe(isBucket);
      }),
      { numRuns: 500 },
    );
  });

  test('another version', () => {
    for (const version of [0, 3]) {
      expect(() => readObjectRow(version, new Uint8Array(0))).toThrow(ProofRefused);
      expect(() => readBucketRow(version, new Uint8Array(0))).toThrow(ProofRefused);
    }
  });

  test('a count beyond what is there takes neither time nor memory', () => {
    const huge = Buffer.from('ffffffffffffff0f', 'hex');
    const row = objectFormatV2.encode({
      versionId: Buffer.alloc(0),
      deleteMarker: false,
      sequence: 1,
      nullSequence: 0,
      size: 0,
      modifiedMs: 0,
      etag: { md5: Buffer.alloc(16), parts: 0 },
      storageClass: 'STANDARD',
      checksum: undefined,
      headers: {},
      metadata: [],
      tags: [],
      owner: '',
      uploadId: Buffer.alloc(0),
      body: { kind: 'parts', parts: [] },
    });
    // The counts of metadata and of parts.
    for (const at of [row.length - 6, row.length - 1]) {
      const bad = Buffer.concat([row.subarray(0, at), huge, row.subarray(at + 1)]);
      expect(() => readObjectRow(2, bad)).toThrow(ProofRefused);
    }
  });
});
