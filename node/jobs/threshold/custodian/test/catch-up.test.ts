/** What a coordinator and up to t custodians can tell one that catches up: nothing that more than they say. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Authority, ControlHead } from '../../../../api/index.ts';
import { createKeystore } from '../../../../crypto/keystore.ts';
import { createPooledRandom } from '../../../../crypto/random.ts';
import { MemoryStore } from '../../../../store/key-value/memory-store.ts';
import type { Committee } from '../../committee.ts';
import { memberOf, openIdentity } from '../../identity.ts';
import { OpenRounds } from '../../open-rounds.ts';
import type { Party } from '../../party.ts';
import { CatchUp } from '../catch-up.ts';
import { decodePage, encodeAdoption, encodeHeads, encodePage, type SignedHead } from '../format/catch-up.ts';
import { custodianSecrets } from '../secrets.ts';
import { Standing } from '../standing.ts';
import { openCustodianStore } from '../store/custodian-store.ts';
import { toyAuthority, toyEvidence, toyEvidenceModule } from './support/toy-authority.ts';

const random = createPooledRandom();

interface One {
  readonly authority: Authority;
  readonly standing: Standing;
  readonly catchUp: CatchUp;
  /** After a crash. */
  restart(): Promise<One>;
  /** Another one in its place, that has nothing. */
  replace(): Promise<One>;
}

let all: One[];

beforeEach(async () => {
  const secrets = [1, 2, 3, 4].map((byte) =>
    custodianSecrets(createKeystore(Buffer.alloc(32, byte)).custodianRoot()),
  );
  const members = secrets.map(({ seeds }, at) => memberOf(at + 1, seeds));
  const committee: Committee = { epoch: 0, threshold: 1, members };
  const open = async (at: number, disk: MemoryStore, isNewcomer = false): Promise<One> => {
    const { seeds, storeKey: key } = secrets[at]!;
    const store = await openCustodianStore({ name: Buffer.of(at), isNewcomer }, { store: disk, key, random });
    const authority = toyAuthority(store.control);
    const party: Party = {
      me: at + 1,
      committee,
      identity: openIdentity(at + 1, seeds, committee, random),
      random,
      keys: store.shares,
      rounds: new OpenRounds(() => 0),
    };
    const standing = new Standing(() => undefined);
    const catchUp = new CatchUp({ party, authority, standing, values: store.values });
    return {
      authority,
      standing,
      catchUp,
      restart: () => open(at, disk),
      replace: () => open(at, new MemoryStore(), true),
    };
  };
  all = await Promise.all(secrets.map((_, at) => open(at, new MemoryStore())));
});

const at = (index: number) => all[index - 1]!;

async function apply(indices: readonly number[], from: number, to: number, value = 'x'): Promise<void> {
  for (const index of indices) {
    for (let sequence = from; sequence <= to; sequence += 1) {
      const evidence = toyEvidence({ sequence, subject: `s${sequence % 700}`, value });
      await at(index).authority.apply(toyEvidenceModule.verify(evidence));
    }
  }
}

async function headsOf(nonce: Uint8Array, indices: readonly number[], asker = 1): Promise<SignedHead[]> {
  return Promise.all(
    indices.map(async (custodian) => ({
      custodian,
      ...(await at(custodian).catchUp.signHead({ asker, nonce })),
    })),
  );
}

async function adoption(nonce: Uint8Array, indices: readonly number[], since: number) {
  const signed = await Promise.all(
    indices.map(async (custodian) => ({
      custodian,
      ...(await at(custodian).catchUp.signPage({ asker: 1, nonce, since })),
    })),
  );
  return { signed, page: signed[0]!.page, body: encodeAdoption(signed[0]!.page, signed) };
}

async function adoptAll(nonce: Uint8Array, indices: readonly number[], since: number): Promise<number> {
  for (let pages = 1; ; pages += 1) {
    const { body, page } = await adoption(nonce, indices, since);
    await at(1).catchUp.adopt(body);
    const { isLast, subjects } = decodePage(page);
    if (isLast) return pages;
    since = subjects.at(-1)!.sequence;
  }
}

describe('heads', () => {
  test('of n - t - 1 others that are not beyond its own make it ready', async () => {
    const { nonce } = await at(1).catchUp.begin();
    await expect(at(1).catchUp.finish(encodeHeads(await headsOf(nonce, [2])))).rejects.toMatchObject({
      reason: 'unavailable',
    });
    await at(1).catchUp.finish(encodeHeads(await headsOf(nonce, [2, 3])));
    expect(at(1).standing.state).toBe('ready');
  });

  test('count once for each other custodian, with the nonce of this time, for this custodian alone', async () => {
    const before = (await at(1).catchUp.begin()).nonce;
    const old = await headsOf(before, [2, 3]);
    const { nonce } = await at(1).catchUp.begin();
    const [second] = await headsOf(nonce, [2]);
    const forAnother = await headsOf(nonce, [3], 4);
    const forged = { ...second!, custodian: 3 };
    for (const heads of [
      old,
      [second!, second!],
      [second!, forged],
      [second!, ...forAnother],
      [second!, { ...second!, custodian: 1 }],
    ])
      await expect(at(1).catchUp.finish(encodeHeads(heads))).rejects.toMatchObject({ reason: 'unavailable' });
    expect(() => at(1).standing.requireReady()).toThrow('catching up');
  });

  test('a call that n - t have keeps it out, whoever of them lies about it', async () => {
    await apply([2, 3, 4], 1, 1);
    const { nonce } = await at(1).catchUp.begin();
    const heads = await headsOf(nonce, [2, 3, 4]);
    await expect(at(1).catchUp.finish(encodeHeads(heads))).rejects.toMatchObject({ reason: 'unavailable' });
  });

  test('one that claims more than there is keeps nobody out', async () => {
    await apply([4], 1, 5);
    const { nonce } = await at(1).catchUp.begin();
    await at(1).catchUp.finish(encodeHeads(await headsOf(nonce, [2, 3, 4])));
  });

  test('a history that others do not have keeps it out for good', async () => {
    await apply([1], 1, 1, 'another');
    await apply([2, 3, 4], 1, 1);
    const { nonce } = await at(1).catchUp.begin();
    const heads = await headsOf(nonce, [2, 3, 4]);
    await expect(at(1).catchUp.finish(encodeHeads(heads))).rejects.toMatchObject({ reason: 'refused' });
  });
});

test('one in the place of another says nothing of what there is before it caught up, also after a crash', async () => {
  await apply([1, 2, 3], 1, 3);
  all[0] = await at(1).replace();
  // 4 missed the calls, and 2 lies: with the low head of 1 it would have enough.
  const late = await at(4).catchUp.begin();
  await expect(headsOf(late.nonce, [1], 4)).rejects.toMatchObject({ reason: 'unavailable' });
  all[0] = await at(1).restart();
  const { nonce } = await at(1).catchUp.begin();
  const page = { asker: 4, nonce: late.nonce, since: 0 };
  await expect(at(1).catchUp.signPage(page)).rejects.toMatchObject({ reason: 'unavailable' });
  await adoptAll(nonce, [2, 3], 0);
  await expect(headsOf(late.nonce, [1], 4)).rejects.toMatchObject({ reason: 'unavailable' });
  await at(1).catchUp.finish(encodeHeads(await headsOf(nonce, [2, 3])));
  expect((await headsOf(late.nonce, [1], 4))[0]!.head.sequence).toBe(3);
  all[0] = await at(1).restart();
  expect(await headsOf(late.nonce, [1], 4)).toHaveLength(1);
});

describe('pages', () => {
  test('bring what others know, with a few or with many subjects', async () => {
    await apply([1], 1, 3);
    await apply([2, 3, 4], 1, 1000);
    const { nonce, head } = await at(1).catchUp.begin();
    expect(await adoptAll(nonce, [2, 4], head.sequence)).toBeGreaterThan(2);
    expect(await at(1).authority.head()).toEqual(await at(2).authority.head());
    expect(await at(1).authority.changedSince(0, 4096)).toEqual(await at(2).authority.changedSince(0, 4096));
    await at(1).catchUp.finish(encodeHeads(await headsOf(nonce, [2, 3])));
    await apply([1, 2, 3, 4], 1001, 1002);
  });

  test('that only t signed, or that were changed, are not taken over', async () => {
    await apply([2, 3, 4], 1, 3);
    const { nonce } = await at(1).catchUp.begin();
    const { signed, page, body } = await adoption(nonce, [2, 3], 0);
    const decoded = decodePage(page);
    const [first] = decoded.subjects;
    const changed = encodePage({
      ...decoded,
      subjects: [{ ...first!, snapshot: Buffer.from('{}') }, ...decoded.subjects.slice(1)],
    });
    for (const wrong of [
      encodeAdoption(page, signed.slice(0, 1)),
      encodeAdoption(page, [signed[0]!, signed[0]!]),
      encodeAdoption(page, [signed[0]!, { ...signed[1]!, custodian: 1 }]),
      encodeAdoption(changed, signed),
    ])
      await expect(at(1).catchUp.adopt(wrong)).rejects.toMatchObject({ reason: 'refused' });
    expect((await at(1).authority.head()).sequence).toBe(0);
    await at(1).catchUp.adopt(body);
    // The same again is of another place by now.
    await expect(at(1).catchUp.adopt(body)).rejects.toMatchObject({ reason: 'stale' });
    await at(1).catchUp.begin();
    await expect(at(1).catchUp.adopt(body)).rejects.toMatchObject({ reason: 'refused' });
  });

  test('after a crash between two pages no call is taken in before the last page', async () => {
    await apply([2, 3, 4], 1, 600);
    const { nonce } = await at(1).catchUp.begin();
    await at(1).catchUp.adopt((await adoption(nonce, [2, 3], 0)).body);
    all[0] = await at(1).restart();
    expect((await at(1).authority.head()).sequence).toBe(0);
    await expect(at(1).catchUp.requireWhole()).rejects.toMatchObject({ reason: 'unavailable' });
    const again = await at(1).catchUp.begin();
    await expect(at(1).catchUp.finish(encodeHeads(await headsOf(again.nonce, [2, 3])))).rejects.toMatchObject(
      { reason: 'unavailable' },
    );
    await adoptAll(again.nonce, [3, 4], 0);
    await at(1).catchUp.requireWhole();
    const head: ControlHead = await at(1).authority.head();
    expect(head.sequence).toBe(600);
    await at(1).catchUp.finish(encodeHeads(await headsOf(again.nonce, [2, 3])));
  });
});
