/** A custodian that cheats, in each round of the generation of a key: named where that can be shown, and the others make the key. */
import { describe, expect, it } from 'vitest';
import { ThresholdAbort } from '../../errors.ts';
import { authorised, createNetwork, type Network } from '../../test/support/network.ts';
import { createFieldKey, handlers } from '../index.ts';
import { type Choice, hashChoice, sessionContext } from '../openings.ts';
import { corrupt, dealWrongly, expectKey, handleOf, sharesOf } from './support.ts';

function create(network: Network, handle = handleOf(network)) {
  const task = authorised({ kind: 'create', handle, scheme: 'dprf-ristretto255' });
  return createFieldKey(network.custodians, task);
}

/** Changes what custodian 2 answers to messages of this kind. */
function changing(kind: string, change: (reply: Uint8Array) => Uint8Array | Promise<Uint8Array>) {
  const network = createNetwork(handlers);
  network.tamper = (custodian, asked, reply) => (custodian === 2 && asked === kind ? change(reply) : reply);
  return network;
}

function flip(at: number) {
  return (reply: Uint8Array): Uint8Array => {
    const changed = Uint8Array.from(reply);
    changed.set([changed.at(at)! ^ 1], at < 0 ? changed.length + at : at);
    return changed;
  };
}

function silent(): never {
  throw new ThresholdAbort('unavailable', 2, 'it does not answer');
}

describe.each([
  ['key.common', 0],
  ['dkg.commit', 32],
  ['dkg.open', 32],
  ['dkg.confirm', 0],
  ['key.finish', 0],
])('a custodian that fails at %s', (kind) => {
  it('is done without when it is silent, and accused of nothing', async () => {
    const network = changing(kind, silent);
    const key = await create(network);
    await expectKey(network, key, [1, 3, 4]);
    expect(network.accused.size).toBe(0);
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['what is too long', new Uint8Array(70_000)],
    ['what has huge lengths in it', new Uint8Array(100).fill(0xff)],
  ])('is done without when it answers with %s', async (_, answer) => {
    const network = changing(kind, () => answer);
    const key = await create(network);
    await expectKey(network, key, [1, 3, 4]);
  });
});

/** Of an answer to `dkg.open`: proof (4 + 64), nonce (32), dealer (2), commitments (2 + 2 * 32), sealed (2 + 4 * 84), signature (65). */
describe.each([
  ['a proof of possession', 4 + 10],
  ['a nonce', 4 + 64 + 3],
  ['a dealer', 4 + 64 + 32 + 1],
  ['a commitment', 4 + 64 + 32 + 2 + 2 + 5],
  ['a sealed share', -65 - 20],
  ['a signature', -3],
])('an opening with another %s', (_, at) => {
  it('is found, and its dealer left out', async () => {
    const network = changing('dkg.open', flip(at));
    const key = await create(network);
    await expectKey(network, key, [1, 3, 4]);
    expect([...network.accused.keys()].filter((index) => index !== 2)).toEqual([]);
  });
});

it('names a dealer that opens another choice than it committed itself to', async () => {
  const network = changing('dkg.commit', flip(5));
  // Its own check of the list finds what the coordinator would: both stand for the same dealer.
  await expectKey(network, await create(network), [1, 3, 4]);

  const other = createNetwork(handlers);
  const opened: Uint8Array[] = [];
  other.tamper = (custodian, kind, reply) => {
    if (custodian !== 2 || kind !== 'dkg.open') return reply;
    opened.push(reply);
    return opened[0]!;
  };
  other.down.add(3);
  other.down.add(4);
  await expect(create(other)).rejects.toMatchObject({ reason: 'unavailable' });
  other.down.clear();
  const first = await create(other);
  await expectKey(other, first, [1, 2, 3, 4]);
  // The same opening in the next session: a replay.
  const second = await create(other);
  await expectKey(other, second, [1, 3, 4]);
  expect(other.accused.get(2)).toMatch(/another choice/);
});

it('names a dealer whose proof of possession is wrong though its hash fits', async () => {
  const network = createNetwork(handlers);
  const handle = handleOf(network);
  network.tamper = (custodian, kind, reply, body) => {
    if (custodian !== 2 || kind !== 'dkg.commit') return reply;
    // It chooses a proof that is none before it commits itself.
    const { rounds, committee } = network.parties[1]!;
    const id = `dkg.commit/${Buffer.from(body).toString('hex')}`;
    const state = rounds.take(id) as { choice: Choice };
    const choice = { ...state.choice, proof: flip(40)(state.choice.proof) };
    rounds.open(id, { ...state, choice });
    const session = { name: body, handle, scheme: 'dprf-ristretto255' };
    return hashChoice(sessionContext(committee, session), 2, choice);
  };
  await expectKey(network, await create(network, handle), [1, 3, 4]);
  expect([...network.accused]).toEqual([[2, 'its proof of possession is wrong']]);
});

describe('a dealer that deals a wrong share', () => {
  it.each([1, 3, 4])('to custodian %i alone, and reveals the right one, is done with', async (victim) => {
    const network = createNetwork(handlers);
    dealWrongly(network, 2, [victim]);
    const key = await create(network);
    await expectKey(network, key, [1, 2, 3, 4]);
    // The victim may have lied as well: nobody is named.
    expect(network.accused.size).toBe(0);
    expect(network.asked.get('dealing.reveal')).toBe(1);
  });

  it('to more than t custodians is named', async () => {
    const network = createNetwork(handlers);
    dealWrongly(network, 2, [1, 4]);
    const key = await create(network);
    await expectKey(network, key, [1, 3, 4]);
    expect([...network.accused]).toEqual([[2, 'it dealt wrong shares to several']]);
  });

  it.each([
    ['what is wrong', flip(3), true],
    ['zero', () => new Uint8Array(32), true],
    ['something too short', () => new Uint8Array(3), true],
    ['nothing', silent, false],
  ])('is left out when it reveals %s', async (_, reveal, named) => {
    const network = createNetwork(handlers);
    dealWrongly(network, 2, [4]);
    network.tamper = (custodian, kind, reply) =>
      custodian === 2 && kind === 'dealing.reveal' ? reveal(reply) : reply;
    await expectKey(network, await create(network), [1, 3, 4]);
    expect(network.accused.has(2)).toBe(named);
    expect(network.accused.size).toBe(named ? 1 : 0);
  });

  it('to one that is absent leaves it without a share, and nobody with a wrong one', async () => {
    const network = createNetwork(handlers);
    dealWrongly(network, 2, [4]);
    network.down.add(4);
    const key = await create(network);
    network.down.clear();
    await expect(network.deliverMail()).rejects.toMatchObject({ reason: 'unknown-key' });
    await expectKey(network, key, [1, 2, 3]);
    expect((await sharesOf(network, key.handle)).has(4)).toBe(false);
  });
});

describe('a custodian that complains of an honest dealer', () => {
  it('costs a message, and harms nobody', async () => {
    const network = createNetwork(handlers);
    corrupt(network, 2, ({ open }) => ({
      open(from, purpose, context, sealed) {
        const plain = open(from, purpose, context, sealed);
        if (from !== 2) plain.fill(1);
        return plain;
      },
    }));
    const key = await create(network);
    await expectKey(network, key, [1, 2, 3, 4]);
    expect(network.asked.get('dealing.reveal')).toBe(3);
    expect(network.accused.size).toBe(0);
  });

  it('is named when it complains of what was revealed', async () => {
    let first: Uint8Array | undefined;
    const network = changing('dkg.confirm', (reply) => (first ??= reply));
    dealWrongly(network, 3, [2]);
    await expectKey(network, await create(network), [1, 3, 4]);
    expect([...network.accused]).toEqual([[2, 'it complains of a share that is right']]);
  });

  it('gets nothing revealed for a complaint that it did not sign', async () => {
    const network = changing('dkg.confirm', () => {
      const complaint = new Uint8Array(1 + 2 + 65);
      complaint[2] = 3;
      return complaint;
    });
    await expectKey(network, await create(network), [1, 3, 4]);
    expect(network.accused.get(2)).toMatch(/did not sign/);
    expect(network.asked.get('dealing.reveal')).toBeUndefined();
  });
});

it('names a custodian that signs another key than was made', async () => {
  const network = createNetwork(handlers);
  corrupt(network, 2, ({ sign }) => ({
    sign: (purpose, message) =>
      sign(purpose, purpose === 'key/confirmed' ? Uint8Array.from(message).fill(0, -9) : message),
  }));
  await expectKey(network, await create(network), [1, 3, 4]);
  expect(network.accused.get(2)).toMatch(/another key/);
});

it('makes no key when two stories are told: each custodian signs its own', async () => {
  const network = createNetwork(handlers);
  const { custodians } = network;
  // The coordinator gives custodian 4 a transcript of its own making, of another session with the same custodians.
  const transcripts: Uint8Array[] = [];
  const ask = custodians.ask.bind(custodians);
  const lying = {
    ...custodians,
    ask: (custodian: number, kind: string, body: Uint8Array, options?: object) => {
      if (kind !== 'dkg.confirm') return ask(custodian, kind, body, options);
      transcripts.push(body);
      const earlier = transcripts[0]!;
      const changed = Buffer.concat([body.subarray(0, 16), earlier.subarray(16)]);
      return ask(custodian, kind, custodian === 4 ? changed : body, options);
    },
  };
  const task = () => authorised({ kind: 'create', handle: handleOf(network), scheme: 'ecdsa-p256' } as const);
  await createFieldKey(lying, task());
  const second = task();
  const key = await createFieldKey(lying, second);
  await expectKey(network, key, [1, 2, 3]);
  // Custodian 4 found dealers that sign nothing of the kind; that is its word alone.
  expect(network.accused.size).toBe(0);
});

it('takes no message of a session twice, and none of a session that nobody opened', async () => {
  const network = createNetwork(handlers);
  const bodies = new Map<string, Uint8Array>();
  network.tamper = (custodian, kind, reply, body) => {
    if (custodian === 1) bodies.set(kind, Uint8Array.from(body));
    return reply;
  };
  const key = await create(network);
  for (const kind of ['dkg.open', 'dkg.confirm']) {
    await expect(network.custodians.ask(1, kind, bodies.get(kind)!)).rejects.toMatchObject({
      reason: 'stale',
    });
  }
  // Its last message again changes nothing.
  await network.custodians.ask(1, 'key.finish', bodies.get('key.finish')!);
  await expectKey(network, key, [1, 2, 3, 4]);
});

it('makes nothing active without n - t statements on the same key', async () => {
  const network = createNetwork(handlers);
  const finish: Uint8Array[] = [];
  network.tamper = (_, kind, reply, body) => {
    if (kind === 'key.finish') finish.push(Uint8Array.from(body));
    return reply;
  };
  const key = await create(network);
  const shares = await sharesOf(network, key.handle);
  await network.parties[0]!.keys.remove(key.handle);
  const body = finish[0]!;
  // 16 handle, 4 + 17 scheme, 8 generation, 4 + 184 common, then the statements: a count, and 68 bytes each.
  const at = body.length - 4 * 68;
  const few = Buffer.concat([body.subarray(0, at - 1), Uint8Array.of(2), body.subarray(at, at + 2 * 68)]);
  const twice = Buffer.concat([body.subarray(0, at + 68), ...Array(3).fill(body.subarray(at, at + 68))]);
  for (const wrong of [few, twice]) {
    await expect(network.custodians.ask(1, 'key.finish', wrong)).rejects.toMatchObject({ reason: 'refused' });
  }
  expect(shares.size).toBe(4);
  expect((await sharesOf(network, key.handle)).size).toBe(3);
});
