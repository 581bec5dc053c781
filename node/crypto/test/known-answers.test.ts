import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  baseMultiply,
  DecryptionError,
  decodeElement,
  decodeScalar,
  encodeElement,
  encodeScalar,
  groupOrder,
  hkdf,
  open,
  prfSlot,
  sealInto,
  secretKey,
} from '../index.ts';

const hex = (text: string) => Buffer.from(text, 'hex');
const range = (from: number, to: number) =>
  Buffer.from(Array.from({ length: to - from + 1 }, (_, i) => from + i));

describe('HKDF-SHA-256 gives the answers of RFC 5869 appendix A', () => {
  const cases = [
    {
      name: 'A.1',
      secret: Buffer.alloc(22, 0x0b),
      salt: range(0x00, 0x0c),
      info: range(0xf0, 0xf9),
      output: '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    },
    {
      name: 'A.2',
      secret: range(0x00, 0x4f),
      salt: range(0x60, 0xaf),
      info: range(0xb0, 0xff),
      output:
        'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87',
    },
    {
      name: 'A.3',
      secret: Buffer.alloc(22, 0x0b),
      salt: Buffer.alloc(0),
      info: Buffer.alloc(0),
      output: '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
    },
  ];
  it.each(cases)('$name', ({ secret, salt, info, output }) => {
    expect(hkdf(secretKey(secret), salt, info, output.length / 2).toString('hex')).toBe(output);
  });

  it('refuses lengths beyond 255 blocks', () => {
    const key = secretKey(Buffer.alloc(32));
    expect(() => hkdf(key, Buffer.alloc(0), Buffer.alloc(0), 255 * 32 + 1)).toThrow(RangeError);
  });
});

describe('a slot is HMAC-SHA-256 (RFC 4231) cut to 24 bytes', () => {
  it.each([
    [Buffer.alloc(20, 0x0b), 'Hi There', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da7'],
    [Buffer.from('Jefe'), 'what do ya want for nothing?', '5bdcc146bf60754e6a042426089575c75a003f089d273983'],
  ])('%#', (key, input, slot) => {
    expect(prfSlot(secretKey(key), Buffer.from(input)).toString('hex')).toBe(slot);
  });
});

describe('AES-256-GCM gives the answers of the GCM specification (test cases 13, 14, 16)', () => {
  const zero = '00'.repeat(32);
  const cases = [
    { key: zero, nonce: '00'.repeat(12), data: '', plain: '', sealed: '530f8afbc74536b9a963b4f1c4cb738b' },
    {
      key: zero,
      nonce: '00'.repeat(12),
      data: '',
      plain: '00'.repeat(16),
      sealed: 'cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919',
    },
    {
      key: 'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308',
      nonce: 'cafebabefacedbaddecaf888',
      data: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
      plain:
        'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
      sealed:
        '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b',
    },
  ];
  it.each(cases)('%#', ({ key, nonce, data, plain, sealed }) => {
    const target = Buffer.alloc(sealed.length / 2);
    sealInto(target, 0, secretKey(hex(key)), hex(nonce), hex(data), hex(plain));
    expect(target.toString('hex')).toBe(sealed);
    expect(open(secretKey(hex(key)), hex(nonce), hex(data), hex(sealed)).toString('hex')).toBe(plain);
  });
});

describe('ristretto255', () => {
  it('gives the multiples of the generator of RFC 9496 appendix A.1', () => {
    const one = 'e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76';
    const two = '6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919';
    expect(encodeElement(baseMultiply(1n)).toString('hex')).toBe(one);
    expect(encodeElement(baseMultiply(2n)).toString('hex')).toBe(two);
    expect(encodeElement(decodeElement(hex(one)).multiply(2n)).toString('hex')).toBe(two);
  });

  it('evaluates the blinded elements of RFC 9497', () => {
    const url = new URL('golden/rfc9497-ristretto255.json', import.meta.url);
    const { cases } = JSON.parse(readFileSync(url, 'utf8')) as { cases: Record<string, string>[] };
    expect(cases.length).toBeGreaterThan(0);
    for (const { secretKey: key, blindedElement, evaluationElement } of cases) {
      const element = decodeElement(hex(blindedElement!)).multiply(decodeScalar(hex(key!)));
      expect(encodeElement(element).toString('hex')).toBe(evaluationElement);
    }
  });

  it('refuses the bad encodings of RFC 9496 appendix A.2, the identity and wrong lengths', () => {
    const bad = [
      `00${'ff'.repeat(31)}`,
      `${'ff'.repeat(31)}7f`,
      `f3${'ff'.repeat(30)}7f`,
      `ed${'ff'.repeat(30)}7f`,
      `01${'00'.repeat(31)}`,
      `01${'ff'.repeat(30)}7f`,
      '26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371',
      '00'.repeat(32),
      'e2f2',
    ];
    for (const text of bad) expect(() => decodeElement(hex(text)), text).toThrow(DecryptionError);
  });

  it('accepts scalars from 1 to order - 1 only, little-endian', () => {
    expect(encodeScalar(1n).toString('hex')).toBe(`01${'00'.repeat(31)}`);
    expect(decodeScalar(encodeScalar(groupOrder - 1n))).toBe(groupOrder - 1n);
    const order = Buffer.from(groupOrder.toString(16).padStart(64, '0'), 'hex').reverse();
    for (const bytes of [Buffer.alloc(32), order, Buffer.alloc(32, 0xff), Buffer.alloc(31, 1)])
      expect(() => decodeScalar(bytes)).toThrow(DecryptionError);
    expect(() => encodeScalar(0n)).toThrow(RangeError);
    expect(() => encodeScalar(groupOrder)).toThrow(RangeError);
  });
});
