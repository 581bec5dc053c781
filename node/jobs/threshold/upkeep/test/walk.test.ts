import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bytes } from '../../../../api/index.ts';
import { MessageWriter } from '../../codec.ts';
import type { KeyShare } from '../../party.ts';
import { createNetwork, type Network } from '../../test/support/network.ts';
import { upkeepHandlers } from '../handlers.ts';
import { upkeepLimits as limits } from '../limits.ts';
import { countKeys, walkKeys } from '../walk.ts';

const none = new Uint8Array(0);

function handleOf(number: number): Uint8Array {
  const handle = new Uint8Array(16);
  new DataView(handle.buffer).setUint32(0, number);
  return handle;
}

function shareOf(number: number, scheme = 'dprf-ristretto255'): KeyShare {
  return { handle: handleOf(number), scheme, generation: 0, common: none, secret: none };
}

/** @param numbers of the keys of each custodian */
async function network(...numbers: readonly (readonly number[])[]): Promise<Network> {
  const made = createNetwork(upkeepHandlers);
  for (const [at, all] of numbers.entries()) {
    for (const number of all) await made.parties[at]!.keys.put(shareOf(number));
  }
  return made;
}

async function walked({ custodians }: Network, after?: Bytes): Promise<number[]> {
  const found: number[] = [];
  for await (const { handle } of walkKeys(custodians, after)) found.push(Buffer.from(handle).readUInt32BE());
  return found;
}

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

describe('a walk', () => {
  it('meets each key that more than t custodians have, once, in order: over pages, and from anywhere', async () => {
    const count = 2 * limits.pageHandlesMax;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uniqueArray(fc.integer({ min: 1, max: count }), { maxLength: count }), {
          minLength: 4,
          maxLength: 4,
        }),
        fc.integer({ min: 0, max: count }),
        async (lists, from) => {
          const made = await network(...lists);
          const all = upTo(count).filter(
            (number) => lists.filter((list) => list.includes(number)).length > 1,
          );
          expect(await walked(made)).toEqual(all);
          expect(await walked(made, handleOf(from))).toEqual(all.filter((number) => number > from));
        },
      ),
      { numRuns: 10 },
    );
  });

  it('passes over what waits to become a share', async () => {
    const made = await network([1], [1], [1], [1]);
    for (const { keys } of made.parties) await keys.put(shareOf(2, 'pending'));
    expect(await walked(made)).toEqual([1]);
    expect([...(await countKeys(made.custodians)).values()]).toEqual([1, 1, 1, 1]);
  });

  it('goes on with one custodian away, and not with too few', async () => {
    const made = await network([1], [1], [1], [1]);
    made.down.add(1);
    expect(await walked(made)).toEqual([1]);
    made.down.add(2).add(3);
    await expect(walked(made)).rejects.toMatchObject({ reason: 'unavailable' });
  });

  it('gets on although a custodian makes up keys without an end', async () => {
    const real = upTo(3).map((at) => at * 0x1000_0000);
    const made = await network(real, real, real, real);
    made.tamper = (custodian, kind, reply, body) => {
      if (custodian !== 2 || kind !== 'key.handles') return reply;
      const from = body.length === 0 ? 0 : Buffer.from(body).readUInt32BE();
      const writer = new MessageWriter().u8(0);
      const keys = upTo(limits.pageHandlesMax).map((at) => shareOf(from + at));
      return writer
        .list(keys, ({ handle, scheme }) => void writer.bytes(handle).field(Buffer.from(scheme)))
        .done();
    };
    expect(await walked(made)).toEqual(real);
    expect(made.asked.get('key.handles')).toBeLessThan(40);
  });

  it.each([
    ['not in order', 1, [2, 1]],
    ['there twice', 1, [1, 1]],
    ['on a page that ends too early', 0, [1]],
  ] as const)('does without a custodian whose handles are %s', async (_, isLast, numbers) => {
    const made = await network([1], [1], [1], [1]);
    made.tamper = (custodian, kind, reply) => {
      if (custodian !== 2 || kind !== 'key.handles') return reply;
      const writer = new MessageWriter().u8(isLast);
      return writer
        .list([...numbers], (number) => void writer.bytes(handleOf(number)).field(Buffer.from('ecdsa-p256')))
        .done();
    };
    expect(await walked(made)).toEqual([1]);
    expect((await countKeys(made.custodians)).has(2)).toBe(false);
  });
});
