/** Who may follow whom in a committee, and what a custodian follows. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ed25519SigningKey } from '../../../../crypto/ed25519.ts';
import { createKeystore } from '../../../../crypto/keystore.ts';
import { createPooledRandom } from '../../../../crypto/random.ts';
import { MemoryStore } from '../../../../store/key-value/memory-store.ts';
import type { Committee, Member } from '../../committee.ts';
import { memberOf, openIdentity } from '../../identity.ts';
import { encodeCommittee } from '../format/committee.ts';
import { custodianLimits } from '../limits.ts';
import { ownerOf } from '../owner.ts';
import { custodianSecrets } from '../secrets.ts';
import { signSuccession } from '../sign-succession.ts';
import { isNewcomer, openCustodianStore } from '../store/custodian-store.ts';
import {
  committeesOf,
  type Handover,
  type Succession,
  type SuccessionSignature,
  successionPurpose,
  successionStatement,
  successorOf,
} from '../succession.ts';

const random = createPooledRandom();
const coordinator = ed25519SigningKey(Buffer.alloc(32, 200)).publicKey;
const otherCoordinator = ed25519SigningKey(Buffer.alloc(32, 201)).publicKey;

/** A custodian's keys, by a number that no other has. */
const rootOf = (seed: number) => createKeystore(Buffer.alloc(32, seed)).custodianRoot();
const memberAt = (index: number, seed: number): Member =>
  memberOf(index, custodianSecrets(rootOf(seed)).seeds);

function founded(n = 4): Succession {
  const members = Array.from({ length: n }, (_, at) => memberAt(at + 1, at + 1));
  return { coordinator, first: { epoch: 0, threshold: Math.floor((n - 1) / 3), members }, handovers: [] };
}
const lastOf = (succession: Succession) => committeesOf(succession).at(-1)!;

/** By seeds, what a custodian signs if it is asked to sign anything. */
function signatureOf(
  [index, seed]: readonly [number, number],
  from: Committee,
  to: Committee,
  by = coordinator,
): SuccessionSignature {
  const identity = openIdentity(index, custodianSecrets(rootOf(seed)).seeds, from, random);
  return {
    custodian: index,
    signature: identity.sign(successionPurpose, successionStatement(from, to, by)),
  };
}
const founders = (...indices: number[]) => indices.map((index) => [index, index] as const);

/** With the handover at its end. */
function after(
  succession: Succession,
  member: Member,
  signers: readonly (readonly [number, number])[],
  statement: Partial<{ from: Committee; to: Committee; by: Uint8Array }> = {},
): Succession {
  const from = statement.from ?? lastOf(succession);
  const to = statement.to ?? successorOf(from, member);
  const signatures = signers.map((signer) => signatureOf(signer, from, to, statement.by));
  return { ...succession, handovers: [...succession.handovers, { member, signatures }] };
}

const start = founded();
const second = memberAt(2, 52);
const replaced = after(start, second, founders(1, 3, 4));

describe('a handover', () => {
  test('that n - t of those before signed makes the committee of the next epoch, with one other member', () => {
    const [before, now] = committeesOf(replaced);
    expect(now).toMatchObject({ epoch: 1, threshold: 1 });
    expect(now!.members.map((member, at) => member === before!.members[at])).toEqual([
      true,
      false,
      true,
      true,
    ]);
    const third = after(replaced, memberAt(3, 53), [
      [1, 1],
      [2, 52],
      [4, 4],
    ]);
    expect(lastOf(third).epoch).toBe(2);
    const again = after(third, memberAt(2, 62), [
      [1, 1],
      [3, 53],
      [4, 4],
    ]);
    expect(lastOf(again).members[1]).toEqual(memberAt(2, 62));
  });

  const refused: Readonly<Record<string, () => Succession>> = {
    'with too few signatures': () => after(start, second, founders(1, 3)),
    'that one signed three times': () => after(start, second, founders(1, 1, 1)),
    'by the one that is replaced alone': () => after(start, second, founders(2)),
    'for which the one that is replaced has to count': () => after(start, second, founders(1, 2, 3)),
    'that the new one signs in its own favour': () => after(start, second, [...founders(1, 3), [2, 52]]),
    'of members of a later committee': () =>
      after(replaced, memberAt(3, 53), [
        [1, 1],
        [2, 2],
        [4, 4],
      ]),
    'signed for another coordinator': () => after(start, second, founders(1, 3, 4), { by: otherCoordinator }),
    'signed for a committee in which two change': () => {
      const to = successorOf(successorOf(start.first, second), memberAt(3, 53));
      return after(start, second, founders(1, 3, 4), { to: { ...to, epoch: 1 } });
    },
    'signed for another threshold': () => {
      const seven = founded(7);
      const to = { ...successorOf(seven.first, second), threshold: 1 };
      return after(seven, second, founders(1, 3, 4, 5, 6, 7), { to });
    },
    'signed for a later epoch': () =>
      after(start, second, founders(1, 3, 4), { to: { ...successorOf(start.first, second), epoch: 2 } }),
    'from another committee': () => {
      const from = successorOf(start.first, memberAt(3, 53));
      return after(start, second, founders(1, 3, 4), { from: { ...from, epoch: 0 } });
    },
    'to keys that were in use before': () =>
      after(replaced, memberAt(2, 2), [
        [1, 1],
        [3, 3],
        [4, 4],
      ]),
    'to the sealing key of another one': () =>
      after(start, { ...second, sealingKey: start.first.members[2]!.sealingKey }, founders(1, 3, 4)),
    'to the key of the coordinator': () => after(start, { ...second, key: coordinator }, founders(1, 3, 4)),
    'of a custodian that there is not': () => ({
      ...start,
      handovers: [{ member: memberAt(5, 55), signatures: replaced.handovers[0]!.signatures }],
    }),
  };
  test.each(Object.keys(refused))('%s is refused', (name) => {
    expect(() => committeesOf(refused[name]!())).toThrow(RangeError);
  });

  test('that is left out, or comes twice, breaks those behind it', () => {
    const third = after(replaced, memberAt(3, 53), [
      [1, 1],
      [2, 52],
      [4, 4],
    ]);
    const [one, two] = third.handovers as [Handover, Handover];
    for (const handovers of [[two], [two, one], [one, one], [one, one, two]])
      expect(() => committeesOf({ ...third, handovers })).toThrow(RangeError);
    expect(() => committeesOf({ ...third, coordinator: otherCoordinator })).toThrow(RangeError);
    const many = Array<Handover>(custodianLimits.handoversMax + 1).fill(one);
    expect(() => committeesOf({ ...third, handovers: many })).toThrow('too many');
  });

  test('of which any byte of any signature is another does not count', () => {
    fc.assert(
      fc.property(fc.nat(2), fc.nat(64), fc.integer({ min: 1, max: 255 }), (which, at, flip) => {
        const signatures = replaced.handovers[0]!.signatures.map((one, position) => {
          const signature = Uint8Array.from(one.signature);
          if (position === which) signature[at]! ^= flip;
          return { ...one, signature };
        });
        expect(() => committeesOf({ ...start, handovers: [{ member: second, signatures }] })).toThrow(
          'epoch 1 is signed by 2',
        );
      }),
      { numRuns: 40 },
    );
  });
});

/** What custodian `index` does with a succession when it starts, over its disk. */
function claim(disk: MemoryStore, succession: Succession, index: number, seed = index) {
  const owner = ownerOf(memberAt(index, seed), committeesOf(succession), succession.coordinator);
  const { storeKey: key } = custodianSecrets(rootOf(seed));
  return openCustodianStore(owner, { store: disk, key, random });
}

describe('a custodian', () => {
  const third = after(replaced, memberAt(3, 53), [
    [1, 1],
    [2, 52],
    [4, 4],
  ]);

  test('follows from the committee that it served, over several epochs, and not back', async () => {
    const disk = new MemoryStore();
    await claim(disk, start, 4);
    await claim(disk, third, 4);
    await claim(disk, third, 4);
    await expect(claim(disk, start, 4)).rejects.toThrow('of epoch 0, and this custodian follows epoch 2');
    await expect(claim(disk, replaced, 4)).rejects.toThrow('of epoch 1, and this custodian follows epoch 2');
  });

  test('does not follow another committee of an epoch that it served', async () => {
    const disk = new MemoryStore();
    await claim(disk, replaced, 4);
    const other = after(start, memberAt(2, 72), founders(1, 3, 4));
    await expect(claim(disk, other, 4)).rejects.toThrow('another index or committee');
    const more = after(other, memberAt(3, 53), [
      [1, 1],
      [2, 72],
      [4, 4],
    ]);
    await expect(claim(disk, more, 4)).rejects.toThrow('did not come from the one of epoch 1');
    await expect(claim(disk, { ...start, coordinator: otherCoordinator }, 4)).rejects.toThrow('epoch 1');
    await claim(disk, third, 4);
  });

  test('keeps what it had, and the mark of who is new is gone when it caught up', async () => {
    const disk = new MemoryStore();
    const before = await claim(disk, start, 1);
    await before.values.put([['name', Buffer.from('value')]]);
    const { values } = await claim(disk, replaced, 1);
    expect(Buffer.from((await values.get('name'))!).toString()).toBe('value');
    expect(await isNewcomer(values)).toBe(false);
    const fresh = await claim(new MemoryStore(), replaced, 2, 52);
    expect(await isNewcomer(fresh.values)).toBe(true);
  });

  test('that was replaced is told so, and its keys open no place any more', async () => {
    expect(() => claim(new MemoryStore(), third, 2, 2)).toThrow('it was replaced in epoch 1');
    expect(() => claim(new MemoryStore(), third, 3, 3)).toThrow('it was replaced in epoch 2');
    expect(() => claim(new MemoryStore(), third, 3, 99)).toThrow('another member in its place');
  });

  test('signs for the committee that it follows, and for nobody in its own place', async () => {
    const disk = new MemoryStore();
    await claim(disk, replaced, 4);
    const member = memberAt(3, 53);
    const sign = (me: number, succession: Succession, store: MemoryStore | undefined, one = member) =>
      signSuccession({ me, succession, member: one }, { store, root: rootOf(me), random });
    const made = await Promise.all([sign(4, replaced, disk), sign(1, replaced, undefined)]);
    const by2 = await signSuccession(
      { me: 2, succession: replaced, member },
      { store: new MemoryStore(), root: rootOf(52), random },
    );
    const handovers = [...replaced.handovers, { member, signatures: [...made, by2] }];
    expect(lastOf({ ...replaced, handovers }).epoch).toBe(2);

    await expect(sign(4, start, disk)).rejects.toThrow('follows epoch 1');
    await expect(sign(3, replaced, undefined)).rejects.toThrow('its own place');
    await expect(sign(4, replaced, disk, memberAt(2, 2))).rejects.toThrow('keys that one had before');
    await expect(sign(2, replaced, undefined)).rejects.toThrow('it was replaced in epoch 1');
    // It stays one of before until it serves the next.
    await claim(disk, replaced, 4);
  });
});

test('the statement holds both committees: one byte of either makes another', () => {
  const to = successorOf(start.first, second);
  const statement = successionStatement(start.first, to, coordinator);
  const length = encodeCommittee(to, coordinator).length;
  expect(statement).toHaveLength(2 * (4 + length));
  expect(statement).not.toEqual(successionStatement(start.first, { ...to, epoch: 2 }, coordinator));
  expect(statement).not.toEqual(successionStatement(to, to, coordinator));
});
