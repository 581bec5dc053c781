import { createHash } from 'node:crypto';
import { ristretto255 as noble, ristretto255_hasher } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyTask } from '../../../../api/index.ts';
import { ThresholdAbort } from '../../errors.ts';
import { type DealtKey, dealFieldKey } from '../../test/support/deal.ts';
import { authorised, createNetwork, type Network } from '../../test/support/network.ts';
import { dprfElement, handlers, perform } from '../index.ts';

const input = Buffer.from('what is evaluated');

async function deal(n = 4, t = 1): Promise<{ network: Network; dealt: DealtKey }> {
  const network = createNetwork(handlers, n, t);
  return { network, dealt: await dealFieldKey(network, 'dprf-ristretto255') };
}

/** By another library, with the whole key. */
function plain({ secret }: DealtKey, of: Uint8Array): Buffer {
  const uniform = createHash('sha512').update('hypergate/dprf/v1\0').update(of).digest();
  return Buffer.from(ristretto255_hasher.deriveToCurve!(uniform).multiply(secret).toBytes());
}

async function evaluate({ custodians }: Network, { key }: DealtKey, of: Uint8Array = input): Promise<Buffer> {
  const task: KeyTask = { kind: 'evaluate', handle: key.handle, input: of };
  return Buffer.from(await perform(custodians, key, authorised(task)));
}

function flip(bytes: Uint8Array, at: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[at]! ^= 1;
  return changed;
}

describe('the distributed pseudo-random function', () => {
  it('is what the whole key gives, for any input', async () => {
    const { network, dealt } = await deal();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (of) => {
        expect(await evaluate(network, dealt, of)).toEqual(plain(dealt, of));
      }),
      { numRuns: 20 },
    );
  });

  it('is the same whichever custodians answer', async () => {
    for (const [n, t] of [
      [4, 1],
      [7, 2],
    ] as const) {
      const { network, dealt } = await deal(n, t);
      for (let away = 1; away <= n; away += 1) {
        network.down.clear();
        for (let at = 0; at < t; at += 1) network.down.add(((away + at * 2 - 1) % n) + 1);
        expect(await evaluate(network, dealt)).toEqual(plain(dealt, input));
      }
    }
  });

  it('asks t + 1 custodians when all is well', async () => {
    const { network, dealt } = await deal();
    await evaluate(network, dealt);
    expect(network.asked.get('dprf.evaluate')).toBe(2);
  });
});

describe('a custodian that cheats is named, and the value is right:', () => {
  const other = noble.Point.BASE.multiply(77n).toBytes();
  const cases: Record<string, (reply: Uint8Array, replay: Uint8Array) => Uint8Array> = {
    'another element as its share': (reply) => Buffer.concat([other, reply.subarray(32)]),
    'a share that is no element': (reply) => Buffer.concat([Buffer.alloc(32, 0xff), reply.subarray(32)]),
    'the identity as its share': (reply) => Buffer.concat([Buffer.alloc(32), reply.subarray(32)]),
    'a wrong challenge': (reply) => flip(reply, 32),
    'a wrong response': (reply) => flip(reply, 64),
    'a proof of zeros': (reply) => Buffer.concat([reply.subarray(0, 32), Buffer.alloc(64)]),
    'a proof that is not canonical': (reply) =>
      Buffer.concat([reply.subarray(0, 64), Buffer.alloc(32, 0xff)]),
    'its share of another input': (_, replay) => replay,
  };
  it.each(Object.keys(cases))('%s', async (name) => {
    const { network, dealt } = await deal();
    let replay: Uint8Array | undefined;
    network.tamper = (custodian, _, reply) => {
      if (custodian === 2) replay ??= reply;
      return reply;
    };
    await evaluate(network, dealt, Buffer.from('an earlier input'));
    network.tamper = (custodian, _, reply) => (custodian === 2 ? cases[name]!(reply, replay!) : reply);
    expect(await evaluate(network, dealt)).toEqual(plain(dealt, input));
    expect([...network.accused.keys()]).toEqual([2]);
  });

  it("another custodian's share and proof", async () => {
    const { network, dealt } = await deal();
    let first: Uint8Array | undefined;
    network.tamper = async (custodian, kind, reply, body) => {
      if (custodian !== 2) return reply;
      const task: KeyTask = { kind: 'evaluate', handle: dealt.key.handle, input };
      first = await handlers[0]!.handle(network.parties[0]!, { body, task });
      expect(kind).toBe('dprf.evaluate');
      return first;
    };
    expect(await evaluate(network, dealt)).toEqual(plain(dealt, input));
    expect([...network.accused.keys()]).toEqual([2]);
  });
});

describe('a custodian that fails is replaced:', () => {
  it('silent', async () => {
    const { network, dealt } = await deal();
    network.down.add(1);
    expect(await evaluate(network, dealt)).toEqual(plain(dealt, input));
    expect(network.accused.size).toBe(0);
  });

  it.each([0, 95, 97, 4096])('an answer of %i bytes', async (length) => {
    const { network, dealt } = await deal();
    network.tamper = (custodian, _, reply) => (custodian === 1 ? Buffer.alloc(length) : reply);
    expect(await evaluate(network, dealt)).toEqual(plain(dealt, input));
  });

  it('blaming another', async () => {
    const { network, dealt } = await deal();
    network.tamper = (custodian, _, reply) =>
      custodian === 1 ? Promise.reject(new ThresholdAbort('refused', 1, 'no')) : reply;
    expect(await evaluate(network, dealt)).toEqual(plain(dealt, input));
    expect(network.accused.size).toBe(0);
  });

  it('ends with `unavailable` when too few are left', async () => {
    const { network, dealt } = await deal();
    for (const custodian of [1, 2, 3]) network.down.add(custodian);
    await expect(evaluate(network, dealt)).rejects.toMatchObject({ reason: 'unavailable' });
  });

  it('ends with `refused` when more than t refuse', async () => {
    const { network, dealt } = await deal();
    network.tamper = (custodian) => {
      throw new ThresholdAbort('refused', custodian, 'the call does not allow it');
    };
    await expect(evaluate(network, dealt)).rejects.toMatchObject({ reason: 'refused' });
  });
});

describe('shares of another generation', () => {
  async function refreshed(custodians: readonly number[]): Promise<{ network: Network; dealt: DealtKey }> {
    const { network, dealt } = await deal();
    for (const custodian of custodians) {
      const { keys } = network.parties[custodian - 1]!;
      const share = await keys.get(dealt.key.handle);
      await keys.put({ ...share!, generation: 1 });
    }
    return { network, dealt };
  }

  it('are reported as stale when more than t have them', async () => {
    const { network, dealt } = await refreshed([1, 2, 3]);
    await expect(evaluate(network, dealt)).rejects.toMatchObject({ reason: 'stale', custodian: undefined });
    expect(network.accused.size).toBe(0);
  });

  it('do no harm at one custodian that says so', async () => {
    const { network, dealt } = await refreshed([1]);
    expect(await evaluate(network, dealt)).toEqual(plain(dealt, input));
  });

  it('are not mistaken for shares that are gone', async () => {
    const { network, dealt } = await deal();
    for (const { keys } of network.parties) await keys.remove(dealt.key.handle);
    await expect(evaluate(network, dealt)).rejects.toMatchObject({ reason: 'unknown-key' });
  });
});

describe('a task that is none of the key’s', () => {
  it('is refused before a custodian is asked', async () => {
    const { network, dealt } = await deal();
    const { key } = dealt;
    const tasks: KeyTask[] = [
      { kind: 'mac', handle: key.handle, message: input },
      { kind: 'evaluate', handle: new Uint8Array(16), input },
    ];
    for (const task of tasks)
      await expect(perform(network.custodians, key, authorised(task))).rejects.toThrow(RangeError);
    expect(network.asked.size).toBe(0);
  });

  it('is refused by a custodian whatever the coordinator says', async () => {
    const { network, dealt } = await deal();
    const task: KeyTask = { kind: 'sign', handle: dealt.key.handle, message: input };
    const asked = network.custodians.ask(1, 'dprf.evaluate', new Uint8Array(4), {
      authorised: authorised(task),
    });
    await expect(asked).rejects.toMatchObject({ reason: 'malformed' });
  });

  it('ends when its caller gives up', async () => {
    const { network, dealt } = await deal();
    const task: KeyTask = { kind: 'evaluate', handle: dealt.key.handle, input };
    const gone = AbortSignal.abort();
    await expect(perform(network.custodians, dealt.key, authorised(task), gone)).rejects.toThrow();
    expect(network.asked.size).toBe(0);
  });
});

it('hashes inputs to elements as RFC 9496 does, under a label', () => {
  expect(Buffer.from(dprfElement(input))).toEqual(plain({ secret: 1n } as DealtKey, input));
});
