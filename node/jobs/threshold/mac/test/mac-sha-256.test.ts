/** MACs of shared keys are those of HMAC, with SHA-224 and SHA-256. */
import { afterAll, expect, test } from 'vitest';
import { authorised } from '../../test/support/network.ts';
import { macLimits, macSchemes, performMac } from '../index.ts';
import { createMacNetwork } from './support/custodians.ts';
import { expectMacs } from './support/lengths.ts';

const network = createMacNetwork();
afterAll(() => network.close());

test.each(macSchemes.filter(({ hash }) => hash.wordBits === 32))('$scheme', async (scheme) => {
  await expectMacs(network, scheme, [0, 1, 55, 56, 64, 119, 120]);
});

test('who overwrites a MAC before the last custodian has answered has nobody accused', async () => {
  const key = await network.bringIn('hmac-sha-256', new Uint8Array(32));
  const third = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  let answers = 0;
  network.tamper = async (_custodian, kind, reply) => {
    if (kind !== 'mac.run') return reply;
    answers += 1;
    if (answers < 3) return reply;
    await third.promise;
    setImmediate(answered.resolve);
    return reply;
  };
  const task = { kind: 'mac', handle: key.handle, message: Buffer.from('message') } as const;
  const mac = await performMac(network.custodians, key, authorised(task));
  mac.fill(0);
  third.resolve();
  await answered.promise;
  network.tamper = undefined;
  expect(network.accused).toEqual(new Map());
});

test('the longest message, and none that is longer', async () => {
  const { messageBytesMax } = macLimits;
  const [, scheme] = macSchemes;
  await expectMacs(network, scheme, [messageBytesMax]);
  const key = await network.bringIn(scheme.scheme, new Uint8Array(32));
  const longer = async () => network.mac(key, new Uint8Array(messageBytesMax + 1));
  await expect(longer()).rejects.toThrow(RangeError);
});
