import { MemoryState } from '@hypergate/node/embedded';
import { MemoryStore } from '@hypergate/node/store';
import { ConditionFailed, type DomainWrite } from '@hypergate/table';
import { afterEach, describe, expect, it } from 'vitest';
import { placeKey, walTable } from '../../model/wal-tables.ts';
import { gatedStore } from '../../test/support/gated-store.ts';
import { openStore, type StoreWorld } from '../../test/support/store.ts';
import { logFacts, openLog, readAll } from '../../test/support/wal.ts';
import { noLink } from '../chain.ts';
import { WalError } from '../errors.ts';

const start = 0x1000000;
let worlds: StoreWorld[] = [];

async function world(...state: Parameters<typeof openStore>): Promise<StoreWorld> {
  const made = await openStore(...state);
  worlds.push(made);
  return made;
}

afterEach(async () => {
  for (const each of worlds) await each.close();
  worlds = [];
});

describe('appending', () => {
  it('certifies bytes when the node has them, not before', async () => {
    const { store, gate } = gatedStore((await world()).store);
    const log = await openLog(store);
    await log.beginTimeline(1, 0, start);
    const told: number[] = [];
    log.onCertified((lsn) => told.push(lsn));
    gate.close();
    const asked = gate.next();
    log.append(1, start, Buffer.from('first'));
    await asked;
    expect([log.certified, log.appended, log.pendingBytes]).toEqual([start, start + 5, 5]);
    gate.open();
    await log.settled();
    expect(told).toEqual([start + 5]);
    expect((await readAll(log, start, start + 5)).toString()).toBe('first');
    await log.close();
  });

  it('writes what arrives during a round as one batch, and what arrives in one turn too', async () => {
    const { store, gate } = gatedStore((await world()).store);
    const log = await openLog(store);
    await log.beginTimeline(1, 0, start);
    gate.close();
    const before = gate.asked;
    const asked = gate.next();
    log.append(1, start, Buffer.from('ab'));
    log.append(1, start + 2, Buffer.from('cd'));
    await asked;
    for (let at = 4; at < 24; at++) log.append(1, start + at, Buffer.of(0x30 + at));
    gate.open();
    await log.settled();
    expect(gate.asked - before).toBe(2);
    expect(log.stats).toEqual({ rounds: 2, messages: 22, bytes: 24 });
    expect((await readAll(log, start + 1, start + 6)).toString('latin1')).toBe('bcd45');
    await log.close();
  });

  it('cuts what is more than a batch, also within a message, and keeps long batches in chunks', async () => {
    const log = await openLog((await world()).store);
    await log.beginTimeline(1, 0, start);
    const bytes = Buffer.alloc(9 * 1024 * 1024 + 123, 'write-ahead log ');
    log.append(1, start, bytes.subarray(0, 100));
    log.append(1, start + 100, bytes.subarray(100));
    await log.settled();
    expect(log.stats.rounds).toBe(3);
    expect((await readAll(log, start, start + bytes.length)).equals(bytes)).toBe(true);
    await log.close();
  });

  it('refuses bytes that do not begin where it ends', async () => {
    const log = await openLog((await world()).store);
    expect(() => log.append(1, start, Buffer.of(1))).toThrow(WalError);
    await log.beginTimeline(1, 0, start);
    log.append(1, start, Buffer.from('abc'));
    for (const [timeline, at] of [
      [1, start + 4],
      [1, start + 2],
      [1, start],
      [2, start + 3],
    ] as const)
      expect(() => log.append(timeline, at, Buffer.of(1))).toThrow(expect.objectContaining({ code: 'gap' }));
    await log.settled();
    await log.close();
  });

  it.each(['storage-full', 'overloaded'] as const)('tries again while the node answers %s', async (code) => {
    const facts = logFacts();
    const { store, gate } = gatedStore((await world()).store);
    const log = await openLog(store, facts);
    await log.beginTimeline(1, 0, start);
    gate.fail(code);
    log.append(1, start, Buffer.alloc(300_000, 7));
    for (let i = 0; i < 3; i++) await gate.next();
    expect(log.certified).toBe(start);
    gate.fail(undefined);
    await log.settled();
    expect(log.certified).toBe(start + 300_000);
    expect(facts.failing).toEqual([true, false]);
    await log.close();
  });

  it('ends when the node is closed, and says so', async () => {
    const facts = logFacts();
    const { store, gate } = gatedStore((await world()).store);
    const log = await openLog(store, facts);
    await log.beginTimeline(1, 0, start);
    gate.fail('closed');
    log.append(1, start, Buffer.of(1));
    await log.settled();
    expect(log.hasEnded).toBe(true);
    expect(facts.failures).toHaveLength(1);
    expect(() => log.append(1, start + 1, Buffer.of(1))).toThrow(expect.objectContaining({ code: 'ended' }));
    await log.close();
  });
});

describe('opening', () => {
  it('goes on where the log ends', async () => {
    const state = new MemoryState();
    const index = new MemoryStore();
    const first = await world(state, index);
    const log = await openLog(first.store);
    await log.beginTimeline(1, 0, start);
    log.append(1, start, Buffer.from('one'));
    await log.settled();
    const { endLink } = log;
    await log.close();
    await first.close();
    worlds = [];
    const again = await openLog((await world(state, index)).store);
    expect([again.timeline, again.certified, again.appended]).toEqual([1, start + 3, start + 3]);
    expect(again.endLink.equals(endLink)).toBe(true);
    again.append(1, start + 3, Buffer.from('two'));
    await again.settled();
    expect((await readAll(again, start, start + 6)).toString()).toBe('onetwo');
    await again.close();
  });

  it('takes a batch whose outcome was not heard of as what it is: there', async () => {
    const { store } = await world();
    const { store: gated, gate } = gatedStore(store);
    const lossy: typeof gated = {
      ...gated,
      tables: {
        ...gated.tables,
        async transact(writes, options) {
          await store.tables.transact(writes, options);
          await gate.pass(writes);
          return Promise.reject(new Error('not reached'));
        },
      },
    };
    const begun = await openLog(store);
    await begun.beginTimeline(1, 0, start);
    await begun.close();
    const log = await openLog(lossy);
    gate.fail('closed');
    log.append(1, start, Buffer.from('there'));
    await log.settled();
    expect(log.certified).toBe(start);
    await log.close();
    const again = await openLog(store);
    expect(again.certified).toBe(start + 5);
    await again.close();
  });

  it('refuses a log with a gap', async () => {
    const { store } = await world();
    const log = await openLog(store);
    await log.beginTimeline(1, 0, start);
    for (let at = 0; at < 3; at++) {
      log.append(1, start + at, Buffer.of(at));
      await log.settled();
    }
    await log.close();
    const { tables, domain, fence } = store;
    await tables.transact([{ kind: 'remove', domain, table: walTable, key: placeKey(1) }], {
      fence,
    });
    await expect(openLog(store)).rejects.toThrow(expect.objectContaining({ code: 'damaged' }));
  });
});

describe('what the node itself refuses', () => {
  const row = (endLsn: number) => ({
    timeline: 1,
    startLsn: endLsn - 1,
    term: 1,
    endLsn,
    prevHash: noLink,
    hash: noLink,
    receivedMs: 0,
    pieces: [{ kind: 'inline' as const, bytes: Buffer.of(1) }],
  });

  /** A log of two batches, and the write that the log makes of a third. */
  async function attacked() {
    const { store, takeOver } = await world();
    const { store: gated, gate } = gatedStore(store);
    const log = await openLog(gated);
    await log.beginTimeline(1, 0, start);
    for (const at of [0, 2]) {
      log.append(1, start + at, Buffer.alloc(2));
      await log.settled();
    }
    gate.close();
    const asked = gate.next();
    log.append(1, start + 4, Buffer.alloc(2));
    await asked;
    const [put, check] = gate.writes as [DomainWrite & { kind: 'put' }, DomainWrite & { kind: 'check' }];
    return { store, takeOver, log, gate, put, check };
  }

  it('a repeat of a batch', async () => {
    const { store, log, gate, put, check } = await attacked();
    const { tables, fence } = store;
    await tables.transact([put, check], { fence });
    await expect(tables.transact([put, check], { fence })).rejects.toThrow(ConditionFailed);
    gate.fail('closed');
    gate.open();
    await log.close();
  });

  it('a batch behind one that is not there, or not the one that was meant', async () => {
    const { store, log, gate, put, check } = await attacked();
    const { tables, domain, fence } = store;
    const behind = { ...put, key: placeKey(8), row: row(start + 9) };
    const gap = { ...check, key: placeKey(6) };
    await expect(tables.transact([behind, gap], { fence })).rejects.toThrow(ConditionFailed);
    const changed = { kind: 'put' as const, domain, table: walTable, key: check.key, row: row(start + 4) };
    await tables.transact([changed], { fence });
    await expect(tables.transact([put, check], { fence })).rejects.toThrow(ConditionFailed);
    gate.fail('closed');
    gate.open();
    await log.close();
  });

  it('whoever had the lease before: that log loses, and certifies nothing', async () => {
    const made = await world();
    const facts = logFacts();
    const { store, gate } = gatedStore(made.store);
    const log = await openLog(store, facts);
    await log.beginTimeline(1, 0, start);
    gate.close();
    const asked = gate.next();
    log.append(1, start, Buffer.from('late'));
    await asked;
    const next = await openLog(await made.takeOver());
    gate.open();
    await log.settled();
    expect(facts.lost).toBe(true);
    expect(log.certified).toBe(start);
    await expect(log.trim(start)).rejects.toThrow(WalError);
    next.append(1, start, Buffer.from('next'));
    await next.settled();
    expect((await readAll(next, start, start + 4)).toString()).toBe('next');
    await log.close();
    await next.close();
  });
});

describe('timelines', () => {
  it('a child begins within its parent; what the parent has beyond is in no history', async () => {
    const { store } = await world();
    const log = await openLog(store);
    await log.beginTimeline(1, 0, start);
    log.append(1, start, Buffer.from('parent, and beyond'));
    await log.settled();
    await log.beginTimeline(2, 1, start + 6);
    expect([log.timeline, log.certified]).toEqual([2, start + 6]);
    log.append(2, start + 6, Buffer.from(' and child'));
    await log.settled();
    await log.beginTimeline(5, 2, start + 16);
    expect(log.history(5)).toEqual([
      { timeline: 1, start, end: start + 6 },
      { timeline: 2, start: start + 6, end: start + 16 },
      { timeline: 5, start: start + 16, end: undefined },
    ]);
    expect(log.historyFileText(5)).toBe(
      '1\t0/1000006\tno recovery target specified\n2\t0/1000010\tno recovery target specified\n',
    );
    expect(log.historyFileText(1)).toBe('');
    expect((await readAll(log, start, start + 16)).toString()).toBe('parent and child');
    expect((await readAll(log, start, start + 18, log.history(1))).toString()).toBe('parent, and beyond');
    await log.close();
    const again = await openLog(store);
    expect([again.timeline, again.certified]).toEqual([5, start + 16]);
    again.append(5, start + 16, Buffer.from('!'));
    await again.settled();
    expect((await readAll(again, start + 10, start + 17)).toString()).toBe(' child!');
    await again.close();
  });

  it.each([
    ['again with another beginning', 1, 0, start + 1],
    ['of a parent that is not the newest', 3, 7, start],
    ['before its parent', 2, 1, start - 1],
    ['beyond its parent', 2, 1, start + 4],
    ['as a second first one', 2, 0, start],
  ])('none begins %s', async (_, timeline, parent, at) => {
    const log = await openLog((await world()).store);
    await log.beginTimeline(1, 0, start);
    log.append(1, start, Buffer.from('abc'));
    await expect(log.beginTimeline(timeline, parent, at)).rejects.toThrow(
      expect.objectContaining({ code: 'timeline' }),
    );
    await log.beginTimeline(1, 0, start);
    expect(log.certified).toBe(start + 3);
    await log.close();
  });
});
