/** The comparison at the end of a run, against a party that speaks to the others by itself. */
import { duplexPair } from 'node:stream';
import { expect, test } from 'vitest';
import { MpcAbort } from '../errors.ts';
import { confirmRun } from '../session/confirmation.ts';
import { controlKind } from '../session/format/control.ts';
import { Links } from '../session/links.ts';
import { meet } from '../session/meeting.ts';
import type { SecureChannel } from '../session/secure-channel.ts';
import { channelPair } from './support/channel-pair.ts';
import { seededRandom } from './support/seeded-random.ts';
import { names } from './support/session-parties.ts';

const runId = Buffer.alloc(32, 1);
const agreement = Buffer.alloc(33, 1);

/** Channels between all, and links of those that are honest. */
function channelsOf(parties: readonly string[]) {
  const channels = new Map(parties.map((name) => [name, new Map<string, SecureChannel>()]));
  for (const [i, a] of parties.entries()) {
    for (const b of parties.slice(i + 1)) {
      const { alice, bob } = channelPair({}, duplexPair(), `${a} ${b}`);
      // The pair names its ends alice and bob; who they are shows here.
      channels.get(a)!.set(b, renamed(alice, b));
      channels.get(b)!.set(a, renamed(bob, a));
    }
  }
  const linksOf = (name: string) => {
    const links = new Links();
    for (const channel of channels.get(name)!.values()) links.add(channel);
    return links;
  };
  const end = async () => {
    const all = [...channels.values()].flatMap((each) => [...each.values()]);
    await Promise.all(all.map((channel) => channel.close()));
  };
  return { channels, linksOf, end };
}

function renamed(channel: SecureChannel, peer: string): SecureChannel {
  return Object.defineProperty(channel, 'peer', { value: peer });
}

const reasonOf = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof MpcAbort ? [error.reason, error.party] : error;
};

test.each([2, 3, 4, 5])('%i parties that saw the same have one transcript', async (count) => {
  const parties = names.slice(0, count);
  const { linksOf, end } = channelsOf(parties);
  const hashes = await Promise.all(parties.map((me) => confirmRun(linksOf(me), parties, me, runId)));
  expect(new Set(hashes.map((hash) => Buffer.from(hash).toString('hex'))).size).toBe(1);
  await end();
});

test('who says that it sent something else is found out', async () => {
  const parties = names.slice(0, 2);
  const { channels, linksOf, end } = channelsOf(parties);
  const ended = reasonOf(confirmRun(linksOf('alice'), parties, 'alice', runId));
  channels.get('bob')!.get('alice')!.sendControl(controlKind.chain, Buffer.alloc(32));
  expect(await ended).toEqual(['cheating', 'bob']);
  await end();
});

test('who tells two parties different things of its channels is found out by one of them', async () => {
  const parties = names.slice(0, 3);
  const { channels, linksOf, end } = channelsOf(parties);
  const honest = parties.slice(0, 2).map((me) => reasonOf(confirmRun(linksOf(me), parties, me, runId)));
  const carol = channels.get('carol')!;
  for (const channel of carol.values()) channel.sendControl(controlKind.chain, channel.sentChain());
  // Her row: the channels to alice and bob as they are towards alice, and another one for alice towards bob.
  const rows = await Promise.all(
    [...carol.values()].map(async (channel) => {
      await channel.receiveChain();
      return channel.receiveControl(controlKind.links, 96);
    }),
  );
  const ofAlice = rows[0]!.subarray(64, 96);
  const ofBob = rows[1]!.subarray(64, 96);
  const zeros = Buffer.alloc(32);
  carol.get('alice')!.sendControl(controlKind.links, Buffer.concat([ofAlice, ofBob, zeros]));
  carol.get('bob')!.sendControl(controlKind.links, Buffer.concat([Buffer.alloc(32, 9), ofBob, zeros]));
  expect(await honest[0]).toBeUndefined();
  expect(await honest[1]).toEqual(['cheating', undefined]);
  await end();
});

test('two that work together cannot give two others different transcripts', async () => {
  const parties = names.slice(0, 4);
  const { channels, linksOf, end } = channelsOf(parties);
  const honest = parties.slice(0, 2).map((me) => reasonOf(confirmRun(linksOf(me), parties, me, runId)));
  const liars = ['carol', 'dave'];
  const victims = ['alice', 'bob'];
  const between = (liar: string, victim: string) => channels.get(liar)!.get(victim)!;
  const pairs = liars.flatMap((liar) => victims.map((victim) => [liar, victim] as const));
  for (const pair of pairs) between(...pair).sendControl(controlKind.chain, between(...pair).sentChain());
  const rows = new Map<string, Buffer>();
  for (const pair of pairs) {
    await between(...pair).receiveChain();
    rows.set(pair.join(), await between(...pair).receiveControl(controlKind.links, 128));
  }
  for (const [liar, victim] of pairs) {
    const index = parties.indexOf(liar as (typeof parties)[number]);
    const row = Buffer.alloc(128);
    for (const [j, name] of victims.entries()) {
      rows.get([liar, name].join())!.copy(row, 32 * j, 32 * index, 32 * index + 32);
    }
    // Of the channel between the two that work together, both tell alice one thing and bob another.
    row.fill(victims.indexOf(victim) + 1, 32 * (5 - index), 32 * (5 - index) + 32);
    between(liar, victim).sendControl(controlKind.links, row);
  }
  for (const pair of pairs) {
    const echo = await between(...pair).receiveControl(controlKind.transcript, 33);
    between(...pair).sendControl(controlKind.transcript, echo);
  }
  expect(await Promise.all(honest)).toEqual([
    ['disagreement', 'bob'],
    ['disagreement', 'alice'],
  ]);
  await end();
});

test('who gives two parties different nonces is in a session with neither', async () => {
  const parties = names.slice(0, 3);
  const { channels, linksOf, end } = channelsOf(parties);
  const honest = parties
    .slice(0, 2)
    .map((me) => reasonOf(meet(linksOf(me), parties, me, agreement, seededRandom(me))));
  for (const [i, channel] of [...channels.get('carol')!.values()].entries()) {
    channel.sendControl(controlKind.nonce, Buffer.alloc(32, i));
    await channel.receiveControl(controlKind.nonce, 32);
    channel.sendControl(controlKind.session, await channel.receiveControl(controlKind.session, 32));
  }
  expect(await Promise.all(honest)).toEqual([
    ['disagreement', 'bob'],
    ['disagreement', 'alice'],
  ]);
  await end();
});
