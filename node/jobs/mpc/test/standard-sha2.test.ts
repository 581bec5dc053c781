/** SHA-2 and HMAC as circuits give the published digests and tags. */
import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { CircuitBuilder } from '../circuit/builder.ts';
import { standardCircuit } from '../circuit/standard/index.ts';
import { digest, sha256, sha512 } from '../circuit/standard/sha2.ts';
import { costOf, hexOf } from './support/circuit-io.ts';
import { seededRandom } from './support/seeded-random.ts';

const bytes = (byte: number, count: number) => Buffer.alloc(count, byte);

/** FIPS 180-4 examples: one block, two blocks. */
const digests = [
  ['sha-256', 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'sha-256',
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
  [
    'sha-512',
    'abc',
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  ],
  [
    'sha-512',
    'abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu',
    '8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909',
  ],
] as const;

/** RFC 4231, with the numbers of its cases. */
const tags = [
  {
    name: '1',
    key: bytes(0x0b, 20),
    data: Buffer.from('Hi There'),
    sha256: 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    sha512:
      '87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854',
  },
  {
    name: '2',
    key: Buffer.from('Jefe'),
    data: Buffer.from('what do ya want for nothing?'),
    sha256: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    sha512:
      '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
  },
  {
    name: '3',
    key: bytes(0xaa, 20),
    data: bytes(0xdd, 50),
    sha256: '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
  },
  {
    name: '4',
    key: Buffer.from(Array.from({ length: 25 }, (_, i) => i + 1)),
    data: bytes(0xcd, 50),
    sha256: '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b',
  },
  {
    name: '6',
    key: bytes(0xaa, 131),
    data: Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First'),
    sha256: '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    sha512:
      '80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598',
  },
  {
    name: '7',
    key: bytes(0xaa, 131),
    data: Buffer.from(
      'This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.',
    ),
    sha256: '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
  },
];

describe('SHA-2', () => {
  test.each(digests)('%s of %s', (name, message, expected) => {
    const circuit = standardCircuit(name, { parties: ['a'], messageBytes: message.length });
    expect(hexOf(circuit, Buffer.from(message))).toBe(expected);
  });

  test.each([
    ['sha256', sha256, 55],
    ['sha256', sha256, 56],
    ['sha256', sha256, 64],
    ['sha512', sha512, 111],
    ['sha512', sha512, 112],
  ] as const)('%s where padding needs a block or not', (name, hash, length) => {
    const message = Buffer.from(seededRandom(`${name} ${length}`)(length));
    const builder = new CircuitBuilder();
    builder.output('digest', ['a'], digest(builder, hash, builder.input('a', 'message', 8 * length)));
    expect(hexOf(builder.build(), message)).toBe(createHash(name).update(message).digest('hex'));
  });

  test('with prefix adders there is less depth', () => {
    const builder = new CircuitBuilder();
    const message = builder.input('a', 'message', 24);
    builder.output('digest', ['a'], digest(builder, sha256, message, { adder: 'prefix' }));
    const circuit = builder.build();
    expect(hexOf(circuit, Buffer.from('abc'))).toBe(digests[0][2]);
    expect(circuit.layers.length).toBeLessThan(900);
  });

  test('the compression of the padded message from the initial state is the digest', () => {
    const circuit = standardCircuit('sha-256-compression', { parties: ['a', 'b'] });
    const state = Buffer.from('6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19', 'hex');
    const block = Buffer.alloc(64);
    block.write('abc');
    block[3] = 0x80;
    block[63] = 24;
    expect(hexOf(circuit, state, block)).toBe(digests[0][2]);
  });
});

describe('HMAC', () => {
  test.each(tags)('RFC 4231, case $name', (vector) => {
    for (const name of ['sha256', 'sha512'] as const) {
      const { key, data, [name]: expected } = vector;
      if (expected === undefined) continue;
      const circuit = standardCircuit(name === 'sha256' ? 'hmac-sha-256' : 'hmac-sha-512', {
        parties: ['a', 'b'],
        keyBytes: key.length,
        messageBytes: data.length,
      });
      const tag = hexOf(circuit, key, data);
      expect(tag).toBe(expected);
      expect(tag).toBe(createHmac(name, key).update(data).digest('hex'));
    }
  });

  test('shares of the key are XORed', () => {
    const { key, data, sha256: tag } = tags[0]!;
    const random = seededRandom('shares');
    const [first, second] = [random(20), random(20)];
    const third = key.map((byte, i) => byte ^ first[i]! ^ second[i]!);
    const circuit = standardCircuit('hmac-sha-256', {
      parties: ['a', 'b', 'c'],
      keyBytes: 20,
      messageBytes: data.length,
      shared: true,
      to: ['b'],
    });
    expect(circuit.inputs.map(({ party, name }) => `${party}.${name}`)).toEqual([
      'a.key',
      'b.key',
      'c.key',
      'b.message',
    ]);
    expect(circuit.outputs[0]!.to).toEqual(['b']);
    expect(hexOf(circuit, first, second, third, data)).toBe(tag);
  });
});

test('SHA-2 and HMAC cost what they did', () => {
  const parties = ['a', 'b'];
  expect({
    sha256: costOf(standardCircuit('sha-256-compression', { parties })),
    sha512: costOf(standardCircuit('sha-512-compression', { parties })),
    hmac256: costOf(standardCircuit('hmac-sha-256', { parties, messageBytes: 32 })),
    hmac512: costOf(standardCircuit('hmac-sha-512', { parties, messageBytes: 32 })),
  }).toEqual({
    sha256: '22271 / 1607',
    sha512: '57572 / 3303',
    hmac256: '85353 / 4779',
    hmac512: '220667 / 9820',
  });
});
