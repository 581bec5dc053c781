/**
 * Custodians that stop, with their connections left as they are (SIGSTOP), and that die (SIGKILL). With three of four all works; with two
 * what needs no more does, and the rest is refused soon; when they are back, all works again, by those that had been away too.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { untilCustodians } from '../../lib/custodians.ts';
import { refusalOf } from '../../lib/kms-client.ts';
import { type KeyKind, keyKinds, type Use } from '../../lib/kms-key-kinds.ts';
import { custodians, kmsSuite } from './suite.ts';

const suite = kmsSuite();

interface Key {
  readonly kind: KeyKind;
  readonly use: Use;
}
const keys: Key[] = [];
/** One of each kind. */
const makeKeys = () =>
  together(
    keyKinds.map((kind) => async () => {
      keys.push({ kind, use: await kind.make(suite.kms) });
    }),
  );

/** Longest that a call may take: twice the 30 s that the gateway gives custodians for a use, as many are made at once here. */
const boundMs = 60_000;
async function bounded<Value>(call: () => Promise<Value>): Promise<Value> {
  const begun = performance.now();
  try {
    return await call();
  } finally {
    expect(performance.now() - begun).toBeLessThan(boundMs);
  }
}

/** All at once, to their end. @throws what one of them did */
async function together(calls: readonly (() => Promise<void>)[]): Promise<void> {
  const ends = await Promise.allSettled(calls.map(bounded));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

const stopped = new Map<number, number>();
function stop(...indices: number[]): void {
  const pids = suite.pids();
  for (const index of indices) {
    process.kill(pids.get(index)!, 'SIGSTOP');
    stopped.set(index, pids.get(index)!);
  }
}
function goOn(): void {
  for (const pid of stopped.values()) process.kill(pid, 'SIGCONT');
  stopped.clear();
}
afterEach(goOn);

const useThose = (some: readonly Key[]) => together(some.map(({ use }) => use));
const useAll = () => useThose(keys);
const isServedByTwo = ({ kind }: Key) => kind.needs === 2;
const unavailable = /^(?:KMSInternalException|DependencyTimeoutException)$/;

/** Calls recover by themselves: tried again until they work, for as long as who was away may take to be up to date. */
async function untilAvailable(work: () => Promise<unknown>): Promise<void> {
  for (const end = performance.now() + 120_000; ; ) {
    try {
      await work();
      return;
    } catch (error) {
      if (performance.now() > end || !(error instanceof Error && unavailable.test(error.name))) throw error;
      await sleep(100);
    }
  }
}

/** Stops these when the other two can serve alone. */
async function leaveTwo(...indices: number[]): Promise<void> {
  goOn();
  await suite.untilReady();
  stop(...indices);
}

test('one that does not answer any more: keys of every kind are made and used', async () => {
  await makeKeys();
  await useAll();
  stop(1);
  await useAll();
  await makeKeys();
  await useAll();
});

test('two: what needs three is refused in time, what needs two goes on', async () => {
  await leaveTwo(2, 3);
  await useThose(keys.filter(isServedByTwo));
  const refused = [...keys.filter((key) => !isServedByTwo(key)).map(({ use }) => use), suite.newKey];
  await together(
    refused.map((call) => async () => {
      expect(await refusalOf(call())).toMatch(unavailable);
    }),
  );
  goOn();
  await untilAvailable(useAll);
  await untilAvailable(() => keyKinds[0]!.make(suite.kms));
});

test('who was away serves again, also keys that were made meanwhile', async () => {
  // 1 was away while the second half of the keys was made.
  await leaveTwo(3, 4);
  await useThose(keys.filter(isServedByTwo));
  goOn();
  await untilAvailable(useAll);
  await untilAvailable(() => keyKinds[0]!.make(suite.kms));
});

test('one is killed, and another as soon as it is back: no call fails', async () => {
  for (const index of [1, 3]) {
    const pid = suite.pids().get(index)!;
    process.kill(pid, 'SIGKILL');
    await useAll();
    await untilCustodians(suite.target.pid, custodians);
    expect(suite.pids().get(index)).not.toBe(pid);
    // Serving again: with two others stopped, it is needed.
    await leaveTwo((index % 4) + 1, ((index + 1) % 4) + 1);
    await useThose(keys.filter(isServedByTwo));
    goOn();
    await untilAvailable(useAll);
  }
});
