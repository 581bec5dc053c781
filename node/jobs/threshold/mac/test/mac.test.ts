/** MACs of shared keys are those of HMAC. */
import { createHmac, randomBytes } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { macSchemes } from '../index.ts';
import { createMacNetwork } from './support/custodians.ts';

const network = createMacNetwork();
afterAll(() => network.close());

describe.each(macSchemes)('$scheme', ({ scheme, digest, tagBytes }) => {
  test('the MACs of a key that was brought in are those of the key', async () => {
    const key = randomBytes(tagBytes);
    const shared = await network.bringIn(scheme, key);
    for (const length of [0, 1, 55, 56, 64, 111, 112, 119, 120]) {
      const message = randomBytes(length);
      const expected = createHmac(digest, key).update(message).digest('hex');
      expect(await network.mac(shared, message), `${length} bytes`).toBe(expected);
    }
  });
});

test('a message of 4096 bytes', async () => {
  const key = randomBytes(32);
  const shared = await network.bringIn('hmac-sha-256', key);
  const message = randomBytes(4096);
  const t = performance.now();
  expect(await network.mac(shared, message)).toBe(createHmac('sha256', key).update(message).digest('hex'));
  console.log(performance.now() - t);
});

test('create', async () => {
  for (const { scheme } of macSchemes) {
    const key = await network.create(scheme);
    console.log(await network.mac(key, Buffer.from('abc')));
  }
});
