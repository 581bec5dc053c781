/** `mpc.json`: what is read, what is refused with which sentence, and its canonical text. */
import { AwsError } from '@hypergate/kit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { manifestText, objectOf, readManifest } from '../manifest.ts';

const whole = {
  source: 'lib/auction.mpc.ts',
  parties: ['alice', 'bob'],
  self: 'alice',
  inputs: { alice: { s3: 'arn:aws:s3:::bucket/some/key', versionId: 'v1' }, bob: 'caller' },
  outputs: { alice: ['sum', 'larger'], bob: ['larger'] },
  level: 'malicious',
  keys: true,
  meetMs: 1000,
  totalMs: 2000,
};
const least = { parties: ['alice', 'bob'], outputs: {}, level: 'semi-honest' };

const read = (value: unknown) => readManifest(Buffer.from(JSON.stringify(value)));

function refused(bytes: string | Uint8Array): string {
  try {
    readManifest(Buffer.from(bytes));
  } catch (error) {
    if (error instanceof AwsError && error.code === 'InvalidParameterValueException') return error.message;
    throw error;
  }
  throw new Error('it was not refused');
}

test('all of it is read, and what is left out has its default', () => {
  expect(read(whole)).toEqual(whole);
  expect(read(least)).toEqual({
    ...{ ...least, source: 'function.mpc.ts', inputs: {}, keys: false },
    ...{ meetMs: 30_000, totalMs: 60_000 },
  });
  expect(objectOf(whole.inputs.alice.s3)).toEqual({ bucket: 'bucket', key: 'some/key' });
});

test.each<[string, object, RegExp]>([
  ['an unknown member', { extra: 1 }, /^mpc\.json: .*extra/],
  ['no parties', { parties: undefined }, /^mpc\.json: parties: /],
  ['one party', { parties: ['alice'] }, /^mpc\.json: parties: /],
  ['four parties', { parties: ['alice', 'bob', 'c', 'd'] }, /^mpc\.json: parties: /],
  ['one name twice', { parties: ['bob', 'bob'] }, /^mpc\.json: parties: two parties have one name$/],
  ['a name of other characters', { parties: ['alice', 'b b'] }, /^mpc\.json: parties\.1: a name is/],
  ['a name that objects have', { parties: ['alice', '__proto__'] }, /^mpc\.json: parties\.1: a name is/],
  [
    'a name of a member of objects',
    { parties: ['alice', 'constructor'] },
    /^mpc\.json: parties\.1: a name is/,
  ],
  [
    'an output of such a name',
    { outputs: { alice: ['valueOf'] } },
    /^mpc\.json: outputs\.alice\.0: a name is/,
  ],
  ['a name that is too long', { parties: ['alice', 'b'.repeat(65)] }, /^mpc\.json: parties\.1: /],
  ['self that is no party', { self: 'carol' }, /^mpc\.json: self: carol is no party$/],
  ['a level that is none', { level: 'perfect' }, /^mpc\.json: level: /],
  ['a level that no program has', { level: 'one-bit-leakage' }, /^mpc\.json: level: /],
  ['a level for three', { level: 'three-party' }, /^mpc\.json: level: three-party is for 3 parties$/],
  ['a level for two', { parties: ['alice', 'bob', 'c'] }, /^mpc\.json: level: semi-honest is for 2 parties$/],
  ['keys at a level that gives them away', { keys: true }, /^mpc\.json: keys: semi-honest may/],
  ['inputs of nobody', { inputs: { carol: 'caller' } }, /^mpc\.json: inputs: carol is no party$/],
  ['inputs from elsewhere', { inputs: { bob: 'elsewhere' } }, /^mpc\.json: inputs\.bob: inputs come from/],
  [
    'an object without a key',
    { inputs: { bob: { s3: 'arn:aws:s3:::bucket' } } },
    /inputs\.bob\.s3: an object is/,
  ],
  [
    'an object of no bucket',
    { inputs: { bob: { s3: 'arn:aws:s3:::B_/k' } } },
    /inputs\.bob\.s3: an object is/,
  ],
  [
    'an object with a key that is too long',
    { inputs: { bob: { s3: `arn:aws:s3:::bucket/${'ü'.repeat(513)}` } } },
    /inputs\.bob\.s3: the key is too long$/,
  ],
  ['no outputs', { outputs: undefined }, /^mpc\.json: outputs: /],
  ['outputs of nobody', { outputs: { carol: [] } }, /^mpc\.json: outputs: carol is no party$/],
  [
    'an output twice',
    { outputs: { bob: ['x', 'x'] } },
    /^mpc\.json: outputs\.bob: an output is named twice$/,
  ],
  ['a source outside', { source: '../f.mpc.ts' }, /^mpc\.json: source: a source is/],
  ['a source from the root', { source: '/f.mpc.ts' }, /^mpc\.json: source: a source is/],
  ['a source of another kind', { source: 'index.ts' }, /^mpc\.json: source: a source is/],
  ['a source of a long name', { source: `${'f'.repeat(256)}.mpc.ts` }, /^mpc\.json: source: /],
  ['a time that is none', { meetMs: 0 }, /^mpc\.json: meetMs: /],
  ['a part of a millisecond', { meetMs: 1.5 }, /^mpc\.json: meetMs: /],
  ['more time than a function has', { totalMs: 900_001 }, /^mpc\.json: totalMs: /],
  [
    'longer to meet than for all',
    { meetMs: 9, totalMs: 8 },
    /^mpc\.json: meetMs: it is longer than totalMs$/,
  ],
])('%s is refused', (_, changes, sentence) => {
  expect(refused(JSON.stringify({ ...least, ...changes }))).toMatch(sentence);
});

test('what is no JSON of a bounded length is refused', () => {
  expect(refused('{')).toBe('mpc.json: it is not JSON');
  expect(refused(Uint8Array.of(0x22, 0xe9, 0x22))).toBe('mpc.json: it is not JSON');
  expect(refused('[]')).toMatch(/^mpc\.json: /);
  expect(refused(' '.repeat(8193))).toBe('mpc.json: it has more than 8192 bytes');
});

test('one text stands for all manifests that mean the same', () => {
  const text = manifestText(read(whole));
  expect(manifestText(read(JSON.parse(text)))).toBe(text);
  fc.assert(
    fc.property(
      fc.shuffledSubarray(Object.keys(whole), { minLength: Object.keys(whole).length }),
      fc.shuffledSubarray(whole.outputs.alice, { minLength: 2 }),
      fc.boolean(),
      (order, alice, saysCaller) => {
        const inputs = saysCaller ? whole.inputs : { alice: whole.inputs.alice };
        const same = { ...whole, inputs, outputs: { bob: ['larger'], alice } };
        const shuffled = order.map((member) => [member, same[member as keyof typeof same]]);
        expect(manifestText(read(Object.fromEntries(shuffled)))).toBe(text);
      },
    ),
  );
  const others = [{ self: 'bob' }, { keys: false }, { meetMs: 1 }, { parties: ['bob', 'alice'] }];
  for (const changes of others) expect(manifestText(read({ ...whole, ...changes }))).not.toBe(text);
});
