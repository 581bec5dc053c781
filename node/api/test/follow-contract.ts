/** What `follow` and `scan` promise. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type AppliedBatch, type Bytes, mainLog, type Operation } from '../index.ts';
import type { PortsInUse } from './ports-in-use.ts';

export function describeFollow(use: PortsInUse): void {
  const { domain } = use;
  describe('follow and scan', () => {
    it('yields every position in order, from the past into the present, until it is told to stop', async () => {
      const slots = Array.from({ length: 6 }, () => randomBytes(24));
      await use.commit([use.put(slots[0] as Bytes, '0')]);
      const stop = new AbortController();
      const seen: AppliedBatch[] = [];
      const following = (async () => {
        for await (const batch of use.ports.follow(mainLog, 1, stop.signal)) {
          seen.push(batch);
          const written = seen.flatMap((one) => one.transactions).length;
          if (written === slots.length + 1) stop.abort();
        }
      })();
      for (const [index, slot] of slots.entries())
        if (index > 0) await use.commit([use.put(slot, `${index}`)]);
      await following;
      expect(seen.map(({ position }) => position)).toEqual(seen.map((_, index) => index + 1));
      const operations = seen.flatMap(({ transactions }) => transactions.flatMap((one) => one.operations));
      expect(operations[0]?.kind).toBe('create-domain');
      const puts = operations.slice(1) as Extract<Operation, { kind: 'add-vertex' }>[];
      expect(puts.map((one) => Buffer.from(one.slot))).toEqual(slots);
      expect(puts.map((one) => Buffer.from(one.payload).toString())).toEqual(['0', '1', '2', '3', '4', '5']);
    });

    it('tells refusals to followers and does not tell a repeated id twice', async () => {
      const sent = await use.transaction([use.put(randomBytes(24), 'x')], {
        expects: [{ domain, slot: randomBytes(24), revision: 4096 }],
      });
      await use.ports.commit(sent);
      await use.ports.commit(sent);
      await use.commit([]);
      const last = await use.ports.position();
      const stop = new AbortController();
      const outcomes: string[] = [];
      for await (const { position, transactions } of use.ports.follow(mainLog, 2, stop.signal)) {
        for (const { outcome } of transactions) outcomes.push(outcome.status);
        if (position === last) stop.abort();
      }
      expect(outcomes).toEqual(['refused', 'applied']);
    });

    it('ends a follower that waits when it is told to stop', async () => {
      const stop = new AbortController();
      const next = (await use.ports.position()) + 1;
      const iterator = use.ports.follow(mainLog, next, stop.signal)[Symbol.asyncIterator]();
      const waiting = iterator.next();
      stop.abort();
      expect((await waiting).done).toBe(true);
    });

    it('scans the live atoms of one domain in slot order', async () => {
      const slots = Array.from({ length: 50 }, () => randomBytes(24));
      await Promise.all(slots.map((slot, index) => use.commit([use.put(slot, `${index}`)])));
      const gone = slots.pop() as Buffer;
      const note = Buffer.alloc(0);
      await use.commit([
        { kind: 'remove-vertex', domain, slot: gone, incarnation: gone.subarray(0, 8), note },
      ]);
      const other = randomBytes(32);
      await use.commit([
        use.create(other),
        { ...use.put(randomBytes(24), 'elsewhere'), domain: other } as Operation,
      ]);
      const found: Buffer[] = [];
      for await (const { slot, atom } of use.ports.scan(domain)) {
        expect(atom.kind).toBe('vertex');
        found.push(Buffer.from(slot));
      }
      expect(found).toEqual([...slots].sort(Buffer.compare));
    });

    it('lets a scan be left early', async () => {
      await Promise.all(
        Array.from({ length: 50 }, () => use.commit([use.put(randomBytes(24), 'x'.repeat(50_000))])),
      );
      let seen = 0;
      for await (const _ of use.ports.scan(domain)) if (++seen === 3) break;
      expect(seen).toBe(3);
      expect(await use.ports.position()).toBeGreaterThan(0);
    });
  });
}
