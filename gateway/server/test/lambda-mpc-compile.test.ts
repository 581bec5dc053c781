/** Packages of functions of runtime `mpc` with the real compiler: what a version keeps of them, and what is refused. */
import { createHash } from 'node:crypto';
import { AwsError } from '@hypergate/kit';
import { createMpcRuntime } from '@hypergate/lambda/mpc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  answerOf,
  exampleOf,
  sumManifest as manifest,
  openWorld,
  packageOf,
  sum,
  type World,
} from './lambda-mpc-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

async function refusal(made: Promise<unknown>): Promise<[string, string]> {
  const error = await made.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof AwsError)) throw new Error('no refusal', { cause: error });
  return [error.code, error.message];
}

const compile = (...args: Parameters<typeof packageOf>) => world.runtime.compileFunction(packageOf(...args));

test('a version keeps the commitment and the manifest, and compiling again gives the same', async () => {
  const first = await compile(manifest, sum);
  expect(first).toMatchObject({ parties: ['alice', 'bob'], level: 'semi-honest', warnings: [] });
  expect(first.manifestSha256).toMatch(/^[0-9a-f]{64}$/);
  expect(await world.computations.circuit(first.circuit.commitment)).toMatchObject({ source: sum });
  expect(await compile(manifest, sum)).toEqual(first);
});

test('errors of a source have its name, line and column', async () => {
  const wrong = sum.replace('bob.y;', 'bob.z;').replace('alice.x + bob.y', 'alice.x + bob.z');
  expect(await refusal(compile(manifest, wrong))).toEqual([
    'InvalidParameterValueException',
    expect.stringMatching(/^function\.mpc\.ts:4:\d+: .*\bz\b.* \([a-z-]+\)$/),
  ]);
  const named = { ...manifest, source: 'lib/sum.mpc.ts' };
  expect((await refusal(compile(named, 'no', 'lib/sum.mpc.ts')))[1]).toMatch(/^lib\/sum\.mpc\.ts:1:1: /);
});

test('a source that says something else than the manifest is refused with what it says', async () => {
  const cases: [object, string][] = [
    [{ parties: ['alice', 'carol'], outputs: {} }, 'mpc.json: parties: the source has alice, bob'],
    [{ outputs: { alice: ['sum', 'larger'] } }, 'mpc.json: outputs.bob: the source has larger'],
    [{ outputs: { alice: ['sum'], bob: ['larger'] } }, 'mpc.json: outputs.alice: the source has larger, sum'],
  ];
  for (const [changes, message] of cases)
    expect(await refusal(compile({ ...manifest, ...changes }, sum))).toEqual([
      ...['InvalidParameterValueException', message],
    ]);
  const silent = sum.replace('bob: { y: u32 }', 'bob: {}').replaceAll('bob.y', '5');
  const object = { ...manifest, inputs: { bob: { s3: 'arn:aws:s3:::bucket/key' } } };
  expect((await refusal(compile(object, silent)))[1]).toBe(
    'mpc.json: inputs.bob: in the source it gives no input',
  );
});

test('a package lacks nothing, and is text of a bounded length', async () => {
  const wrong = 'InvalidParameterValueException';
  expect(await refusal(compile(manifest, sum, 'other.mpc.ts'))).toEqual([
    ...[wrong, 'A package of runtime mpc has a file function.mpc.ts.'],
  ]);
  expect(await refusal(compile(manifest, `${sum}//${'x'.repeat(256 * 1024)}`))).toEqual([
    ...[wrong, 'function.mpc.ts: it has more than 262144 bytes'],
  ]);
  const latin = { size: 1, read: async () => Uint8Array.of(0xe9) };
  const files = packageOf(manifest, sum);
  const find = (path: string) => (path === 'mpc.json' ? files.find(path) : latin);
  expect(await refusal(world.runtime.compileFunction({ find }))).toEqual([
    ...[wrong, 'function.mpc.ts: it is not UTF-8'],
  ]);
  const without = createMpcRuntime({
    ...{ base: { clock: { now: () => 0 } }, computations: () => undefined, mayUse: () => false },
    readS3Object: async () => Buffer.alloc(0),
  });
  expect((await refusal(without.compileFunction(files)))[0]).toBe('ServiceException');
});

test('a source of a circuit that is known with other types is refused', async () => {
  const of = { parties: ['alice', 'bob'], outputs: { alice: ['s'] }, level: 'malicious' };
  const words = (type: string) =>
    `import type { ${type} } from 'hypergate:mpc';
export default function main(alice: { x: ${type} }, bob: { y: ${type} }) { return { alice: { s: alice.x + bob.y } }; }`;
  await compile(of, words('u8'));
  expect((await refusal(compile(of, words('i8'))))[1]).toMatch(/^function\.mpc\.ts: .*other types$/);
});

describe('examples', () => {
  const items = (...some: readonly number[]) => ({ items: [...some, ...Array(16 - some.length).fill(0)] });
  const richer = { aliceIsRicher: false, equal: false };
  const digest = '66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925';
  const digest512 = createHash('sha512').update(Buffer.alloc(64)).digest('hex');
  const tag = 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7';
  const key = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
  const block = '00112233445566778899aabbccddeeff';
  const zeros = (count: number): number[] => Array(count).fill(0);
  const cases: [string, Record<string, object>, object][] = [
    ['millionaires', { alice: { wealth: 5 }, bob: { wealth: 6 } }, { alice: richer, bob: richer }],
    [
      'average-salary',
      { alice: { salary: 4_000_000_000 }, bob: { salary: 4_000_000_001 }, carol: { salary: 1 } },
      { alice: { average: 2666666667 }, bob: { average: 2666666667 }, carol: { average: 2666666667 } },
    ],
    [
      'set-intersection-size',
      { alice: items(1, 2, 3), bob: items(9, 3, 1) },
      { alice: { count: 2 }, bob: { count: 2 } },
    ],
    [
      'shared-sha256',
      { left: { share: 'a5'.repeat(32) }, right: { share: 'a5'.repeat(32) } },
      { left: { digest }, right: { digest } },
    ],
    [
      'sealed-bid-auction',
      { ann: { bid: 7 }, ben: { bid: 9 }, cem: { bid: 9 } },
      { ann: { winner: 2, toPay: 0 }, ben: { winner: 2, toPay: 9 }, cem: { winner: 2, toPay: 0 } },
    ],
    [
      'second-price-auction',
      { ann: { bid: 7 }, ben: { bid: 5 }, cem: { bid: 9 } },
      { ann: { winner: 3, toPay: 0 }, ben: { winner: 3, toPay: 0 }, cem: { winner: 3, toPay: 7 } },
    ],
    [
      'set-intersection',
      { alice: items(1, 2, 3), bob: items(9, 3, 1) },
      {
        alice: { shared: Array.from({ length: 16 }, (_, place) => place === 0 || place === 2) },
        bob: { count: 2 },
      },
    ],
    // 1.5 * 2 - 0.5 * 4 + 0.25
    [
      'linear-model',
      {
        owner: { weights: [98_304, -32_768, ...zeros(6)], bias: 16_384, threshold: 65_536 },
        client: { features: [131_072, 262_144, ...zeros(6)], scale: 0 },
      },
      { owner: {}, client: { score: 81_920, isAbove: true } },
    ],
    [
      'shared-sha512',
      { left: { share: 'a5'.repeat(64) }, right: { share: 'a5'.repeat(64) } },
      { left: { digest: digest512 }, right: { digest: digest512 } },
    ],
    // RFC 4231, test case 1.
    [
      'shared-hmac',
      {
        left: { share: `${'00'.repeat(20)}${'77'.repeat(12)}`, message: '4869205468657265' },
        right: { share: `${'0b'.repeat(20)}${'77'.repeat(12)}` },
      },
      { left: { tag }, right: { tag } },
    ],
    // FIPS 197, appendix C.
    [
      'blind-aes128',
      { holder: { key: key.slice(0, 32) }, owner: { block } },
      { holder: {}, owner: { encrypted: '69c4e0d86a7b0430d8cdb78070b4c55a' } },
    ],
    [
      'blind-aes256',
      { holder: { key }, owner: { block } },
      { holder: {}, owner: { encrypted: '8ea2b7ca516745bfeafc49904b496089' } },
    ],
  ];
  test.each(cases)('%s computes what its page says', async (name, inputs, outputs) => {
    const { source, manifest: of } = await exampleOf(name);
    const circuit = await world.create(of, source);
    const answer = answerOf(await world.invoke(circuit, { as: Object.keys(inputs), inputs }));
    expect(answer.outputs).toEqual(outputs);
  });
});
