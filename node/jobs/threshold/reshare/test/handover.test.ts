import { describe, expect, it } from 'vitest';
import { createPooledRandom } from '../../../../crypto/random.ts';
import type { Committee } from '../../committee.ts';
import { handlers as keyHandlers, learnCommon } from '../../dkg/index.ts';
import { corrupt, entriesOf, expectKey, sharesOf } from '../../dkg/test/support.ts';
import { ThresholdAbort } from '../../errors.ts';
import { type IdentitySeeds, memberOf, openIdentity, StatementVerifier } from '../../identity.ts';
import type { Handler, KeyCommon, KeyShares, Party, PartyIdentity } from '../../party.ts';
import { fieldKeyOf, groupOf } from '../../sharing/field-key.ts';
import { dealFieldKey } from '../../test/support/deal.ts';
import { createNetwork, MemoryShares, type Network } from '../../test/support/network.ts';
import {
  handlers,
  handOverFieldKey,
  handoverCommittee,
  joiningHandlers,
  leavingHandlers,
  refreshFieldKey,
} from '../index.ts';

const random = createPooledRandom();

/** A process: its keys and its store, whatever committees it is in. */
interface Machine {
  readonly seeds: IdentitySeeds;
  readonly keys: KeyShares;
}

function machine(): Machine {
  return { seeds: { signing: random.bytes(32), sealing: random.bytes(32) }, keys: new MemoryShares() };
}

function committeeOf(machines: readonly Machine[], threshold: number, epoch: number): Committee {
  const members = machines.map(({ seeds }, at) => memberOf(at + 1, seeds));
  return { epoch, threshold, members };
}

interface Change {
  readonly old: Network;
  readonly next: Network;
  /** Identities in the handover, old ones first. */
  readonly identities: PartyIdentity[];
}

function change(from: readonly Machine[], t: number, to: readonly Machine[], nextT: number): Change {
  const plan = { from: committeeOf(from, t, 3), to: committeeOf(to, nextT, 4) };
  const both = handoverCommittee(plan);
  const identities = [...from, ...to].map(({ seeds }, at) => openIdentity(at + 1, seeds, both, random));
  const old = networkOf(from, plan.from, ({ me }) => leavingHandlers(plan, identities[me - 1]!));
  const next = networkOf(to, plan.to, ({ me }) => joiningHandlers(plan, identities[from.length + me - 1]!));
  return { old, next, identities };
}

function networkOf(
  machines: readonly Machine[],
  committee: Committee,
  handlersOf: (party: Party) => readonly Handler[],
): Network {
  const any = handlersOf({ me: 1 } as Party);
  const own = any.map(
    (handler, at): Handler => ({
      ...handler,
      handle: (party, request) => handlersOf(party)[at]!.handle(party, request),
    }),
  );
  const network = createNetwork([...keyHandlers, ...handlers, ...own], machines.length, committee.threshold);
  const statements = new StatementVerifier(committee);
  Object.assign(network.custodians, {
    committee,
    verify: (...said: Parameters<StatementVerifier['verify']>) => statements.verify(...said),
  });
  for (const [at, party] of network.parties.entries()) {
    const { seeds, keys } = machines[at]!;
    Object.assign(party, { committee, keys, identity: openIdentity(at + 1, seeds, committee, random) });
  }
  return network;
}

const machines = (count: number): Machine[] => Array.from({ length: count }, machine);

function handOver({ old, next }: Change, key: KeyCommon): Promise<KeyCommon> {
  return handOverFieldKey(old.custodians, next.custodians, key);
}

it.each([
  ['dprf-ristretto255', 4, 1, 4, 1],
  ['frost-ed25519', 4, 1, 7, 2],
  ['ecdsa-secp256k1', 7, 2, 4, 1],
  ['ecdsa-p256', 4, 1, 10, 3],
  ['ecdsa-p384', 4, 1, 4, 1],
  ['ecdsa-p521', 4, 1, 4, 1],
] as const)('hands a key of %s from %i (t = %i) to %i others (t = %i)', async (scheme, n, t, n2, t2) => {
  const both = change(machines(n), t, machines(n2), t2);
  const { key, secret } = await dealFieldKey(both.old, scheme);
  const handed = await handOver(both, key);
  const holders = both.next.parties.map(({ me }) => me);
  expect(await expectKey(both.next, handed, holders)).toBe(secret);
  expect(fieldKeyOf(handed).publicKey).toEqual(fieldKeyOf(key).publicKey);
  for (const me of holders) expect(entriesOf(both.next, me)).toBe(1);
  expect((await sharesOf(both.old, key.handle)).size).toBe(0);
  expect(await learnCommon(both.next.custodians, key.handle)).toEqual(handed);
  const fresh = await refreshFieldKey(both.next.custodians, handed);
  expect(await expectKey(both.next, fresh, holders)).toBe(secret);
});

it('puts another member behind one index, and leaves the others their stores', async () => {
  const from = machines(4);
  const to = [...from.slice(0, 2), machine(), from[3]!];
  const both = change(from, 1, to, 1);
  const { key, secret } = await dealFieldKey(both.old, 'dprf-ristretto255');
  const handed = await handOver(both, key);
  expect(await expectKey(both.next, handed, [1, 2, 3, 4])).toBe(secret);
  expect(await from[2]!.keys.get(key.handle)).toBeUndefined();
  for (const { me } of both.next.parties) expect(entriesOf(both.next, me)).toBe(1);
});

it('works with one away in each committee, who does its part when it is back', async () => {
  const both = change(machines(4), 1, machines(4), 1);
  const { key, secret } = await dealFieldKey(both.old, 'dprf-ristretto255');
  both.old.down.add(1);
  both.next.down.add(4);
  const handed = await handOver(both, key);
  expect(await expectKey(both.next, handed, [1, 2, 3])).toBe(secret);
  expect([...(await sharesOf(both.old, key.handle)).keys()]).toEqual([1]);
  for (const network of [both.old, both.next]) {
    network.down.clear();
    await network.deliverMail();
  }
  expect(await expectKey(both.next, handed, [1, 2, 3, 4])).toBe(secret);
  expect((await sharesOf(both.old, key.handle)).size).toBe(0);
});

it('leaves the old committee its key when too few new ones take part', async () => {
  const both = change(machines(4), 1, machines(4), 1);
  const { key, secret } = await dealFieldKey(both.old, 'dprf-ristretto255');
  both.next.down.add(3);
  both.next.down.add(4);
  await expect(handOver(both, key)).rejects.toMatchObject({ reason: 'unavailable' });
  expect(await expectKey(both.old, key, [1, 2, 3, 4])).toBe(secret);
  expect((await sharesOf(both.next, key.handle)).size).toBe(0);
  both.next.down.clear();
  expect(await expectKey(both.next, await handOver(both, key), [1, 2, 3, 4])).toBe(secret);
});

it('erases nothing at old custodians without n - t of the new that hold the key', async () => {
  const both = change(machines(4), 1, machines(4), 1);
  const { key } = await dealFieldKey(both.old, 'dprf-ristretto255');
  let last: Uint8Array | undefined;
  both.old.tamper = (_, kind, reply, body) => {
    if (kind === 'handover.leave') last = Uint8Array.from(body);
    return reply;
  };
  await handOver(both, key);
  const { key: other } = await dealFieldKey(both.old, 'dprf-ristretto255');
  const asked = both.old.custodians.ask(1, 'handover.leave', last!.subarray(0, -1));
  await expect(asked).rejects.toBeInstanceOf(ThresholdAbort);
  await both.old.custodians.ask(1, 'handover.leave', last!);
  expect((await sharesOf(both.old, other.handle)).size).toBe(4);
});

describe('an old custodian', () => {
  it('that shares something else than its share is named, and replaced', async () => {
    const both = change(machines(4), 1, machines(4), 1);
    const { key, secret } = await dealFieldKey(both.old, 'dprf-ristretto255');
    const { keys } = both.old.parties[1]!;
    const share = (await keys.get(key.handle))!;
    await keys.put({ ...share, secret: groupOf(share.scheme).encodeScalar(5n) });
    const handed = await handOver(both, key);
    expect(await expectKey(both.next, handed, [1, 2, 3, 4])).toBe(secret);
    expect([...both.old.accused.keys()]).toEqual([2]);
  });

  it.each([
    [[3], 0],
    [[3, 4], 1],
  ])('that deals wrong values to new custodians %j is %i times named', async (victims, named) => {
    const both = change(machines(4), 1, machines(4), 1);
    const { key, secret } = await dealFieldKey(both.old, 'dprf-ristretto255');
    const identity = both.identities[1]!;
    const { seal } = identity;
    Object.assign(identity, {
      seal: (to: number, purpose: string, context: Uint8Array, plain: Uint8Array) =>
        seal(to, purpose, context, victims.includes(to - 4) ? new Uint8Array(32).fill(1) : plain),
    });
    const handed = await handOver(both, key);
    expect(await expectKey(both.next, handed, [1, 2, 3, 4])).toBe(secret);
    expect([...both.old.accused.keys()]).toEqual(named === 0 ? [] : [2]);
  });

  it('that is silent is replaced', async () => {
    const both = change(machines(4), 1, machines(4), 1);
    const { key, secret } = await dealFieldKey(both.old, 'dprf-ristretto255');
    both.old.tamper = (custodian, kind, reply) => {
      if (custodian === 1 && kind === 'handover.deal')
        throw new ThresholdAbort('unavailable', 1, 'no answer');
      return reply;
    };
    expect(await expectKey(both.next, await handOver(both, key), [1, 2, 3, 4])).toBe(secret);
  });
});

describe('a new custodian', () => {
  it('that signs another key is named, and done without', async () => {
    const both = change(machines(4), 1, machines(4), 1);
    const { key, secret } = await dealFieldKey(both.old, 'dprf-ristretto255');
    corrupt(both.next, 3, ({ sign }) => ({
      sign: (purpose) => sign(purpose, Buffer.from('another')),
    }));
    expect(await expectKey(both.next, await handOver(both, key), [1, 2, 4])).toBe(secret);
    expect([...both.next.accused.keys()]).toEqual([3]);
  });

  it('takes nothing on the word of fewer than t + 1 old ones', async () => {
    const both = change(machines(4), 1, machines(4), 1);
    const { key } = await dealFieldKey(both.old, 'dprf-ristretto255');
    const { custodians } = both.old;
    const seen: Uint8Array[] = [];
    both.next.tamper = (_, kind, reply, body) => {
      if (kind === 'handover.confirm') seen.push(Uint8Array.from(body));
      return reply;
    };
    await handOverFieldKey(custodians, both.next.custodians, key);
    const body = seen[0]!;
    // The statements begin behind handle, scheme, generation and what is common; a signature of each is changed.
    const start = 16 + 4 + key.scheme.length + 8 + 4 + key.common.length + 2;
    for (let at = 0; at < 4; at += 1) body[start + at * 68 + 30]! ^= 1;
    const asked = both.next.custodians.ask(1, 'handover.confirm', body);
    await expect(asked).rejects.toMatchObject({ reason: 'refused' });
  });
});
