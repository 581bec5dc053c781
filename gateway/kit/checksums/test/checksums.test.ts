import { createHash } from 'node:crypto';
import { Crc64Nvme } from '@aws-sdk/crc64-nvme';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CHECKSUM_BYTES,
  type ChecksumAlgorithm,
  type CrcAlgorithm,
  checksumOf,
  combineCrcs,
  compositeChecksum,
  createChecksum,
  decodeChecksum,
  encodeChecksum,
} from '../index.ts';

const ALGORITHMS = Object.keys(CHECKSUM_BYTES) as ChecksumAlgorithm[];
const CRCS: readonly CrcAlgorithm[] = ['CRC32', 'CRC32C', 'CRC64NVME'];
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

function pieceByPiece(algorithm: ChecksumAlgorithm, pieces: readonly Uint8Array[]): string {
  const checksum = createChecksum(algorithm);
  for (const piece of pieces) checksum.update(piece);
  return hex(checksum.digest());
}

describe('checksums', () => {
  // Check values of the CRC catalogue (https://reveng.sourceforge.io/crc-catalogue/) and of FIPS 180-4, RFC 1321.
  it.each([
    ['CRC32', '123456789', 'cbf43926'],
    ['CRC32C', '123456789', 'e3069283'],
    ['CRC64NVME', '123456789', 'ae8b14860a799888'],
    ['CRC32', '', '00000000'],
    ['CRC32C', '', '00000000'],
    ['CRC64NVME', '', '0000000000000000'],
    ['SHA1', 'abc', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    ['SHA256', 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ['MD5', 'abc', '900150983cd24fb0d6963f7d28e17f72'],
  ] as const)('%s of %j is the published value', (algorithm, text, expected) => {
    expect(hex(checksumOf(algorithm, Buffer.from(text)))).toBe(expected);
  });

  it('CRC64NVME of 32 zero bytes and 32 bytes of ones is the NVM Express value', () => {
    expect(hex(checksumOf('CRC64NVME', new Uint8Array(4096)))).toBe('6482d367eb22b64e');
    expect(hex(checksumOf('CRC64NVME', new Uint8Array(4096).fill(255)))).toBe('c0ddba7302eca3ac');
  });

  it('any split of the bytes gives the same checksum, equal to the one-shot form', () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 70 }), { maxLength: 8 });
    fc.assert(
      fc.property(fc.constantFrom(...ALGORITHMS), pieces, (algorithm, parts) => {
        const whole = Buffer.concat(parts);
        expect(pieceByPiece(algorithm, parts)).toBe(hex(checksumOf(algorithm, whole)));
        expect(pieceByPiece(algorithm, parts)).toBe(pieceByPiece(algorithm, [whole]));
      }),
    );
  });

  it('CRC64NVME agrees with the AWS package, also across the pieces it is copied in', async () => {
    const random = createHash('shake256', { outputLength: 400_000 }).update('crc64').digest();
    for (const [start, end] of [
      [0, 400_000],
      [3, 131_075],
      [1, 131_073],
      [7, 15],
      [5, 6],
    ] as const) {
      const bytes = random.subarray(start, end);
      const oracle = new Crc64Nvme();
      oracle.update(bytes);
      return oracle
        .digest()
        .then((expected) => expect(hex(checksumOf('CRC64NVME', bytes))).toBe(hex(expected)));
    }
  });

  it('running checksums do not disturb each other', () => {
    const a = createChecksum('CRC64NVME');
    const b = createChecksum('CRC64NVME');
    a.update(Buffer.from('1234'));
    b.update(Buffer.from('other'));
    a.update(Buffer.from('56789'));
    expect(hex(a.digest())).toBe('ae8b14860a799888');
    expect(hex(b.digest())).toBe(hex(checksumOf('CRC64NVME', Buffer.from('other'))));
  });

  it('the combination of parts equals the checksum of the whole', () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom(...CRCS), parts, (algorithm, pieces) => {
        const list = pieces.map((piece) => ({
          digest: checksumOf(algorithm, piece),
          length: piece.byteLength,
        }));
        expect(hex(combineCrcs(algorithm, list))).toBe(hex(checksumOf(algorithm, Buffer.concat(pieces))));
      }),
    );
  });

  it('parts larger than 4 GiB combine: zeros appended in one step or in many', () => {
    for (const algorithm of CRCS) {
      const digest = checksumOf(algorithm, Buffer.from('head'));
      const zeros = (length: number) => ({ digest: zeroDigest(algorithm, length), length });
      const once = combineCrcs(algorithm, [{ digest, length: 4 }, zeros(5 * 2 ** 32)]);
      const many = combineCrcs(algorithm, [
        { digest, length: 4 },
        ...Array.from({ length: 5 }, () => zeros(2 ** 32)),
      ]);
      expect(hex(once)).toBe(hex(many));
    }
  });

  it('composite checksums are the checksum of the digests with the number of parts', () => {
    const digests = ['one', 'two'].map((text) => createHash('sha256').update(text).digest());
    const expected = createHash('sha256').update(Buffer.concat(digests)).digest('base64');
    expect(compositeChecksum('SHA256', digests)).toBe(`${expected}-2`);
  });

  it('text that is not canonical base64 of the right length is refused', () => {
    const text = encodeChecksum(checksumOf('CRC32', Buffer.from('a')));
    expect(hex(decodeChecksum('CRC32', text)!)).toBe(hex(checksumOf('CRC32', Buffer.from('a'))));
    for (const bad of ['', 'AAAA', 'AAAAAA=', 'AAAAAB==', 'AAAA AA=', '!!!!!!==', `${text}=`, 'AAAAAAAA']) {
      expect(decodeChecksum('CRC32', bad), bad).toBeUndefined();
    }
  });
});

/** Doubling: the digest of 2 n zeros from two digests of n. */
function zeroDigest(algorithm: CrcAlgorithm, length: number): Uint8Array {
  if (length === 0) return checksumOf(algorithm, new Uint8Array());
  if (length % 2 === 1) {
    const rest = { digest: zeroDigest(algorithm, length - 1), length: length - 1 };
    return combineCrcs(algorithm, [rest, { digest: checksumOf(algorithm, new Uint8Array(1)), length: 1 }]);
  }
  const half = { digest: zeroDigest(algorithm, length / 2), length: length / 2 };
  return combineCrcs(algorithm, [half, half]);
}
