import { describe, expect, it } from 'vitest';
import { MessageWriter } from '../../codec.ts';
import { handlers as keyHandlers, learnCommon } from '../../dkg/index.ts';
import { signStatement, writeKey } from '../../dkg/key-statement.ts';
import { corrupt, dealWrongly, entriesOf, expectKey, schemes, sharesOf } from '../../dkg/test/support.ts';
import { ThresholdAbort } from '../../errors.ts';
import { fieldKeyOf, shareScalarOf } from '../../sharing/field-key.ts';
import { interpolate } from '../../sharing/shamir.ts';
import { dealFieldKey } from '../../test/support/deal.ts';
import { createNetwork, type Network } from '../../test/support/network.ts';
import { handlers, recoverFieldKey, refreshFieldKey } from '../index.ts';

const all = [...keyHandlers, ...handlers];

async function dealt(n = 4, t = 1, scheme: (typeof schemes)[number] = 'dprf-ristretto255') {
  const network = createNetwork(all, n, t);
  return { network, ...(await dealFieldKey(network, scheme)) };
}

function silent(): never {
  throw new ThresholdAbort('unavailable', 2, 'it does not answer');
}

it.each(schemes)('gives every custodian another share of the same key: %s', async (scheme) => {
  const { network, key, secret } = await dealt(4, 1, scheme);
  const before = await sharesOf(network, key.handle);
  const next = await refreshFieldKey(network.custodians, key);
  expect(next.generation).toBe(1);
  expect(fieldKeyOf(next).publicKey).toEqual(fieldKeyOf(key).publicKey);
  expect(await expectKey(network, next, [1, 2, 3, 4])).toBe(secret);
  const after = await sharesOf(network, key.handle);
  for (const { me } of network.parties) {
    expect(after.get(me)!.secret).not.toEqual(before.get(me)!.secret);
    expect(entriesOf(network, me)).toBe(1);
  }
  expect(await learnCommon(network.custodians, key.handle)).toEqual(next);
});

it('leaves old shares that go with none of the new', async () => {
  const { network, key, secret, group } = await dealt();
  const before = await sharesOf(network, key.handle);
  await refreshFieldKey(network.custodians, key);
  const after = await sharesOf(network, key.handle);
  for (const old of [1, 2, 3, 4]) {
    for (const index of [1, 2, 3, 4].filter((one) => one !== old)) {
      const mixed = new Map([
        [old, shareScalarOf(before.get(old)!)],
        [index, shareScalarOf(after.get(index)!)],
      ]);
      expect(interpolate(mixed, group.order)).not.toBe(secret);
    }
  }
});

it('works with seven custodians of which two are away, which switch when they are back', async () => {
  const { network, key, secret } = await dealt(7, 2, 'ecdsa-secp256k1');
  network.down.add(2);
  network.down.add(7);
  const next = await refreshFieldKey(network.custodians, key);
  expect(await expectKey(network, next, [1, 3, 4, 5, 6])).toBe(secret);
  await expectKey(network, key, [2, 7]).catch(() => undefined);
  expect((await sharesOf(network, key.handle)).get(2)).toMatchObject({ generation: 0 });
  network.down.clear();
  await network.deliverMail();
  expect(await expectKey(network, next, [1, 2, 3, 4, 5, 6, 7])).toBe(secret);
  for (const { me } of network.parties) expect(entriesOf(network, me)).toBe(1);
});

it('can be done again and again', async () => {
  const { network, key, secret } = await dealt();
  let latest = key;
  for (const generation of [1, 2, 3]) {
    network.down.clear();
    await network.deliverMail();
    network.down.add(generation);
    latest = await refreshFieldKey(network.custodians, latest);
    expect(latest.generation).toBe(generation);
  }
  network.down.clear();
  await network.deliverMail();
  expect(await expectKey(network, latest, [1, 2, 3, 4])).toBe(secret);
});

it('is not done for a key of another generation', async () => {
  const { network, key } = await dealt();
  const next = await refreshFieldKey(network.custodians, key);
  // Who asks with what it knew learns what came of it.
  expect(await refreshFieldKey(network.custodians, key)).toEqual(next);
  const unknown = { ...next, generation: 5 };
  await expect(refreshFieldKey(network.custodians, unknown)).rejects.toBeInstanceOf(ThresholdAbort);
});

describe.each(['refresh.deal', 'refresh.confirm', 'key.finish'])('a custodian that fails at %s', (kind) => {
  it.each([
    ['silence', silent],
    ['nothing', () => new Uint8Array(0)],
    ['noise', () => new Uint8Array(100).fill(0xff)],
  ])('with %s is done without', async (_, change) => {
    const { network, key, secret } = await dealt();
    network.tamper = (custodian, asked, reply) => (custodian === 2 && asked === kind ? change() : reply);
    const next = await refreshFieldKey(network.custodians, key);
    expect(await expectKey(network, next, [1, 3, 4])).toBe(secret);
  });
});

describe('a dealer', () => {
  it('that deals a wrong share to one has to reveal the right one', async () => {
    const { network, key, secret } = await dealt();
    dealWrongly(network, 2, [3]);
    const next = await refreshFieldKey(network.custodians, key);
    expect(await expectKey(network, next, [1, 2, 3, 4])).toBe(secret);
    expect(network.asked.get('dealing.reveal')).toBe(1);
  });

  it('that deals wrong shares to several is named', async () => {
    const { network, key, secret } = await dealt();
    dealWrongly(network, 2, [3, 4]);
    const next = await refreshFieldKey(network.custodians, key);
    expect(await expectKey(network, next, [1, 3, 4])).toBe(secret);
    expect([...network.accused.keys()]).toEqual([2]);
  });

  it('that shares something else than zero is found: its shares do not fit', async () => {
    const { network, key, secret, group } = await dealt();
    corrupt(network, 2, ({ seal }) => ({
      // A polynomial with 1 at 0: every share is 1 more.
      seal: (to, purpose, context, plain) =>
        seal(to, purpose, context, group.encodeScalar((group.decodeScalar(plain) + 1n) % group.order)),
    }));
    const next = await refreshFieldKey(network.custodians, key);
    expect(await expectKey(network, next, [1, 3, 4])).toBe(secret);
    expect([...network.accused.keys()]).toEqual([2]);
  });

  it('that sends the dealing of another session is named', async () => {
    const { network, key } = await dealt();
    let first: Uint8Array | undefined;
    network.tamper = (custodian, kind, reply) =>
      custodian === 2 && kind === 'refresh.deal' ? (first ??= reply) : reply;
    const next = await refreshFieldKey(network.custodians, key);
    expect(network.accused.size).toBe(0);
    const last = await refreshFieldKey(network.custodians, next);
    await expectKey(network, last, [1, 3, 4]);
    expect([...network.accused.keys()]).toEqual([2]);
  });
});

it('is not stopped by a custodian that claims a generation far ahead', async () => {
  for (const generation of [2 ** 32 - 1, 2 ** 50]) {
    const { network, key, secret } = await dealt();
    network.tamper = (custodian, kind, reply) => {
      if (custodian !== 2 || kind !== 'key.common') return reply;
      const claimed = { ...key, generation };
      const writer = new MessageWriter().bytes(reply).u8(1);
      writeKey(writer, claimed);
      return writer.bytes(signStatement(network.parties[1]!, 'confirmed', claimed)).done();
    };
    const next = await refreshFieldKey(network.custodians, key);
    expect(next.generation).toBeLessThanOrEqual(1024);
    expect(await expectKey(network, next, [1, 3, 4])).toBe(secret);
    const last = await refreshFieldKey(network.custodians, next);
    expect(await expectKey(network, last, [1, 3, 4])).toBe(secret);
  }
});

class Crash extends Error {}

/** The coordinator stops before custodians in the list get a message of this kind. */
function stopBefore(network: Network, kind: string, indices: readonly number[]): () => void {
  const { custodians } = network as { custodians: { ask: Network['custodians']['ask'] } };
  const { ask } = custodians;
  custodians.ask = async (custodian, asked, body, options) => {
    if (asked === kind && indices.includes(custodian)) throw new Crash('the coordinator stops');
    return ask(custodian, asked, body, options);
  };
  return () => {
    custodians.ask = ask;
  };
}

describe.each(['refresh.deal', 'refresh.confirm', 'key.finish', 'key.settle'])(
  'the coordinator stops at %s',
  (kind) => {
    it.each([[[1, 2, 3, 4]], [[2, 3, 4]], [[3, 4]], [[4]]])(
      'before custodians %j, and the next refresh mends it',
      async (indices) => {
        const { network, key, secret } = await dealt();
        const again = stopBefore(network, kind, indices);
        await expect(refreshFieldKey(network.custodians, key)).rejects.toThrow(Crash);
        again();
        const known = await learnCommon(network.custodians, key.handle);
        let next = await refreshFieldKey(network.custodians, known);
        // As for any custodian that is found to lag.
        await recoverFieldKey(network.custodians, next, [1, 2, 3, 4]);
        expect(await expectKey(network, next, [1, 2, 3, 4])).toBe(secret);
        next = await refreshFieldKey(network.custodians, next);
        expect(await expectKey(network, next, [1, 2, 3, 4])).toBe(secret);
        for (const { me } of network.parties) expect(entriesOf(network, me)).toBe(1);
      },
    );
  },
);

it('keeps the key when a hostile coordinator finishes two refreshes at one custodian each', async () => {
  const { network, key, secret } = await dealt();
  network.down.add(4);
  let again = stopBefore(network, 'key.finish', [2, 3]);
  await expect(refreshFieldKey(network.custodians, key)).rejects.toThrow(Crash);
  again();
  // Custodian 1 moved on. The next is made by the others, and finished at 2 alone.
  network.down.clear();
  network.down.add(1);
  again = stopBefore(network, 'key.finish', [3, 4]);
  await expect(refreshFieldKey(network.custodians, key)).rejects.toThrow(Crash);
  again();
  network.down.clear();
  const shares = await sharesOf(network, key.handle);
  expect(shares.get(1)!.generation).not.toBe(shares.get(2)!.generation);
  expect(shares.get(1)!.generation).not.toBe(0);
  expect(shares.get(3)!.generation).toBe(0);
  const next = await refreshFieldKey(network.custodians, key);
  const holders = [...(await sharesOf(network, key.handle))].filter(
    ([, { generation }]) => generation === next.generation,
  );
  expect(holders.length).toBeGreaterThanOrEqual(3);
  await recoverFieldKey(network.custodians, next, [1, 2, 3, 4]);
  expect(await expectKey(network, next, [1, 2, 3, 4])).toBe(secret);
});
