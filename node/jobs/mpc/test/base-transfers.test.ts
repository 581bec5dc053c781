/** Base transfers: who gets which key, and what is refused. */
import { ed25519, ristretto255 } from '@noble/curves/ed25519.js';
import { describe, expect, test } from 'vitest';
import { MpcAbort } from '../errors.ts';
import { receiveBase, sendBase } from '../ot/base.ts';
import { coordinatesOf, drawCoordinate, drawElement, multiplyCoordinate } from '../ot/exchange.ts';
import { otKind } from '../ot/kinds.ts';
import { type Interceptor, memoryChannels } from './support/memory-channel.ts';
import { seededRandom } from './support/seeded-random.ts';

interface Ids {
  readonly sender?: string;
  readonly receiver?: string;
}

function transfer(choices: Uint8Array, seed: string, intercept?: Interceptor, ids: Ids = {}) {
  const [a, b] = memoryChannels('sender', 'receiver', intercept);
  const options = (name: 'sender' | 'receiver') => ({
    random: seededRandom(`${seed} ${name}`),
    sessionId: Buffer.from(ids[name] ?? 'session'),
  });
  return Promise.allSettled([
    sendBase(a, options('sender'), choices.length),
    receiveBase(b, options('receiver'), choices),
  ] as const);
}

async function keysOf(choices: Uint8Array, seed: string, ids?: Ids) {
  const [sent, received] = await transfer(choices, seed, undefined, ids);
  if (sent.status === 'rejected') throw sent.reason;
  if (received.status === 'rejected') throw received.reason;
  const at = (keys: Buffer) =>
    Array.from(choices, (_, i) => keys.subarray(16 * i, 16 * i + 16).toString('hex'));
  return { zeros: at(sent.value[0]), ones: at(sent.value[1]), got: at(received.value) };
}

const choices = Uint8Array.of(0, 1, 1, 0, 1, 0);

test('the receiver has the key of its choice, and all keys differ', async () => {
  const { zeros, ones, got } = await keysOf(choices, 'keys');
  expect(got).toEqual(Array.from(choices, (choice, i) => (choice === 1 ? ones[i] : zeros[i])));
  expect(new Set([...zeros, ...ones]).size).toBe(2 * choices.length);
});

test('keys are bound to the session', async () => {
  const { zeros, ones, got } = await keysOf(choices, 'bound', { receiver: 'other session' });
  for (const key of got) expect([...zeros, ...ones]).not.toContain(key);
});

describe('messages that are none', () => {
  const element = (bytes: Uint8Array, index: number, body: Buffer) => {
    const changed = Buffer.from(body);
    changed.set(bytes, 32 * index);
    return changed;
  };
  const ofReceiver = (change: (body: Buffer) => Buffer): Interceptor => {
    return (_from, _number, message) => [
      message.kind === otKind.baseElements ? { ...message, body: change(message.body) } : message,
    ];
  };
  const ofSender = (change: (body: Buffer) => Buffer): Interceptor => {
    return (_from, _number, message) => [
      message.kind === otKind.baseKeys ? { ...message, body: change(message.body) } : message,
    ];
  };
  const odd = Buffer.alloc(32);
  odd[0] = 1;

  test.each([
    ['the identity', (body: Buffer) => element(Buffer.alloc(32), 3, body)],
    ['a negative field element', (body: Buffer) => element(odd, 0, body)],
    ['a field element above the prime', (body: Buffer) => element(Buffer.alloc(32, 0xff), 11, body)],
    ['a square that is none', (body: Buffer) => element(Buffer.from(ed25519.Point.BASE.toBytes()), 1, body)],
    ['one element too few', (body: Buffer) => body.subarray(32)],
    ['one byte too many', (body: Buffer) => Buffer.concat([body, odd.subarray(0, 1)])],
    ['nothing', () => Buffer.alloc(0)],
  ])('the sender refuses %s', async (_name, change) => {
    const [sent] = await transfer(choices, 'refused', ofReceiver(change));
    expect(sent).toMatchObject({ status: 'rejected', reason: { reason: 'malformed', party: 'receiver' } });
    expect((sent as PromiseRejectedResult).reason).toBeInstanceOf(MpcAbort);
  });

  test.each([
    ['a key of low order', (body: Buffer) => element(Buffer.alloc(32), 3, body)],
    ['another key of low order', (body: Buffer) => element(odd, 0, body)],
    ['one key too few', (body: Buffer) => body.subarray(32)],
    ['one byte too many', (body: Buffer) => Buffer.concat([body, odd.subarray(0, 1)])],
  ])('the receiver refuses %s', async (_name, change) => {
    const [, received] = await transfer(choices, 'refused', ofSender(change));
    expect(received).toMatchObject({ status: 'rejected', reason: { reason: 'malformed', party: 'sender' } });
  });

  test('another valid element gives another key, and nothing else', async () => {
    const another = ristretto255.Point.BASE.toBytes();
    const [sent, received] = await transfer(
      choices,
      'another',
      ofReceiver((body) => element(another, 2, body)),
    );
    if (sent.status === 'rejected' || received.status === 'rejected') throw new Error('it went on');
    const sentKey = (side: 0 | 1, index: number) =>
      sent.value[side].subarray(16 * index, 16 * index + 16).toString('hex');
    for (const [index, choice] of choices.entries()) {
      const key = received.value.subarray(16 * index, 16 * index + 16).toString('hex');
      if (index === 1) expect([sentKey(0, index), sentKey(1, index)]).not.toContain(key);
      else expect(key).toBe(sentKey(choice as 0 | 1, index));
    }
  });
});

describe('the exchange', () => {
  test('both sides have the same product, whichever point stands for the element', () => {
    const torsion = ed25519.Point.fromAffine({
      x: ed25519.Point.Fp.sqrt(ed25519.Point.Fp.ORDER - 1n),
      y: 0n,
    });
    for (let i = 0; i < 10; i++) {
      const random = seededRandom(`exchange ${i}`);
      const own = drawElement(random);
      const other = drawCoordinate(random);
      const product = multiplyCoordinate(own.secret, other.coordinate);
      const [coordinate] = coordinatesOf([own.element]);
      expect(multiplyCoordinate(other.secret, coordinate!)).toEqual(product);
      const shifted = ed25519.Point.fromAffine(own.element.toAffine()).add(torsion);
      const same = ristretto255.Point.fromAffine(shifted.toAffine());
      expect(same.equals(own.element)).toBe(true);
      const [otherCoordinate] = coordinatesOf([same]);
      expect(otherCoordinate).not.toEqual(coordinate);
      expect(multiplyCoordinate(other.secret, otherCoordinate!)).toEqual(product);
    }
  });

  test('scalars of the platform and their negatives are all scalars, but for one in 2^126', () => {
    const order = ristretto255.Point.Fn.ORDER;
    // 2^254 + 8x for x below 2^251. Its negative is of the same form, with order + (order - 2^252) - x in the place of x.
    const eighth = (value: bigint) => {
      const scalar = ((value % order) + order) % order;
      return (scalar * ristretto255.Point.Fn.inv(8n)) % order;
    };
    const drop = order - 2n ** 252n;
    for (const x of [0n, 1n, 12345n, 2n ** 251n - 1n, 2n ** 251n, order - 1n]) {
      expect(eighth(2n ** 254n + 8n * x - 2n ** 254n)).toBe(x);
      const negated = eighth(-(2n ** 254n + 8n * x) - 2n ** 254n);
      expect(negated).toBe((order + drop - x) % order);
    }
    // x that neither is below 2^251 nor has a negative that is.
    const missing = order + drop - 2n ** 251n - 2n ** 251n + 1n;
    expect(missing).toBe(2n * drop + 1n);
    expect(missing).toBeLessThan(order >> 126n);
  });

  test('signs of elements are random', () => {
    const random = seededRandom('signs');
    const drawn = Array.from({ length: 40 }, () => drawElement(random).element.toAffine().x & 1n);
    expect(new Set(drawn).size).toBe(2);
  });
});
