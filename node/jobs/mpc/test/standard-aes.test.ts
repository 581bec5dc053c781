/** AES as a circuit gives the published ciphertexts. */
import { createCipheriv } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { bitsOfNumber, numberOfBits } from '../circuit/bits.ts';
import { CircuitBuilder } from '../circuit/builder.ts';
import { evaluate } from '../circuit/evaluate.ts';
import { subByte } from '../circuit/standard/aes-sbox.ts';
import { standardCircuit } from '../circuit/standard/index.ts';
import { costOf, hexOf } from './support/circuit-io.ts';
import { seededRandom } from './support/seeded-random.ts';

const zero = '00'.repeat(16);
const one = `80${'00'.repeat(15)}`;

/** Key, block, ciphertext: FIPS 197, appendices B and C; the first of each known-answer file of NIST's AESAVS. */
const vectors = [
  [
    'FIPS 197 B',
    '2b7e151628aed2a6abf7158809cf4f3c',
    '3243f6a8885a308d313198a2e0370734',
    '3925841d02dc09fbdc118597196a0b32',
  ],
  [
    'FIPS 197 C.1',
    '000102030405060708090a0b0c0d0e0f',
    '00112233445566778899aabbccddeeff',
    '69c4e0d86a7b0430d8cdb78070b4c55a',
  ],
  [
    'FIPS 197 C.3',
    '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
    '00112233445566778899aabbccddeeff',
    '8ea2b7ca516745bfeafc49904b496089',
  ],
  ['GFSbox 128', zero, 'f34481ec3cc627bacd5dc3fb08f273e6', '0336763e966d92595a567cc9ce537f5e'],
  ['KeySbox 128', '10a58869d74be5a374cf867cfb473859', zero, '6d251e6944b051e04eaa6fb4dbf78465'],
  ['VarTxt 128', zero, one, '3ad78e726c1ec02b7ebfe92b23d9ec34'],
  ['VarKey 128', one, zero, '0edd33d3c621e546455bd8ba1418bec8'],
  ['GFSbox 256', zero + zero, '014730f80ac625fe84f026c60bfd547d', '5c9d844ed46f9885085e5d6a4f94c7d7'],
  [
    'KeySbox 256',
    'c47b0294dbbbee0fec4757f22ffeee3587ca4730c3d33b691df38bab076bc558',
    zero,
    '46f2fb342d6f0ab477476fc501242c5f',
  ],
  ['VarTxt 256', zero + zero, one, 'ddc6bf790c15760d8d9aeb6f9a75fd4e'],
  ['VarKey 256', one + zero, zero, 'e35a6dcb19b201a01ebcfa8aa22b5759'],
] as const;

describe('AES', () => {
  test.each(vectors)('%s', (_name, key, block, expected) => {
    const circuit = standardCircuit(`aes-${key.length * 4}`, { parties: ['a', 'b'] });
    expect(hexOf(circuit, Buffer.from(key, 'hex'), Buffer.from(block, 'hex'))).toBe(expected);
  });

  test('of a shared key and several blocks is that of the library', () => {
    const random = seededRandom('aes');
    const [first, second, text] = [random(32), random(32), random(48)];
    const circuit = standardCircuit('aes-256', { parties: ['a', 'b'], blocks: 3, shared: true });
    const cipher = createCipheriv(
      'aes-256-ecb',
      first.map((byte, i) => byte ^ second[i]!),
      null,
    );
    const expected = cipher.update(text).toString('hex');
    for (const [i, block] of [0, 1, 2].entries()) {
      const outputs = { ...circuit, outputs: circuit.outputs.slice(block) };
      const blocks = [0, 1, 2].map((at) => text.subarray(16 * at, 16 * at + 16));
      expect(hexOf(outputs, first, second, ...blocks)).toBe(expected.slice(32 * i, 32 * i + 32));
    }
  });

  test('substitutes every byte by its inverse and an affine map', () => {
    const builder = new CircuitBuilder();
    builder.output('o', ['a'], subByte(builder, builder.input('a', 'x', 8)));
    const circuit = builder.build();
    expect(costOf(circuit)).toBe('32 / 6');
    for (let x = 0; x < 256; x++) {
      const substituted = Number(numberOfBits(evaluate(circuit, [bitsOfNumber(BigInt(x), 8)])[0]!));
      expect(substituted).toBe(affine(inverse(x)));
    }
  });

  test('costs what it did', () => {
    const parties = ['a', 'b'];
    expect({
      aes128: costOf(standardCircuit('aes-128', { parties })),
      aes256: costOf(standardCircuit('aes-256', { parties })),
      aes128blocks: costOf(standardCircuit('aes-128', { parties, blocks: 10 })),
    }).toEqual({ aes128: '6400 / 60', aes256: '8832 / 84', aes128blocks: '52480 / 60' });
  });
});

function product(a: number, b: number): number {
  let [sum, power] = [0, a];
  for (let i = 0; i < 8; i++) {
    if ((b >> i) & 1) sum ^= power;
    power = (power << 1) ^ (power & 0x80 ? 0x11b : 0);
  }
  return sum;
}

function inverse(x: number): number {
  for (let y = 1; y < 256; y++) if (product(x, y) === 1) return y;
  return 0;
}

function affine(x: number): number {
  const turn = (by: number) => ((x << by) | (x >> (8 - by))) & 0xff;
  return x ^ turn(1) ^ turn(2) ^ turn(3) ^ turn(4) ^ 0x63;
}
