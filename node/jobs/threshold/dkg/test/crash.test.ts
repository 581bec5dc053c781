/** What is left when a custodian or the coordinator stops between two messages, and what the same call makes of it. */
import { describe, expect, it } from 'vitest';
import { ThresholdAbort } from '../../errors.ts';
import { authorised, createNetwork, type Network } from '../../test/support/network.ts';
import { createFieldKey, handlers, learnCommon } from '../index.ts';
import { entriesOf, expectKey, handleOf, sharesOf } from './support.ts';

function create(network: Network, handle: Uint8Array) {
  const task = authorised({ kind: 'create', handle, scheme: 'dprf-ristretto255' });
  return createFieldKey(network.custodians, task);
}

class Crash extends Error {}

/** The coordinator stops when so many answers to messages of this kind have come. */
function crashAfter(network: Network, kind: string, answers: number): void {
  let seen = 0;
  network.tamper = (_, asked, reply) => {
    if (asked === kind && (seen += 1) > answers) throw new Crash('the coordinator stops');
    return reply;
  };
}

/** Custodians that a message did not reach before the coordinator stopped. */
function unreached(network: Network, kind: string, indices: readonly number[]): void {
  const { ask } = network.custodians;
  (network.custodians as { ask: typeof ask }).ask = async (custodian, asked, body, options) => {
    if (asked === kind && indices.includes(custodian)) throw new Crash('the coordinator stops');
    return ask(custodian, asked, body, options);
  };
}

describe.each(['dkg.commit', 'dkg.open', 'dkg.confirm', 'key.finish'])(
  'the coordinator stops at %s',
  (kind) => {
    it.each([0, 1, 2, 3])('with %i answers, and the same call makes one key', async (answers) => {
      const network = createNetwork(handlers);
      const handle = handleOf(network);
      crashAfter(network, kind, answers);
      await expect(create(network, handle)).rejects.toThrow(Crash);
      network.tamper = undefined;
      const before = await sharesOf(network, handle);
      if (kind !== 'key.finish') expect(before.size).toBe(0);
      const key = await create(network, handle);
      for (const share of before.values()) expect(share.common).toEqual(key.common);
      await expectKey(network, key, [1, 2, 3, 4]);
      for (const { me } of network.parties) expect(entriesOf(network, me)).toBe(1);
      expect(await learnCommon(network.custodians, handle)).toEqual(key);
    });
  },
);

it('completes a key that one custodian uses already, without the one that never heard of it', async () => {
  const network = createNetwork(handlers);
  const { ask } = network.custodians;
  const handle = handleOf(network);
  network.down.add(4);
  unreached(network, 'key.finish', [2, 3]);
  await expect(create(network, handle)).rejects.toThrow(Crash);
  const [first] = (await sharesOf(network, handle)).values();
  expect((await sharesOf(network, handle)).size).toBe(1);
  await expect(learnCommon(network.custodians, handle)).rejects.toMatchObject({ reason: 'unknown-key' });
  (network.custodians as { ask: typeof ask }).ask = ask;
  network.down.clear();
  const key = await create(network, handle);
  expect(key.common).toEqual(first!.common);
  await expectKey(network, key, [1, 2, 3]);
});

it('makes another key when too few confirmed the first', async () => {
  const network = createNetwork(handlers);
  const { ask } = network.custodians;
  const handle = handleOf(network);
  unreached(network, 'dkg.confirm', [2, 3]);
  await expect(create(network, handle)).rejects.toThrow(Crash);
  (network.custodians as { ask: typeof ask }).ask = ask;
  expect(entriesOf(network, 1)).toBe(1);
  expect(entriesOf(network, 2)).toBe(0);
  await expectKey(network, await create(network, handle), [1, 2, 3, 4]);
  expect(entriesOf(network, 1)).toBe(1);
});

it('is done by the others when a custodian stops, and that one completes with its mail', async () => {
  const network = createNetwork(handlers);
  // It confirmed, so its share is on the disk.
  network.tamper = (custodian, kind, reply) => {
    if (custodian === 3 && kind === 'dkg.confirm') network.down.add(3);
    return reply;
  };
  const handle = handleOf(network);
  const key = await create(network, handle);
  await expectKey(network, key, [1, 2, 4]);
  expect(await network.parties[2]!.keys.get(handle)).toBeUndefined();
  expect(entriesOf(network, 3)).toBe(1);
  network.down.clear();
  await network.deliverMail();
  await expectKey(network, key, [1, 2, 3, 4]);
  expect(entriesOf(network, 3)).toBe(1);
});

it.each(['put', 'remove'] as const)('survives that a custodian stops when it wants to %s', async (step) => {
  for (const at of [0, 1]) {
    const network = createNetwork(handlers);
    const { keys } = network.parties[1]!;
    const whole = keys[step].bind(keys) as (what: never) => Promise<void>;
    let seen = 0;
    keys[step] = async (what: never) => {
      if ((seen += 1) > at) throw new ThresholdAbort('unavailable', 2, 'it stops');
      return whole(what);
    };
    const handle = handleOf(network);
    const key = await create(network, handle);
    keys[step] = whole;
    await network.deliverMail();
    const again = await create(network, handle);
    expect(again).toEqual(key);
    await expectKey(network, key, [1, 3, 4]);
    const share = (await sharesOf(network, handle)).get(2);
    if (share !== undefined) await expectKey(network, key, [1, 2, 3, 4]);
  }
});
