/** What readers give, against a sorted list of what was written, however batches overlap. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LambdaBase } from '../../store/context.ts';
import { splitEvents } from '../batch-body.ts';
import { createLogStore, logDefinition } from '../index.ts';
import { logLimits } from '../limits.ts';
import { behind, comparePlaces, placeOf, placeText, startOf } from '../place.ts';
import { eventsOfGroup, eventsOfStream, type StoredEvent } from '../read-events.ts';
import { groupKey, groupsTable, streamKey, streamsTable } from '../rows.ts';
import { openWorld, scope } from './support/world.ts';

const start = (base: LambdaBase) => {
  const logs = createLogStore(base);
  return { logs, definition: logDefinition((work) => work(logs)), stop: () => logs.stop() };
};

async function all(events: AsyncIterable<StoredEvent>): Promise<StoredEvent[]> {
  const list: StoredEvent[] = [];
  for await (const event of events) list.push(event);
  return list;
}

const writes = fc.array(
  fc.record({
    stream: fc.constantFrom('a', 'b', 'c'),
    // Few times near each other, and some that split a batch.
    times: fc.array(fc.oneof(fc.nat(30), fc.nat(200_000)), { minLength: 1, maxLength: 6 }),
  }),
  { minLength: 1, maxLength: 12 },
);

test('readers give every event once, in order, from any border and both ways', async () => {
  await using opened = new AsyncDisposableStack();
  const world = await openWorld(start);
  opened.defer(() => world.close());
  const { logs } = world.running;
  let run = 0;
  await fc.assert(
    fc.asyncProperty(writes, fc.nat(200_000), async (list, timeMs) => {
      const group = `group-${run++}`;
      let number = 0;
      const written: { stream: string; timeMs: number; message: string }[] = [];
      for (const { stream, times } of list) {
        const events = times.map((one) => ({ timeMs: one, message: String(number++) }));
        written.push(...events.map((event) => ({ stream, ...event })));
        await logs.writer.write({ ...scope, group, stream }, events, true);
      }
      const ordered = (stream: string) =>
        written
          .filter((one) => one.stream === stream)
          // Stable: what was written first of a moment is first.
          .toSorted((left, right) => left.timeMs - right.timeMs)
          .map(({ message }) => message);
      const found = await world.base.domain.get(groupsTable, groupKey(scope, group));
      const groupId = found!.row.id;
      const border = startOf(timeMs);
      for (const name of new Set(written.map(({ stream }) => stream))) {
        const row = (await world.base.domain.get(streamsTable, streamKey(groupId, name)))!.row;
        const read = async (from: typeof border, direction: 'forward' | 'backward') =>
          (await all(eventsOfStream(world.base, row.id, from, direction))).map(({ message }) => message);
        const whole = ordered(name);
        expect(await read(startOf(0), 'forward')).toEqual(whole);
        const forward = await read(border, 'forward');
        const backward = await read(border, 'backward');
        expect([...backward.toReversed(), ...forward]).toEqual(whole);
      }
      const wanted = async (name: string) => name !== 'c';
      const ofGroup = await all(eventsOfGroup(world.base, groupId, border, wanted));
      expect(ofGroup.map(({ message }) => message).sort()).toEqual(
        written
          .filter((one) => one.stream !== 'c' && one.timeMs >= timeMs)
          .map(({ message }) => message)
          .sort(),
      );
      expect(ofGroup).toEqual(ofGroup.toSorted((left, right) => comparePlaces(left.place, right.place)));
    }),
    { numRuns: 40 },
  );
});

const place = fc.record({
  timeMs: fc.nat({ max: 2 ** 47 }),
  streamId: fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  sequence: fc.nat({ max: 2 ** 40 - 1 }),
  index: fc.nat({ max: 2 ** 31 }),
});

test('a place has one text of 56 digits, and texts sort as places do', () => {
  fc.assert(
    fc.property(place, place, (left, right) => {
      const [a, b] = [placeText(left), placeText(right)];
      expect(a).toMatch(/^\d{56}$/);
      expect(placeOf(a)).toEqual(left);
      expect(Math.sign(comparePlaces(left, right))).toBe(a < b ? -1 : a > b ? 1 : 0);
      expect(comparePlaces(left, behind(left))).toBeLessThan(0);
    }),
  );
  expect(placeOf('9'.repeat(56))).toBeUndefined();
});

test('no batch is longer than its limits, unless it is one event', () => {
  const events = fc.array(
    fc.record({
      timeMs: fc.nat(400_000),
      message: fc.string({ maxLength: 5 }).map((text) => text.repeat(8000)),
    }),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(events, (list) => {
      const batches = splitEvents(list);
      expect(batches.flat()).toEqual(list.toSorted((left, right) => left.timeMs - right.timeMs));
      for (const batch of batches) {
        expect(batch.at(-1)!.timeMs - batch[0]!.timeMs).toBeLessThanOrEqual(logLimits.batchSpanMs);
        const bytes = batch.reduce((sum, one) => sum + Buffer.byteLength(one.message) + 26, 0);
        if (batch.length > 1) expect(bytes).toBeLessThanOrEqual(logLimits.batchBytesMax);
      }
    }),
    { numRuns: 50 },
  );
});
