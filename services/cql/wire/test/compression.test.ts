import { describe, expect, test } from 'vitest';
import { agreedCompression, type Compression, packBody, packedBytesMax, unpackBody } from '../compression.ts';
import { snappyLength } from '../snappy.ts';
import { packableBytes, randomBytes, seed, seededRandom } from './support/seeded.ts';

const both: Compression[] = ['lz4', 'snappy'];

function pack(compression: Compression, body: Buffer): Buffer {
  const target = Buffer.alloc(packedBytesMax(compression, body.length));
  return target.subarray(0, packBody(compression, body, target, 0));
}

const unpack = (compression: Compression, packed: Buffer) => unpackBody(compression, packed, 1 << 24).body;

describe.each(both)('%s', (compression) => {
  test('what is packed can be unpacked, and never grows beyond its bound', () => {
    const random = seededRandom(seed);
    for (let round = 0; round < 300; round++) {
      const length = Math.floor(random() ** 3 * 200_000);
      const body = random() < 0.3 ? randomBytes(random, length) : packableBytes(random, length);
      const packed = pack(compression, body);
      expect(unpack(compression, packed)?.equals(body), `seed ${seed}, ${length} bytes`).toBe(true);
    }
  });

  test('runs and short bodies', () => {
    for (let length = 0; length < 400; length++) {
      const run = Buffer.alloc(length, 'ab');
      expect(unpack(compression, pack(compression, run))).toEqual(run);
    }
    expect(pack(compression, Buffer.alloc(100_000)).length).toBeLessThan(5000);
  });

  test('repetitions beyond the reach of an offset are not used', () => {
    const random = seededRandom(seed);
    const block = randomBytes(random, 40_000);
    const body = Buffer.concat([block, randomBytes(random, 40_000), block]);
    expect(unpack(compression, pack(compression, body))?.equals(body)).toBe(true);
  });

  test('damaged data is refused or gives as many bytes as it says', () => {
    const random = seededRandom(seed);
    let refused = 0;
    for (let round = 0; round < 4000; round++) {
      const packed = pack(compression, packableBytes(random, random() * 500));
      for (let i = random() * 3; i >= 0; i--) packed[Math.floor(random() * packed.length)] = random() * 256;
      const cut = packed.subarray(0, random() < 0.3 ? random() * packed.length : packed.length);
      const { bytes, body } = unpackBody(compression, cut, 4096);
      if (body === undefined) refused++;
      else expect(body.length).toBe(bytes);
    }
    expect(refused).toBeGreaterThan(1000);
  });
});

test('a client gets what it asks for, and of v5 only LZ4', () => {
  expect(agreedCompression(4, undefined)).toBeUndefined();
  expect(agreedCompression(4, 'Snappy')).toBe('snappy');
  expect(agreedCompression(5, 'lz4')).toBe('lz4');
  expect(() => agreedCompression(5, 'snappy')).toThrow('Unknown compression algorithm: snappy');
  expect(() => agreedCompression(4, 'gzip')).toThrow('Unknown compression algorithm: gzip');
});

describe('bytes that the reference implementations made', () => {
  const text = Buffer.from('hypergraph '.repeat(20));

  test('LZ4', () => {
    const packed = Buffer.from('000000dcbf68797065726772617068200b00b9507261706820', 'hex');
    expect(unpack('lz4', packed)).toEqual(text);
  });

  test('Snappy', () => {
    const packed = Buffer.from('dc01286879706572677261706820fe0b00fe0b00fe0b00420b00', 'hex');
    expect(unpack('snappy', packed)).toEqual(text);
    const long =
      'd102f05e21466b365b264b703b602b5075406530557a456a355a254a6f3a5f2a4f743f642f54794469345924496e395e294e733e632e53784368335823486d385d284d723d622d52774267325722476c375c274c713c612c517641663156365b264b70a65700007afe0100fe0100fe01000d01';
    const letters = Array.from({ length: 90 }, (_, i) => String.fromCharCode(33 + ((i * 37) % 90))).join('');
    expect(unpack('snappy', Buffer.from(long, 'hex'))).toEqual(
      Buffer.from(letters + letters.slice(3, 50) + 'z'.repeat(200)),
    );
  });

  test('Snappy with offsets of four bytes and long lengths of literals', () => {
    const packed = Buffer.from([6, 0xf0, 2, 97, 98, 99, 0x0b, 3, 0, 0, 0]);
    expect(unpack('snappy', packed)).toEqual(Buffer.from('abcabc'));
    expect(snappyLength(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x7f]))).toBe(-1);
  });
});

describe('hostile data is refused', () => {
  test.each([
    ['an offset of zero', '00000008' + '10610000'],
    ['an offset before the beginning', '00000008' + '10610200'],
    ['literals beyond the end', '00000010' + 'f00161'],
    ['a length that never ends', '00000010' + 'ffffffffff'],
    ['more than it says', '00000002' + '50' + '6161616161'],
    ['less than it says', '00000009' + '50' + '6161616161'],
    ['nothing at all', '00000004'],
    ['half a length', '0000'],
  ])('LZ4: %s', (_name, hex) => expect(unpack('lz4', Buffer.from(hex, 'hex'))).toBeUndefined());

  test.each([
    ['an offset of zero', '0800610100'],
    ['an offset before the beginning', '0800610109'],
    ['literals beyond the end', '10fc61'],
    ['more than it says', '02106161616161'],
    ['less than it says', '09106161616161'],
    ['a length without an end', 'ffffffff'],
  ])('Snappy: %s', (_name, hex) => expect(unpack('snappy', Buffer.from(hex, 'hex'))).toBeUndefined());
});

test.each<[Compression, string]>([
  ['lz4', '01000000' + '1f61010000'],
  ['snappy', '80808008' + '0061fe0100'],
])('%s: no memory is taken for a length that so few bytes cannot have', (compression, hex) => {
  const before = process.memoryUsage().arrayBuffers;
  const all = Array.from({ length: 8 }, () =>
    unpackBody(compression, Buffer.from(hex, 'hex'), 16 * 1024 * 1024),
  );
  expect(all.map(({ bytes, body }) => [bytes, body])).toEqual(all.map(() => [16 * 1024 * 1024, undefined]));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
});
