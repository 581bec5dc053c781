/** MACs of shared keys are those of HMAC, with SHA-224 and SHA-256. */
import { afterAll, expect, test } from 'vitest';
import { macLimits, macSchemes } from '../index.ts';
import { createMacNetwork } from './support/custodians.ts';
import { expectMacs } from './support/lengths.ts';

const network = createMacNetwork();
afterAll(() => network.close());

test.each(macSchemes.filter(({ hash }) => hash.wordBits === 32))('$scheme', async (scheme) => {
  await expectMacs(network, scheme, [0, 1, 55, 56, 64, 119, 120]);
});

test('the longest message, and none that is longer', async () => {
  const { messageBytesMax } = macLimits;
  const [, scheme] = macSchemes;
  await expectMacs(network, scheme, [messageBytesMax]);
  const key = await network.bringIn(scheme.scheme, new Uint8Array(32));
  const longer = async () => network.mac(key, new Uint8Array(messageBytesMax + 1));
  await expect(longer()).rejects.toThrow(RangeError);
});
