import { DecryptionError } from '@hypergate/node/crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeAtomSealedChunk,
  decodeChunkKey,
  decodeRelation,
  encodeAtomSealedChunk,
  encodeChunkKey,
  encodeRelation,
} from '../format/v1/chunk.ts';
import { decodeDomainPayload, encodeDomainPayload } from '../format/v1/domain-config.ts';
import {
  domainKey,
  encodeEntry,
  projectionOf,
  recordPrefix,
  secondaryKey,
  secondaryKeysOf,
  secondaryPrefix,
  secondarySort,
  sortOfSecondary,
} from '../format/v1/index-key.ts';
import {
  decodeNote,
  decodeRecord,
  encodeNote,
  encodeRecord,
  type RecordContent,
} from '../format/v1/record.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const hex = (value: Uint8Array) => Buffer.from(value).toString('hex');
const domain = Buffer.alloc(32, 0xd0);

const record: RecordContent = {
  table: 's3.objects',
  key: { partition: bytes('p'), sort: bytes('photos/1.jpg') },
  indexed: true,
  hasSecondaries: true,
  rowVersion: 3,
  projection: bytes('size,etag'),
  secondary: [{ index: 'by-size', partition: bytes(''), sort: bytes('\0\x01'), projection: bytes('x') }],
  row: bytes('the row'),
};

describe('stored formats keep their golden bytes', () => {
  it('records and notes', () => {
    expect(hex(encodeRecord(record))).toBe(
      '010f0a73332e6f626a656374730001700 00c70686f746f732f312e6a70670003000973697a652c657461670001 0762792d73697a650000000200010001787468 6520726f77'.replaceAll(
        ' ',
        '',
      ),
    );
    const bare = { ...record, projection: undefined, secondary: [], indexed: false, hasSecondaries: false };
    expect(hex(encodeRecord(bare))).toBe(
      '01000a73332e6f626a65637473000170000c70686f746f732f312e6a7067000374686520726f77',
    );
    expect(hex(encodeNote(record))).toBe('010c0a73332e6f626a65637473000170000c70686f746f732f312e6a7067');
  });

  it('domain configurations', () => {
    const payload = {
      epochs: [Buffer.alloc(101, 1), Buffer.alloc(101, 2)],
      addressCommitment: Buffer.alloc(32, 3),
    };
    expect(hex(encodeDomainPayload(payload))).toBe(
      `010002${'01'.repeat(101)}${'02'.repeat(101)}${'03'.repeat(32)}`,
    );
  });

  it('chunks and relations', () => {
    const chunk = {
      header: Buffer.alloc(69, 3),
      plainLength: 0x01020304,
      pieceBytes: 0x40000,
      inline: bytes('ct'),
    };
    expect(hex(encodeAtomSealedChunk(chunk))).toBe(`${'03'.repeat(69)}01020304000400006374`);
    const key = Buffer.alloc(32, 4);
    const ref = { hash: Buffer.alloc(33), length: 1 };
    const keyed = encodeChunkKey({ kind: 'sealed', key, plainLength: 0x01020304, ref });
    expect(hex(keyed)).toBe(`00${'04'.repeat(32)}01020304`);
    expect(hex(encodeChunkKey({ kind: 'inline', plain: bytes('ab') }))).toBe('016162');
    const blob = { id: Buffer.alloc(16), length: 2 ** 40 + 5, chunkBytes: 8 * 1024 * 1024 };
    expect(hex(encodeRelation(blob))).toBe('01000001000000000500800000');
  });

  it('index keys and entries', () => {
    const entry = { index: 'by-size', partition: bytes('\0'), sort: bytes('a\0'), projection: bytes('') };
    expect(hex(domainKey(domain))).toBe(`${'d0'.repeat(32)}00`);
    expect(hex(recordPrefix(domain, 't', bytes('a\0b')))).toBe(
      `${'d0'.repeat(32)}01740061 00ff62 0001`.replaceAll(' ', ''),
    );
    const key = secondaryKey(domain, entry, Buffer.alloc(24, 7));
    expect(hex(key)).toBe(`${'d0'.repeat(32)}0262792d73697a650000ff00016100ff0001${'07'.repeat(16)}`);
    expect(hex(encodeEntry(bytes('pr'), []))).toBe('0100027072');
    expect(hex(encodeEntry(undefined, [key.subarray(0, 34)]))).toBe('0200000002' + '0262');
  });
});

const anyBytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((value) => Buffer.from(value));
const anyName = fc.string({
  minLength: 1,
  maxLength: 20,
  unit: fc.integer({ min: 33, max: 126 }).map((code) => String.fromCharCode(code)),
});
const anyRecord: fc.Arbitrary<RecordContent> = fc.record({
  table: anyName,
  key: fc.record({ partition: anyBytes(40), sort: anyBytes(40) }),
  indexed: fc.boolean(),
  hasSecondaries: fc.boolean(),
  rowVersion: fc.integer({ min: 0, max: 65_535 }),
  projection: fc.option(anyBytes(40), { nil: undefined }),
  secondary: fc.array(
    fc.record({ index: anyName, partition: anyBytes(10), sort: anyBytes(10), projection: anyBytes(10) }),
    { maxLength: 3 },
  ),
  row: anyBytes(100),
});

/** Either it reads as something, or it is refused in the one expected way. */
function readsOrRefuses(decode: () => unknown): void {
  try {
    decode();
  } catch (error) {
    expect(error).toBeInstanceOf(DecryptionError);
  }
}

describe('decoders', () => {
  it('give back what was encoded', () => {
    fc.assert(
      fc.property(anyRecord, (content) => {
        expect(decodeRecord(encodeRecord(content))).toEqual(content);
        const { table, key, indexed, hasSecondaries } = content;
        expect(decodeNote(encodeNote(content))).toEqual({ table, key, indexed, hasSecondaries });
      }),
    );
    const payload = {
      epochs: [new Uint8Array(101).fill(1)],
      addressCommitment: new Uint8Array(32).fill(3),
    };
    expect(decodeDomainPayload(encodeDomainPayload(payload))).toEqual(payload);
    const chunk = { header: Buffer.alloc(69, 3), plainLength: 5, pieceBytes: 65_536, inline: bytes('ct') };
    expect(decodeAtomSealedChunk(encodeAtomSealedChunk(chunk))).toEqual(chunk);
    const sealed = { kind: 'sealed', key: Buffer.alloc(32, 4), plainLength: 70_000 } as const;
    const ref = { hash: Buffer.alloc(33), length: 70_016 };
    expect(decodeChunkKey(encodeChunkKey({ ...sealed, ref }))).toEqual(sealed);
    const inline = { kind: 'inline', plain: bytes('ab') } as const;
    expect(decodeChunkKey(encodeChunkKey(inline))).toEqual(inline);
    const blob = { id: Buffer.alloc(16), length: Number.MAX_SAFE_INTEGER, chunkBytes: 1 };
    expect(decodeRelation(encodeRelation(blob))).toEqual({ length: blob.length, chunkBytes: 1 });
  });

  it('refuse cut, extended, changed and random bytes in one way', () => {
    fc.assert(
      fc.property(anyRecord, fc.nat(), fc.integer({ min: 1, max: 255 }), (content, at, mask) => {
        for (const [encoded, decode] of [
          [encodeRecord({ ...content, row: Buffer.alloc(0) }), decodeRecord],
          [encodeNote(content), decodeNote],
        ] as const) {
          const cut = encoded.subarray(0, at % encoded.length);
          expect(() => decode(cut)).toThrow(DecryptionError);
          const changed = Buffer.from(encoded);
          changed[at % changed.length]! ^= mask;
          readsOrRefuses(() => decode(changed));
        }
        expect(() => decodeNote(Buffer.concat([encodeNote(content), Buffer.of(0)]))).toThrow(DecryptionError);
      }),
    );
    fc.assert(
      fc.property(anyBytes(300), (random) => {
        for (const decode of [
          decodeRecord,
          decodeNote,
          decodeDomainPayload,
          decodeAtomSealedChunk,
          decodeChunkKey,
          decodeRelation,
        ])
          readsOrRefuses(() => decode(random));
      }),
      { numRuns: 500 },
    );
  });
});

describe('index keys', () => {
  const zeros = fc
    .array(fc.constantFrom(0, 0, 1, 2, 254, 255), { maxLength: 6 })
    .map((values) => Buffer.from(values));

  it('order entries by name, partition and sort key, and never mix partitions', () => {
    const names = ['a', 'ab', 'b'];
    const parts = fc.tuple(fc.constantFrom(...names), zeros, zeros);
    fc.assert(
      fc.property(parts, parts, (left, right) => {
        const order =
          names.indexOf(left[0]) - names.indexOf(right[0]) ||
          Buffer.compare(left[1], right[1]) ||
          Buffer.compare(left[2], right[2]);
        const plainKey = ([name, partition, sort]: typeof left) =>
          Buffer.concat([recordPrefix(domain, name, partition), sort]);
        expect(Math.sign(Buffer.compare(plainKey(left), plainKey(right)))).toBe(Math.sign(order));
        const secondary = ([index, partition, sort]: typeof left) =>
          secondaryKey(domain, { index, partition, sort, projection: sort }, Buffer.alloc(24, 9));
        expect(Math.sign(Buffer.compare(secondary(left), secondary(right)))).toBe(Math.sign(order));
        const samePartition = left[0] === right[0] && left[1].equals(right[1]);
        const prefix = recordPrefix(domain, left[0], left[1]);
        expect(plainKey(right).subarray(0, prefix.length).equals(prefix)).toBe(samePartition);
      }),
      { numRuns: 2000 },
    );
  });

  it('give back the sort key of a secondary entry, and the keys and projection of an entry', () => {
    fc.assert(
      fc.property(zeros, zeros, fc.option(zeros, { nil: undefined }), (partition, sort, projection) => {
        const entry = { index: 'i', partition, sort, projection: Buffer.alloc(0) };
        const key = secondaryKey(domain, entry, Buffer.alloc(24, 1));
        expect(sortOfSecondary(key.subarray(secondaryPrefix(domain, 'i', partition).length))).toEqual(sort);
        expect(key.subarray(0, -16).subarray(-secondarySort(sort).length)).toEqual(secondarySort(sort));
        const value = encodeEntry(projection, [key, key]);
        expect(projectionOf(value)).toEqual(projection);
        expect(secondaryKeysOf(domain, value)).toEqual([key, key]);
      }),
    );
  });
});
