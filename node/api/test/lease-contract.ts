/** What `lease` promises. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fails, type PortsInUse } from './ports-in-use.ts';

export function describeLeases(use: PortsInUse): void {
  const { domain } = use;
  describe('leases', () => {
    const durationMs = 6000;
    const lease = (holder: string, signal?: AbortSignal) =>
      use.ports.lease({
        domain,
        resource: 'engine',
        holder: Buffer.from(holder),
        durationMs,
        ...(signal === undefined ? {} : { signal }),
      });

    it('fences transactions by the term of the holder', async () => {
      const held = await lease('first');
      expect(held.term).toBe(1);
      expect(held.left()).toBeGreaterThan(0);
      const fence = { domain, resource: 'engine', term: 1 };
      expect((await use.commit([use.put(randomBytes(24), 'x')], { fence })).outcome.status).toBe('applied');
      const stale = { ...fence, term: 2 };
      expect((await use.commit([use.put(randomBytes(24), 'x')], { fence: stale })).outcome).toEqual({
        status: 'refused',
        reason: 'stale-term',
        index: -1,
      });
      await held.release();
      expect(held.lost.aborted).toBe(true);
      expect(held.left()).toBe(0);
    });

    it('stays with its holder while it renews, and passes on when it is released', async () => {
      const first = await lease('first');
      let second: Awaited<ReturnType<typeof lease>> | undefined;
      const waiting = lease('second').then((held) => {
        second = held;
      });
      for (let step = 0; step < 30; step++) await use.advance(durationMs / 10);
      expect(second).toBeUndefined();
      expect(first.lost.aborted).toBe(false);
      await first.release();
      await waiting;
      expect(second?.term).toBe(2);
      await second?.release();
    });

    it('passes to a challenger one whole duration after the last renewal, when the holder has stopped', async () => {
      const first = await lease('first');
      let at: number | undefined;
      let elapsed = 0;
      const waiting = lease('second').then((held) => {
        at = elapsed;
        return held;
      });
      await use.advance(0);
      first.abandon();
      let stopped: number | undefined;
      first.lost.addEventListener('abort', () => {
        stopped = elapsed;
      });
      while (at === undefined) {
        elapsed += durationMs / 20;
        await use.advance(durationMs / 20);
        expect(elapsed).toBeLessThan(durationMs * 3);
      }
      const second = await waiting;
      expect(second.term).toBe(2);
      expect(first.lost.aborted).toBe(true);
      expect(stopped as number).toBeLessThanOrEqual(at);
      await second.release();
    });

    it('goes at once to the same holder under the next term', async () => {
      const first = await lease('same');
      const second = await lease('same');
      expect(second.term).toBe(2);
      await use.advance(0);
      expect(first.lost.aborted).toBe(true);
      await second.release();
    });

    it('gives up waiting when it is told to', async () => {
      const held = await lease('first');
      const stop = new AbortController();
      const waiting = lease('second', stop.signal);
      stop.abort();
      await fails(waiting, 'aborted');
      await held.release();
    });
  });
}
