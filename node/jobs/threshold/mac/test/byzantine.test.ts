/** A custodian that does not do as it should: the MAC comes from others, and who it was is said where that can be known. */
import { createHmac, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestClock, turns } from '../../../mpc/test/support/test-clock.ts';
import { MessageReader, MessageWriter } from '../../codec.ts';
import type { KeyCommon } from '../../party.ts';
import { authorised, type MemoryShares } from '../../test/support/network.ts';
import { macStatement } from '../handlers/run.ts';
import { macLimits, performMac } from '../index.ts';
import { createMacNetwork, type MacNetwork } from './support/custodians.ts';
import { changing, holding } from './support/liars.ts';

const material = randomBytes(32);
const message = Buffer.from('what is authenticated');
const expected = createHmac('sha256', material).update(message).digest('hex');
let network: MacNetwork;
let key: KeyCommon;

beforeEach(async () => {
  network = createMacNetwork();
  key = await network.bringIn('hmac-sha-256', material);
});
afterEach(() => network.close());

const first = 0;

function readMac(reply: Uint8Array): Buffer {
  const reader = new MessageReader(reply);
  reader.u8('kind');
  return Buffer.from(reader.field(64, 'MAC'));
}

test.each([1, 2, 3])('custodian %i gives a wrong MAC: it is accused', async (liar) => {
  network.tamper = (custodian, kind, reply) => {
    if (custodian !== liar || kind !== 'mac.run' || reply[0] !== first) return reply;
    reply[6]! ^= 1;
    return reply;
  };
  expect(await network.mac(key, message)).toBe(expected);
  await turns();
  expect([...network.accused.keys()]).toEqual([liar]);
});

test.each([1, 2, 3])('custodian %i signs for a wrong MAC: it is accused', async (liar) => {
  network.tamper = (custodian, kind, reply) => {
    if (custodian !== liar || kind !== 'mac.run' || reply[0] !== first) return reply;
    const mac = readMac(reply);
    mac[0]! ^= 1;
    const statement = macStatement(key.handle, message, mac);
    const signature = network.parties[liar - 1]!.identity.sign('mac.output', statement);
    return new MessageWriter().u8(first).field(mac).field(signature).done();
  };
  expect(await network.mac(key, message)).toBe(expected);
  await turns();
  expect([...network.accused.keys()]).toEqual([liar]);
});

test('an answer of another call is found', async () => {
  const earlier = new Map<number, Uint8Array>();
  network.tamper = (custodian, kind, reply) => {
    if (kind === 'mac.run') earlier.set(custodian, reply);
    return reply;
  };
  await network.mac(key, Buffer.from('another message'));
  network.tamper = (custodian, kind, reply) =>
    custodian === 2 && kind === 'mac.run' ? earlier.get(2)! : reply;
  expect(await network.mac(key, message)).toBe(expected);
  await turns();
  expect([...network.accused.keys()]).toEqual([2]);
});

test('an answer that never comes holds up nobody when the other two agree', async () => {
  network.tamper = (custodian, kind, reply) =>
    custodian === 3 && kind === 'mac.run' ? new Promise(() => undefined) : reply;
  expect(await network.mac(key, message)).toBe(expected);
  expect(await network.mac(key, message)).toBe(expected);
});

test.each([1, 2, 3])('custodian %i keeps a piece with another bit: others compute', async (faulty) => {
  const keys = network.parties[faulty - 1]!.keys as MemoryShares;
  const share = (await keys.get(key.handle))!;
  const secret = Uint8Array.from(share.secret);
  secret[5]! ^= 1;
  await keys.put({ ...share, secret });
  expect(await network.mac(key, message)).toBe(expected);
});

// By role: what a garbler opens, its digest, tables, and what the evaluator says the outputs are.
test.each([
  { liar: 1, said: 'openings', kind: 9 },
  { liar: 2, said: 'openings', kind: 9 },
  { liar: 1, said: 'tables', kind: 10 },
  { liar: 1, said: 'labels of inputs that both garblers know', kind: 7 },
  { liar: 2, said: 'a digest of tables', kind: 12 },
  { liar: 3, said: 'outputs', kind: 13 },
])('custodian $liar says something else in place of $said: others compute', async ({ liar, kind }) => {
  let lies = 0;
  network.board.wrap = changing(liar, kind, (body) => {
    lies += 1;
    body[0]! ^= 1;
    return body;
  });
  expect(await network.mac(key, message)).toBe(expected);
  expect(lies).toBeGreaterThan(0);
  expect([...network.accused.keys()].filter((index) => index !== liar)).toEqual([]);
});

test.each([1, 2, 3])('custodian %i leaves midway: others compute', async (leaving) => {
  network.board.wrap = changing(leaving, leaving === 3 ? 13 : leaving === 1 ? 10 : 12, (body) => {
    for (const stream of network.board.streams.get(leaving) ?? []) stream.destroy();
    return body;
  });
  expect(await network.mac(key, message)).toBe(expected);
  expect(network.accused.size).toBe(0);
});

test('a custodian that is down, and one that comes back', async () => {
  expect(await network.mac(key, message)).toBe(expected);
  network.down.add(2);
  expect(await network.mac(key, message)).toBe(expected);
  network.down.clear();
  network.down.add(4);
  expect(await network.mac(key, message)).toBe(expected);
});

test('a session that ended between two calls is opened anew', async () => {
  network.down.add(4);
  expect(await network.mac(key, message)).toBe(expected);
  for (const streams of network.board.streams.values()) for (const stream of streams) stream.destroy();
  await turns();
  expect(await network.mac(key, message)).toBe(expected);
});

test('calls at once have their lanes', async () => {
  const messages = Array.from({ length: 6 }, (_, at) => Buffer.alloc(at, at));
  const macs = await Promise.all(messages.map((each) => network.mac(key, each)));
  expect(macs).toEqual(messages.map((each) => createHmac('sha256', material).update(each).digest('hex')));
  expect(network.accused.size).toBe(0);
});

test('a custodian does not compute what its task does not ask for', async () => {
  const wrong = authorised({ kind: 'create', handle: key.handle, scheme: 'hmac-sha-256' });
  await expect(
    network.custodians.ask(1, 'mac.run', new Uint8Array(23), { authorised: wrong }),
  ).rejects.toMatchObject({ reason: 'malformed' });
  const unknown = authorised({ kind: 'mac', handle: new Uint8Array(16), message });
  const missing = performMac(network.custodians, { ...key, handle: new Uint8Array(16) }, unknown);
  await expect(missing).rejects.toMatchObject({ reason: 'unknown-key' });
  await expect(
    network.custodians.ask(1, 'mac.run', new Uint8Array(3), { authorised: unknown }),
  ).rejects.toMatchObject({ reason: 'malformed' });
});

test('a custodian that does not speak to others is waited for so long and no longer', async () => {
  const clock = new TestClock();
  const meetMs = 1000;
  const timed = createMacNetwork(clock, { meetMs });
  try {
    const shared = await timed.bringIn('hmac-sha-256', material);
    timed.board.silent.add(2);
    let isDone = false;
    const mac = timed.mac(shared, message).finally(() => {
      isDone = true;
    });
    while ((timed.board.streams.get(3)?.length ?? 0) < 2) await turns(1);
    await turns();
    expect(isDone).toBe(false);
    await clock.advance(meetMs);
    expect(await mac).toBe(expected);
  } finally {
    const closed = timed.close();
    await clock.advance(10_000);
    await closed;
  }
});

test('a custodian that stops within a computation is waited for so long and no longer', async () => {
  const clock = new TestClock();
  const callMs = 1000;
  const timed = createMacNetwork(clock, { callMs });
  let hasStopped = false;
  timed.board.wrap = holding(1, 10, () => {
    hasStopped = true;
  });
  try {
    const shared = await timed.bringIn('hmac-sha-256', material);
    const mac = timed.mac(shared, message);
    while (!hasStopped) await turns(1);
    timed.board.wrap = undefined;
    await clock.advance(callMs + macLimits.blockMs);
    expect(await mac).toBe(expected);
  } finally {
    const closed = timed.close();
    await clock.advance(10_000);
    await closed;
  }
});
