/** Who is listened to before the login, who waits, and who gives way. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Guest, Guests } from '../guests.ts';
import { connectionLimits } from '../limits.ts';

const { guestsMax, guestsOfAddressMax, guestLeastMs, loginMs, waitingMax, waitingOfAddressMax } =
  connectionLimits;

class Stranger implements Guest {
  readonly address: string;
  isBusy = false;
  isWelcome = false;
  isGone = false;

  constructor(address: string) {
    this.address = address;
  }

  welcome(): void {
    this.isWelcome = true;
  }

  destroy(): void {
    this.isGone = true;
  }
}

function open() {
  const clock = { now: 0 };
  const guests = new Guests(() => clock.now);
  const come = (address = '10.0.0.1') => {
    const stranger = new Stranger(address);
    return { stranger, hasRoom: guests.enter(stranger) };
  };
  const many = (count: number, address?: string) =>
    Array.from({ length: count }, () => come(address).stranger);
  return { clock, guests, come, many };
}

test('whoever takes too long is sent away, and whoever has waited too long', () => {
  const { clock, guests, many } = open();
  const [slow, quick] = many(2);
  guests.leave(quick!);
  clock.now = loginMs - 1;
  const [late] = many(1);
  guests.sweep();
  expect(slow!.isGone).toBe(false);
  clock.now = loginMs;
  guests.sweep();
  expect([slow, quick, late].map((each) => each!.isGone)).toEqual([true, false, false]);
});

test('one address has not all the places, and the others of it wait', () => {
  const { guests, many } = open();
  const all = many(guestsOfAddressMax + 10);
  expect(all.filter(({ isWelcome }) => isWelcome)).toHaveLength(guestsOfAddressMax);
  expect(guests.waitingCount).toBe(10);
  expect(many(1, '10.0.0.2')[0]!.isWelcome).toBe(true);
});

test('addresses of one IPv6 network are one', () => {
  const { guests, come } = open();
  for (let count = 0; count < guestsOfAddressMax; count++) come(`2001:db8:1:2:${count}::1`);
  expect(come('2001:db8:1:2::9').stranger.isWelcome).toBe(false);
  expect(come('2001:db8:1:3::9').stranger.isWelcome).toBe(true);
  expect(guests.size).toBe(guestsOfAddressMax + 1);
});

test('a place that gets free is for the next one, of each address by turns', () => {
  const { guests, many } = open();
  const inside = many(guestsOfAddressMax, 'a');
  many(guestsMax - guestsOfAddressMax, 'b');
  const first = many(3, 'c');
  const second = many(2, 'd');
  for (const each of inside.slice(0, 3)) guests.leave(each);
  expect(first.map(({ isWelcome }) => isWelcome)).toEqual([true, true, false]);
  expect(second.map(({ isWelcome }) => isWelcome)).toEqual([true, false]);
});

test('when others wait, who has taken long gives way, and nobody else does', () => {
  const { clock, guests, come, many } = open();
  const all = [...many(guestsOfAddressMax, 'a'), ...many(guestsMax - guestsOfAddressMax, 'b')];
  all[1]!.isBusy = true;
  clock.now = guestLeastMs - 1;
  const { stranger, hasRoom } = come('c');
  expect([hasRoom, stranger.isWelcome]).toEqual([true, false]);
  clock.now = guestLeastMs;
  const [second] = many(1, 'c');
  expect(stranger.isWelcome).toBe(true);
  expect(second!.isWelcome).toBe(true);
  // The one whose login is being checked does not.
  expect(all.filter(({ isGone }) => isGone)).toEqual([all[0], all[2]]);
  expect(guests.size).toBe(guestsMax);
});

test('guests of an address that is full do not cost another one its place', () => {
  const { clock, guests, many } = open();
  const [other] = many(1, 'b');
  const inside = many(guestsOfAddressMax, 'a');
  const [next] = many(1, 'a');
  clock.now = guestLeastMs;
  guests.sweep();
  expect(other!.isGone).toBe(false);
  expect(inside[0]!.isGone).toBe(true);
  expect(next!.isWelcome).toBe(true);
});

test('there is a limit of those that wait, in all and of one address', () => {
  const { guests, come, many } = open();
  many(guestsOfAddressMax + waitingOfAddressMax, 'a');
  expect(come('a').hasRoom).toBe(false);
  expect(come('b').hasRoom).toBe(true);
  for (let address = 0; guests.waitingCount < waitingMax; address++) come(`c${address}`);
  expect(come('d').hasRoom).toBe(false);
});

test('whatever happens, limits hold, nobody is forgotten and nobody waits beside a free place', () => {
  const events = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('come' as const), count: fc.nat(300), address: fc.nat(3) }),
      fc.record({ kind: fc.constant('leave' as const), count: fc.nat(300), from: fc.nat(1000) }),
      fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(4000) }),
    ),
    { maxLength: 25 },
  );
  fc.assert(
    fc.property(events, (happened) => {
      const { clock, guests, come } = open();
      let all: Stranger[] = [];
      for (const event of happened) {
        if (event.kind === 'come')
          for (let at = 0; at < event.count; at++) all.push(come(String(event.address)).stranger);
        else if (event.kind === 'pass') {
          clock.now += event.ms;
          guests.sweep();
        } else {
          const left = all.splice(event.from, event.count);
          for (const each of left) guests.leave(each);
        }
        all = all.filter(({ isGone }) => !isGone);
        const inside = all.filter(({ isWelcome }) => isWelcome);
        const waiting = all.filter(({ isWelcome }) => !isWelcome);
        expect([guests.size, guests.waitingCount]).toEqual([inside.length, waiting.length]);
        expect(inside.length).toBeLessThanOrEqual(guestsMax);
        const of = (address: string) => inside.filter((each) => each.address === address).length;
        for (const { address } of inside) expect(of(address)).toBeLessThanOrEqual(guestsOfAddressMax);
        for (const address of new Set(waiting.map((each) => each.address)))
          expect(inside.length === guestsMax || of(address) === guestsOfAddressMax).toBe(true);
      }
    }),
    { numRuns: 40 },
  );
});
