/** MACs of a key that was brought in, for messages around the ends of blocks. */
import { createHmac, randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type { MacScheme } from '../../index.ts';
import type { MacNetwork } from './custodians.ts';

export async function expectMacs(
  network: MacNetwork,
  { scheme, digest, tagBytes }: MacScheme,
  lengths: readonly number[],
): Promise<void> {
  const key = randomBytes(tagBytes);
  const shared = await network.bringIn(scheme, key);
  for (const length of lengths) {
    const message = randomBytes(length);
    const expected = createHmac(digest, key).update(message).digest('hex');
    expect(await network.mac(shared, message), `${length} bytes`).toBe(expected);
  }
}
