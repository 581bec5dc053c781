import { describe, expect, it } from 'vitest';
import { createFieldKey, handlers as keyHandlers } from '../../dkg/index.ts';
import {
  corrupt,
  dealWrongly,
  entriesOf,
  expectKey,
  handleOf,
  schemes,
  sharesOf,
} from '../../dkg/test/support.ts';
import { ThresholdAbort } from '../../errors.ts';
import { dealFieldKey } from '../../test/support/deal.ts';
import { authorised, createNetwork } from '../../test/support/network.ts';
import { handlers, recoverFieldKey, refreshFieldKey } from '../index.ts';

const all = [...keyHandlers, ...handlers];

async function lost(lacking: readonly number[], n = 4, t = 1, scheme = schemes[0]!) {
  const network = createNetwork(all, n, t);
  const { key } = await dealFieldKey(network, scheme);
  const before = await sharesOf(network, key.handle);
  for (const index of lacking) await network.parties[index - 1]!.keys.remove(key.handle);
  return { network, key, before };
}

it.each(schemes)('gives back the very share that was lost: %s', async (scheme) => {
  const { network, key, before } = await lost([3], 4, 1, scheme);
  await recoverFieldKey(network.custodians, key, [3]);
  expect(await sharesOf(network, key.handle)).toEqual(before);
  expect(entriesOf(network, 3)).toBe(1);
});

it('gives back two of seven, with two others away', async () => {
  const { network, key, before } = await lost([2, 5], 7, 2);
  network.down.add(1);
  network.down.add(7);
  await recoverFieldKey(network.custodians, key, [2, 5]);
  expect(await sharesOf(network, key.handle)).toEqual(before);
});

it('does nothing for who has its share', async () => {
  const { network, key, before } = await lost([]);
  await recoverFieldKey(network.custodians, key, [1, 2, 3, 4]);
  expect(await sharesOf(network, key.handle)).toEqual(before);
  expect(network.asked.has('recover.deal')).toBe(false);
});

it('gives nothing to who does not answer, and nothing when too few hold the key', async () => {
  const away = await lost([3]);
  away.network.down.add(3);
  const none = recoverFieldKey(away.network.custodians, away.key, [3]);
  await expect(none).rejects.toMatchObject({ reason: 'unavailable' });
  const few = await lost([1, 2, 3]);
  const some = recoverFieldKey(few.network.custodians, few.key, [3]);
  await expect(some).rejects.toMatchObject({ reason: 'unavailable' });
});

it('shows no share to the coordinator', async () => {
  const { network, key, before } = await lost([3]);
  const seen: Buffer[] = [];
  network.tamper = (_, __, reply, body) => {
    seen.push(Buffer.from(reply), Buffer.from(body));
    return reply;
  };
  await recoverFieldKey(network.custodians, key, [3]);
  for (const { secret } of before.values()) {
    expect(Buffer.concat(seen).includes(Buffer.from(secret))).toBe(false);
  }
});

it('shows to who lacks its share no share of a helper', async () => {
  const { network, key, before } = await lost([3]);
  const opened: Buffer[] = [];
  corrupt(network, 3, ({ open }) => ({
    open(...sealed) {
      const plain = open(...sealed);
      opened.push(Buffer.from(plain));
      return plain;
    },
  }));
  await recoverFieldKey(network.custodians, key, [3]);
  expect(opened).toHaveLength(2);
  for (const { secret } of before.values()) {
    expect(opened.some((plain) => plain.equals(Buffer.from(secret)))).toBe(false);
  }
});

it('brings a custodian to the generation that others have, and rids it of the old', async () => {
  const { network, key } = await lost([]);
  network.down.add(4);
  const next = await refreshFieldKey(network.custodians, key);
  // Its mail is lost.
  network.mail.splice(0);
  network.down.clear();
  await recoverFieldKey(network.custodians, next, [4]);
  await expectKey(network, next, [1, 2, 3, 4]);
  for (const { me } of network.parties) expect(entriesOf(network, me)).toBe(1);
});

it('mends a custodian that finished another creation of the same key than all others', async () => {
  const { network, key } = await lost([]);
  const other = await dealFieldKey(network, 'dprf-ristretto255');
  const share = (await network.parties[1]!.keys.get(other.key.handle))!;
  await network.parties[1]!.keys.put({ ...share, handle: key.handle });
  await recoverFieldKey(network.custodians, key, [2]);
  await expectKey(network, key, [1, 2, 3, 4]);
});

it('does not let fewer than n - t replace a share of the same generation', async () => {
  const { network, key } = await lost([]);
  const other = await dealFieldKey(network, 'dprf-ristretto255');
  for (const index of [1, 2]) {
    const share = (await network.parties[index - 1]!.keys.get(other.key.handle))!;
    await network.parties[index - 1]!.keys.put({ ...share, handle: key.handle });
  }
  const before = await sharesOf(network, key.handle);
  const asked = recoverFieldKey(network.custodians, key, [1]);
  await expect(asked).rejects.toBeInstanceOf(ThresholdAbort);
  expect(await sharesOf(network, key.handle)).toEqual(before);
});

it('gives a share to who was absent when a key was imported or its mail was lost', async () => {
  const network = createNetwork(all);
  network.down.add(1);
  const task = authorised({ kind: 'create', handle: handleOf(network), scheme: 'frost-ed25519' });
  const key = await createFieldKey(network.custodians, task);
  network.mail.splice(0);
  network.down.clear();
  await recoverFieldKey(network.custodians, key, [1]);
  await expectKey(network, key, [1, 2, 3, 4]);
});

describe.each(['recover.deal', 'recover.blind'])('a helper that fails at %s', (kind) => {
  it.each([
    [
      'silence',
      (): never => {
        throw new ThresholdAbort('unavailable', 2, 'no answer');
      },
    ],
    ['nothing', () => new Uint8Array(0)],
    ['noise', () => new Uint8Array(200).fill(0xff)],
    ['a changed signature', (reply: Uint8Array) => Buffer.concat([reply.subarray(0, -1), Uint8Array.of(0)])],
  ])('with %s is replaced', async (_, change) => {
    const { network, key, before } = await lost([3]);
    network.tamper = (custodian, asked, reply) =>
      custodian === 2 && asked === kind ? change(Uint8Array.from(reply).fill(reply.at(-1)! ^ 1, -1)) : reply;
    await recoverFieldKey(network.custodians, key, [3]);
    expect(await sharesOf(network, key.handle)).toEqual(before);
  });
});

describe('a helper', () => {
  it('that deals a wrong value to another has to reveal the right one', async () => {
    const { network, key, before } = await lost([3]);
    dealWrongly(network, 2, [1]);
    await recoverFieldKey(network.custodians, key, [3]);
    expect(await sharesOf(network, key.handle)).toEqual(before);
    expect(network.asked.get('dealing.reveal')).toBe(1);
  });

  it('that blinds another share than its own is named when it reveals that', async () => {
    const { network, key, before } = await lost([3]);
    // Its store has a share that is none: what it seals and what it reveals are wrong alike.
    const share = before.get(2)!;
    await network.parties[1]!.keys.put({ ...share, secret: before.get(1)!.secret });
    await recoverFieldKey(network.custodians, key, [3]);
    expect((await sharesOf(network, key.handle)).get(3)).toEqual(before.get(3));
    expect([...network.accused.keys()]).toEqual([2]);
  });

  it('that replays its answers of another recovery is named', async () => {
    for (const kind of ['recover.deal', 'recover.blind']) {
      const { network, key, before } = await lost([3]);
      let first: Uint8Array | undefined;
      network.tamper = (custodian, asked, reply) =>
        custodian === 2 && asked === kind ? (first ??= reply) : reply;
      await recoverFieldKey(network.custodians, key, [3]);
      expect(network.accused.size).toBe(0);
      await network.parties[2]!.keys.remove(key.handle);
      await recoverFieldKey(network.custodians, key, [3]);
      expect(await sharesOf(network, key.handle)).toEqual(before);
      expect([...network.accused.keys()]).toEqual([2]);
    }
  });
});

it('fails when who lacks its share complains without end, and names it', async () => {
  const { network, key } = await lost([3]);
  let first: Uint8Array | undefined;
  network.tamper = (custodian, kind, reply) =>
    custodian === 3 && kind === 'recover.take' ? (first ??= reply) : reply;
  corrupt(network, 3, ({ open }) => ({
    open(...sealed) {
      return open(...sealed).fill(1);
    },
  }));
  await expect(recoverFieldKey(network.custodians, key, [3])).rejects.toMatchObject({
    reason: 'unavailable',
  });
  expect([...network.accused.keys()]).toEqual([3]);
});
