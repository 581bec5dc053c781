/**
 * A coordinator that brings confirmations, certificates and settlements in any order to whomever it likes, with one custodian that signs
 * whatever helps it: the honest three always have one sharing of which t + 1 have shares, so the key is never lost. What stands in the
 * slots is all that matters here, so shares are names and signatures are hashes.
 */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ThresholdAbort } from '../../errors.ts';
import type { KeyCommon, Party } from '../../party.ts';
import { MemoryShares } from '../../test/support/network.ts';
import { activateShare, confirmShare, type KeySlots, loadSlots, settleShare, shareOf } from '../key-slots.ts';
import { hexOf, type KeyStatement, sameKey, signStatement } from '../key-statement.ts';

const honest = [1, 2, 3];
const corruptOne = 4;
const handle = new Uint8Array(16);
const scheme = 'ecdsa-p256';

function signatureOf(from: number, purpose: string, message: Uint8Array): Uint8Array {
  return createHash('sha256').update(`${from} ${purpose}\0`).update(message).digest();
}

function partyOf(me: number): Party {
  const identity = {
    sign: (purpose: string, message: Uint8Array) => signatureOf(me, purpose, message),
    verify: (from: number, purpose: string, message: Uint8Array, signature: Uint8Array) =>
      Buffer.compare(signatureOf(from, purpose, message), signature) === 0,
  };
  const members = [...honest, corruptOne].map((index) => ({ index }));
  const party = { me, identity, committee: { epoch: 0, threshold: 1, members }, keys: new MemoryShares() };
  return party as unknown as Party;
}

interface Sharing {
  readonly key: KeyCommon;
  readonly base: KeyCommon | undefined;
  readonly statements: Map<string, KeyStatement>;
}

/** Three honest custodians and what a hostile coordinator has collected. */
class World {
  readonly parties = honest.map(partyOf);
  readonly sharings: Sharing[] = [];
  readonly taken = new Set<string>();

  begin(base: KeyCommon | undefined, generation: number): Sharing {
    const common = Uint8Array.of(this.sharings.length);
    const sharing: Sharing = { key: { handle, scheme, generation, common }, base, statements: new Map() };
    for (const kind of ['confirmed', 'held'] as const) {
      const signature = signStatement(partyOf(corruptOne), kind, sharing.key);
      sharing.statements.set(`${kind} ${corruptOne}`, { custodian: corruptOne, kind, signature });
    }
    this.sharings.push(sharing);
    return sharing;
  }

  async confirm({ key, base, statements }: Sharing, custodian: number): Promise<void> {
    const party = this.parties[custodian - 1]!;
    await this.#attempt('confirm', async () => {
      if (base !== undefined) checkBase(await loadSlots(party.keys, handle), base);
      const share = { ...key, secret: new Uint8Array(0) };
      const signature = await confirmShare(party, { share, base: base?.generation });
      statements.set(`confirmed ${custodian}`, { custodian, kind: 'confirmed', signature });
    });
  }

  async finish({ key, base, statements }: Sharing, custodian: number, late: boolean): Promise<void> {
    const party = this.parties[custodian - 1]!;
    const compute = (slots: KeySlots) => {
      if (base !== undefined) checkBase(slots, base);
      return { share: { ...key, secret: new Uint8Array(0) }, base: base?.generation };
    };
    await this.#attempt(late ? 'adopt' : 'finish', async () => {
      const certificate = { key, statements: [...statements.values()] };
      const signature = await activateShare(party, certificate, late ? compute : undefined);
      statements.set(`held ${custodian}`, { custodian, kind: 'held', signature });
    });
  }

  async settle({ key, statements }: Sharing, custodian: number): Promise<void> {
    const certificate = { key, statements: [...statements.values()] };
    await this.#attempt('settle', () => settleShare(this.parties[custodian - 1]!, certificate));
  }

  /** How many honest custodians have shares of the sharing that most have. */
  async alive(): Promise<number> {
    const counts = new Map<string, number>();
    for (const { keys } of this.parties) {
      const { active, pending, previous } = await loadSlots(keys, handle);
      const shares = [active, pending?.share, previous].filter((share) => share !== undefined);
      for (const name of new Set(shares.map(({ generation, common }) => `${generation} ${hexOf(common)}`)))
        counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return Math.max(...counts.values());
  }

  async #attempt(name: string, run: () => Promise<void>): Promise<void> {
    try {
      await run();
      this.taken.add(name);
    } catch (error) {
      if (!(error instanceof ThresholdAbort)) throw error;
    }
  }
}

function checkBase(slots: KeySlots, base: KeyCommon): void {
  if (!sameKey(shareOf(slots, base.generation), base))
    throw new ThresholdAbort('stale', undefined, 'another');
}

async function created(): Promise<{ world: World; first: Sharing }> {
  const world = new World();
  const first = world.begin(undefined, 0);
  for (const custodian of honest) await world.confirm(first, custodian);
  for (const custodian of honest) await world.finish(first, custodian, false);
  return { world, first };
}

const action = fc.record({
  what: fc.constantFrom('begin', 'confirm', 'confirm', 'confirm', 'finish', 'finish', 'adopt', 'settle'),
  /** From the latest sharing back. */
  which: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 3 }) }),
  who: fc.subarray([...honest], { minLength: 1 }),
  generation: fc.integer({ min: 1, max: 6 }),
});

it('never loses a key by refreshes, in whatever order they come', async () => {
  const taken = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 30, maxLength: 30 }), async (actions) => {
      const { world, first } = await created();
      for (const { what, which, who, generation } of actions) {
        const sharing = world.sharings.at(-1 - (which % world.sharings.length))!;
        if (what === 'begin') world.begin((which === 0 ? first : sharing).key, generation);
        for (const custodian of who) {
          if (what === 'confirm') await world.confirm(sharing, custodian);
          if (what === 'finish') await world.finish(sharing, custodian, false);
          if (what === 'adopt') await world.finish(sharing, custodian, true);
          if (what === 'settle') await world.settle(sharing, custodian);
          expect(await world.alive()).toBeGreaterThanOrEqual(2);
        }
      }
      for (const name of world.taken) taken.add(name);
    }),
    { numRuns: 500 },
  );
  expect([...taken].sort()).toEqual(['adopt', 'confirm', 'finish', 'settle']);
});

it('keeps the share that a generation came from until n - t hold that generation', async () => {
  const { world, first } = await created();
  const next = world.begin(first.key, 1);
  for (const custodian of honest) await world.confirm(next, custodian);
  await world.finish(next, 1, false);
  await world.settle(next, 1);
  const { keys } = world.parties[0]!;
  expect((await loadSlots(keys, handle)).previous).toMatchObject({ generation: 0 });
  await world.finish(next, 2, false);
  await world.settle(next, 1);
  // Two that hold it, and one that says so.
  expect((await loadSlots(keys, handle)).previous).toBeUndefined();
  expect(await world.alive()).toBe(3);
});

it('finishes no generation below one that was confirmed', async () => {
  const { world, first } = await created();
  const [low, high] = [world.begin(first.key, 1), world.begin(first.key, 2)];
  for (const custodian of honest) await world.confirm(low, custodian);
  await world.confirm(high, 3);
  await world.finish(low, 3, true);
  expect((await loadSlots(world.parties[2]!.keys, handle)).active).toMatchObject({ generation: 0 });
  // Unless n - t hold it: the higher one can never be certified then.
  for (const custodian of [1, 2]) await world.finish(low, custodian, false);
  await world.finish(low, 3, true);
  expect((await loadSlots(world.parties[2]!.keys, handle)).active).toMatchObject({ generation: 1 });
});
