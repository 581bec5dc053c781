/** MACs of shared keys are those of HMAC, with SHA-384 and SHA-512. */
import { afterAll, test } from 'vitest';
import { macSchemes } from '../index.ts';
import { createMacNetwork } from './support/custodians.ts';
import { expectMacs } from './support/lengths.ts';

const network = createMacNetwork();
afterAll(() => network.close());

test.each(macSchemes.filter(({ hash }) => hash.wordBits === 64))('$scheme', async (scheme) => {
  await expectMacs(network, scheme, [0, 1, 55, 64, 111, 112, 120]);
});
