/**
 * A custodian is lost while keys are being refreshed, after any message of it: what the others have on their disks is in part from the one that is
 * gone, signed and sealed with keys that count no more. Nobody is accused for it, and no key is lost.
 */
import { afterEach, expect, test } from 'vitest';
import type { KeyScheme } from '../../../../api/index.ts';
import { type Cluster, random, until, untilReady } from '../../custodian/test/support/cluster.ts';
import { allow } from '../../custodian/test/support/toy-authority.ts';
import { ThresholdAbort } from '../../errors.ts';
import type { Custodians } from '../../party.ts';
import { testKey2048 } from '../../rsa/test/support/test-keys.ts';
import { learnCommon, schemeRows } from '../../schemes.ts';
import { createKey, startWithKeys, type TestKey, useKey } from './keys.ts';

const open: Cluster[] = [];
afterEach(async () => {
  for (const cluster of open.splice(0)) await cluster.close();
});

const lost = 2;

/** A coordinator that ends after so many messages. The one that will be lost is asked before others, so that its part is in all. */
function endingAfter(messages: number, custodians: Custodians): Custodians {
  let left = messages;
  const take = (custodian: number): void => {
    left -= 1;
    if (left < 0) throw new ThresholdAbort('unavailable', custodian, 'the coordinator ended');
  };
  return {
    committee: custodians.committee,
    random: custodians.random,
    available: () => [lost, 1, 3, 4],
    async ask(custodian, ...request) {
      take(custodian);
      return custodians.ask(custodian, ...request);
    },
    async deliver(custodian, ...letter) {
      take(custodian);
      await custodians.deliver(custodian, ...letter);
    },
    accuse: custodians.accuse.bind(custodians),
    verify: custodians.verify.bind(custodians),
  };
}

async function newKey({ custody }: Cluster, scheme: KeyScheme): Promise<TestKey> {
  if (scheme !== 'rsa-2048') return createKey(custody, scheme);
  const task = { kind: 'import', handle: Uint8Array.from(random.bytes(16)), scheme } as const;
  const material = Uint8Array.from(testKey2048);
  const { output } = await custody.perform(task, allow(task), { material });
  return { handle: task.handle, scheme, publicKey: output };
}

/** Messages of a whole refresh, of four custodians; broken off after every one, or every second. */
const counts: readonly (readonly [KeyScheme, number, step: number])[] = [
  ['dprf-ristretto255', 20, 1],
  ['hmac-sha-256', 16, 2],
  ['rsa-2048', 14, 2],
];

test.each(counts)(
  '%s',
  async (scheme, messages, step) => {
    const one = await startWithKeys();
    open.push(one);
    await untilReady(one.custody, 4);
    const row = schemeRows.find((each) => each.scheme === scheme)!;
    const keys: TestKey[] = [];
    const expected: (string | undefined)[] = [];
    let ended = 0;
    for (let count = messages; count > 0; count -= step) {
      const key = await newKey(one, scheme);
      keys.push(key);
      expected.push(await useKey(one.custody, key));
      const { custodians } = one.custody;
      const common = await learnCommon(custodians, key.handle);
      try {
        await row.refresh(endingAfter(count, custodians), common);
      } catch (error) {
        expect(error).toBeInstanceOf(ThresholdAbort);
        ended += 1;
      }
    }
    expect(ended).toBeGreaterThan(3);
    await one.replace(lost);
    await until(() => one.custody.upkeep.status().replacement === undefined);
    await untilReady(one.custody, 4);
    expect(one.custody.upkeep.status().pass).toMatchObject({ keys: keys.length, failed: 0 });
    expect(await Promise.all(keys.map((key) => useKey(one.custody, key)))).toEqual(expected);
    expect((await one.custody.status()).custodians.map(({ state }) => state)).toEqual(Array(4).fill('ready'));
    expect(one.reports).toEqual([]);
  },
  60_000,
);
