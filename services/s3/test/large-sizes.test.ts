/** Objects of up to 48.8 TiB, by arithmetic: limits, rows, ranges and checksums, without the bytes. */
import { type CrcAlgorithm, combineCrcs } from '@hypergate/kit/checksums';
import { nodeLimits } from '@hypergate/node/api';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { etagText, multipartEtag } from '../engine/etag.ts';
import { contentRange, parseCopyRange, parseRange } from '../engine/range.ts';
import { s3Limits } from '../limits.ts';
import {
  decodeObjectListing,
  encodeObjectListing,
  type ObjectPart,
  type ObjectRow,
  objectFormatV2,
} from '../model/object.ts';
import { partFormatV1 } from '../model/part.ts';

const GiB = 1024 ** 3;
const partBytes = 5 * GiB;
const chunkBytes = 8 * 1024 * 1024;
const largest = 10_000 * partBytes;

/** Every part at its largest, with the longest checksum there is, and headers as long as they may be. */
function largestRow(): ObjectRow {
  const md5 = Buffer.alloc(16, 0xff);
  const parts: ObjectPart[] = Array.from({ length: s3Limits.partsMax }, (_unused, index) => ({
    number: index + 1,
    size: partBytes,
    blob: { id: Buffer.alloc(16, index), length: partBytes, chunkBytes },
    checksum: Buffer.alloc(64, index),
  }));
  const pairs = (count: number, name: number, value: number) =>
    Array.from({ length: count }, () => ['n'.repeat(name), 'v'.repeat(value)] as const);
  return {
    versionId: Buffer.alloc(32, 1),
    deleteMarker: false,
    sequence: Number.MAX_SAFE_INTEGER,
    nullSequence: Number.MAX_SAFE_INTEGER,
    size: largest,
    modifiedMs: 4e12,
    etag: { md5, parts: s3Limits.partsMax },
    storageClass: 'STANDARD',
    checksum: {
      algorithm: 'SHA512',
      type: 'COMPOSITE',
      value: Buffer.alloc(64, 7),
      parts: s3Limits.partsMax,
    },
    headers: { contentType: 't'.repeat(s3Limits.systemHeaderBytesMax) },
    metadata: pairs(1, 1024, 1024),
    tags: pairs(s3Limits.tagsPerObjectMax, s3Limits.tagKeyLengthMax, s3Limits.tagValueLengthMax),
    owner: '0'.repeat(12),
    uploadId: Buffer.alloc(16, 3),
    body: { kind: 'parts', parts },
  };
}

describe('the largest object', () => {
  test('has 48.8 TiB and fits an exact number, its parts 640 chunks each', () => {
    expect(s3Limits.objectBytesMax).toBe(largest);
    expect(largest / 1024 ** 4).toBeCloseTo(48.83, 2);
    expect(largest).toBeGreaterThan(50e12);
    expect(Number.isSafeInteger(largest)).toBe(true);
    expect(partBytes / chunkBytes).toBe(640);
  });

  test('is a row that a vertex holds, and comes back as it was', () => {
    const row = largestRow();
    const bytes = objectFormatV2.encode(row);
    // The table adds key, names and the seal.
    expect(bytes.length).toBeLessThan(nodeLimits.payloadBytesMax - 4 * 1024);
    expect(objectFormatV2.decode(bytes)).toEqual(row);
  });

  test('is completed by a document within its limit', () => {
    const part = `<Part><ChecksumSHA512>${'='.repeat(88)}</ChecksumSHA512><ETag>&quot;${'f'.repeat(32)}&quot;</ETag><PartNumber>10000</PartNumber></Part>\n    `;
    expect(s3Limits.partsMax * part.length).toBeLessThan(s3Limits.completeBytesMax);
  });

  test('has an entity tag that tells its 10,000 parts', () => {
    const tag = etagText(multipartEtag(Array.from({ length: 10_000 }, () => Buffer.alloc(16, 5))));
    expect(tag).toMatch(/^[0-9a-f]{32}-10000$/);
  });

  test('is listed with its size', () => {
    expect(decodeObjectListing(encodeObjectListing(largestRow())).size).toBe(largest);
  });
});

const boundaries = [2 ** 31, 2 ** 32, 5 * GiB, 2 ** 40, largest].flatMap((size) => [size - 1, size]);

describe('sizes around 2^31, 2^32 and beyond', () => {
  test.each(boundaries)('%i bytes stand in rows and ranges as they are', (size) => {
    const row = { ...largestRow(), size, body: { kind: 'inline', bytes: Buffer.alloc(0) } as const };
    expect(objectFormatV2.decode(objectFormatV2.encode(row)).size).toBe(size);
    const blob = { id: Buffer.alloc(16, 1), length: size, chunkBytes };
    const part = { modifiedMs: 1, md5: Buffer.alloc(16), checksum: undefined, blob };
    expect(partFormatV1.decode(partFormatV1.encode(part))).toEqual(part);
    expect(parseRange('bytes=-1', size)).toEqual({ offset: size - 1, length: 1 });
    expect(parseRange(`bytes=${size - 1}-`, size)).toEqual({ offset: size - 1, length: 1 });
    expect(parseRange('bytes=0-9007199254740993', size)).toEqual({ offset: 0, length: size });
    expect(() => parseRange(`bytes=${size}-`, size)).toThrow();
    expect(() => parseRange('bytes=9007199254740993-', size)).toThrow();
    expect(contentRange({ offset: size - 2, length: 2 }, size)).toBe(`bytes ${size - 2}-${size - 1}/${size}`);
    expect(parseCopyRange(`bytes=0-${size - 1}`, size)).toEqual({ offset: 0, length: size });
    expect(() => parseCopyRange(`bytes=0-${size}`, size)).toThrow();
  });

  test('any range of any size lies inside it and is told exactly', () => {
    const size = fc.integer({ min: 1, max: largest });
    fc.assert(
      fc.property(size, fc.double({ min: 0, max: 1, noNaN: true }), size, (bytes, share, length) => {
        const first = Math.min(bytes - 1, Math.floor(bytes * share));
        const range = parseRange(`bytes=${first}-${first + length - 1}`, bytes)!;
        expect(range.offset).toBe(first);
        expect(range.length).toBe(Math.min(length, bytes - first));
        const told = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(contentRange(range, bytes))!;
        expect(told.slice(1).map(BigInt)).toEqual([
          BigInt(first),
          BigInt(first) + BigInt(range.length) - 1n,
          BigInt(bytes),
        ]);
      }),
    );
  });
});

const widths: Record<CrcAlgorithm, number> = { CRC32: 4, CRC32C: 4, CRC64NVME: 8 };

describe.each(Object.keys(widths) as CrcAlgorithm[])('%s of parts beyond 2^32 bytes', (algorithm) => {
  const digest = fc.uint8Array({ minLength: widths[algorithm], maxLength: widths[algorithm] });
  const length = fc.oneof(
    fc.integer({ min: 0, max: 2 ** 33 }),
    fc.integer({ min: 0, max: largest }),
    fc.constantFrom(2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, partBytes),
  );
  const part = fc.record({ digest, length });

  test('does not depend on how the parts are grouped', () => {
    fc.assert(
      fc.property(part, part, part, (a, b, c) => {
        const together = combineCrcs(algorithm, [a, b, c]);
        const firstTwo = { digest: combineCrcs(algorithm, [a, b]), length: a.length + b.length };
        const lastTwo = { digest: combineCrcs(algorithm, [b, c]), length: b.length + c.length };
        expect(combineCrcs(algorithm, [firstTwo, c])).toEqual(together);
        expect(combineCrcs(algorithm, [a, lastTwo])).toEqual(together);
      }),
    );
  });

  test('distinguishes lengths that agree in their low 32 bits', () => {
    const first = { digest: Buffer.alloc(widths[algorithm], 0x5a), length: 1 };
    const second = (bytes: number) => ({ digest: Buffer.alloc(widths[algorithm], 0x33), length: bytes });
    expect(combineCrcs(algorithm, [first, second(7)])).not.toEqual(
      combineCrcs(algorithm, [first, second(7 + 2 ** 32)]),
    );
  });
});
