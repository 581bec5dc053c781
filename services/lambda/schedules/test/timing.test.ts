/** When schedules are due, against a model that looks at every minute's wall clock. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lastOccurrence, nextOccurrence, parseExpression, type Timing } from '../timing/expression.ts';
import { instantOf, isZone, wallOf } from '../timing/zone.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const beginMs = Date.UTC(2024, 0, 1);
const endMs = Date.UTC(2028, 0, 1);
/** Of the north, of the south, and one that is put forward by half an hour. */
const zones = ['America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe'] as const;

const timingOf = (text: string, zone: string, more: Partial<Timing> = {}): Timing => {
  const expression = parseExpression(text);
  if (expression === undefined) throw new Error(`no expression: ${text}`);
  return { expression, zone, anchorMs: 0, startMs: undefined, endMs: undefined, ...more };
};

/** Offsets of a zone in steps of a quarter of an hour: no clock is put to another time in between. */
const stepMs = 15 * minuteMs;
const offsets = new Map<string, Int32Array>();
function offsetAt(zone: string, instantMs: number): number {
  let table = offsets.get(zone);
  if (table === undefined) {
    table = new Int32Array((endMs - beginMs) / stepMs);
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    for (let day = 0; day < (endMs - beginMs) / dayMs; day++) {
      const read = (at: number) => {
        const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')!.value;
        const [, sign, hours = '0', minutes = '0'] = /GMT(?:([+-])(\d+):(\d+))?/.exec(name)!;
        return (sign === '-' ? -1 : 1) * (Number(hours) * hourMs + Number(minutes) * minuteMs);
      };
      const steps = dayMs / stepMs;
      const [first, last] = [read(beginMs + day * dayMs), read(beginMs + (day + 1) * dayMs - 1)];
      for (let i = 0; i < steps; i++)
        table[day * steps + i] = first === last ? first : read(beginMs + day * dayMs + i * stepMs);
    }
    offsets.set(zone, table);
  }
  return table[Math.floor((instantMs - beginMs) / stepMs)]!;
}

/** Fields as numbers that a minute's wall clock must show. */
interface Model {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly isDay: (date: Date) => boolean;
}

/** Looks at every minute; a wall time that was shown before does not count again. */
function naiveNext(model: Model, zone: string, afterMs: number): number | undefined {
  let shown = Number.NEGATIVE_INFINITY;
  // What was shown before the moment counts as shown.
  for (
    let at = Math.max(beginMs, Math.floor(afterMs / minuteMs) * minuteMs - 3 * hourMs);
    at < endMs;
    at += minuteMs
  ) {
    const wall = at + offsetAt(zone, at);
    if (wall <= shown) continue;
    shown = wall;
    if (at <= afterMs || !model.minutes.has((wall / minuteMs) % 60)) continue;
    if (!model.hours.has(Math.floor(wall / hourMs) % 24)) continue;
    const date = new Date(wall);
    if (model.months.has(date.getUTCMonth() + 1) && model.isDay(date)) return at;
  }
  return undefined;
}

const subset = (min: number, max: number) =>
  fc.oneof(
    { weight: 1, arbitrary: fc.constant({ text: '*', set: range(min, max) }) },
    {
      weight: 3,
      arbitrary: fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 4 }).map((list) => ({
        text: list.join(','),
        set: new Set(list),
      })),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.integer({ min, max }), fc.integer({ min: 1, max: 20 })).map(([from, by]) => ({
        text: `${from}/${by}`,
        set: new Set([...range(from, max)].filter((one) => (one - from) % by === 0)),
      })),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })).map(([a, b]) => ({
        text: `${Math.min(a, b)}-${Math.max(a, b)}`,
        set: range(Math.min(a, b), Math.max(a, b)),
      })),
    },
  );

function range(from: number, to: number): ReadonlySet<number> {
  return new Set(Array.from({ length: to - from + 1 }, (_, i) => from + i));
}

const lengthOf = (date: Date) =>
  new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();

const days = fc.oneof(
  subset(1, 31).map(({ text, set }) => ({
    text: [text, '?'],
    isDay: (date: Date) => set.has(date.getUTCDate()),
  })),
  subset(1, 7).map(({ text, set }) => ({
    text: ['?', text],
    isDay: (date: Date) => set.has(date.getUTCDay() + 1),
  })),
  fc.constant({ text: ['L', '?'], isDay: (date: Date) => date.getUTCDate() === lengthOf(date) }),
  fc.integer({ min: 1, max: 7 }).map((day) => ({
    text: ['?', `${day}L`],
    isDay: (date: Date) => date.getUTCDay() + 1 === day && date.getUTCDate() + 7 > lengthOf(date),
  })),
  fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 5 })).map(([day, nth]) => ({
    text: ['?', `${day}#${nth}`],
    isDay: (date: Date) => date.getUTCDay() + 1 === day && Math.ceil(date.getUTCDate() / 7) === nth,
  })),
);

const crons = fc
  .record({ minutes: subset(0, 59), hours: subset(0, 23), months: subset(1, 12), days })
  .map(({ minutes, hours, months, days: { text, isDay } }) => ({
    text: `cron(${minutes.text} ${hours.text} ${text[0]} ${months.text} ${text[1]} *)`,
    model: { minutes: minutes.set, hours: hours.set, months: months.set, isDay } satisfies Model,
  }));

/** Half of them near a moment at which some clock is put to another time. */
const changes = zones.flatMap((zone) => {
  const found: number[] = [];
  for (let at = beginMs + stepMs; at < endMs; at += stepMs)
    if (offsetAt(zone, at) !== offsetAt(zone, at - stepMs)) found.push(at);
  return found;
});
const moments = fc.oneof(
  fc.integer({ min: beginMs + dayMs, max: endMs - 400 * dayMs }),
  fc
    .tuple(
      fc.constantFrom(...changes.filter((at) => at < endMs - 400 * dayMs)),
      fc.integer({ min: -3 * hourMs, max: 3 * hourMs }),
    )
    .map(([at, by]) => at + by),
);

describe.each(zones)('%s', (zone) => {
  test('clocks are put to another time in these years', () => {
    expect(changes.filter((at) => offsetAt(zone, at) !== offsetAt(zone, at - stepMs)).length).toBe(8);
  });

  test('the next occurrence is the one that the model finds minute by minute', () => {
    fc.assert(
      fc.property(crons, moments, ({ text, model }, afterMs) => {
        const expected = naiveNext(model, zone, afterMs);
        const found = nextOccurrence(timingOf(text, zone), afterMs);
        // Beyond what the model looks at there may be more.
        expect(found !== undefined && found >= endMs ? undefined : found).toBe(expected);
      }),
      { numRuns: 40 },
    );
  });

  test('over the years every occurrence is the one that the model finds', () => {
    const some: readonly (readonly [string, Model])[] = [
      [
        'cron(30 1,2 * * ? *)',
        { minutes: new Set([30]), hours: new Set([1, 2]), months: range(1, 12), isDay: () => true },
      ],
      [
        'cron(0/20 0-3 ? 3,4,10,11 SUN *)',
        {
          minutes: new Set([0, 20, 40]),
          hours: range(0, 3),
          months: new Set([3, 4, 10, 11]),
          isDay: (date) => date.getUTCDay() === 0,
        },
      ],
    ];
    for (const [text, model] of some) {
      const timing = timingOf(text, zone);
      let shown = Number.NEGATIVE_INFINITY;
      const expected: number[] = [];
      for (let at = beginMs; at < endMs; at += minuteMs) {
        const wall = at + offsetAt(zone, at);
        if (wall <= shown) continue;
        shown = wall;
        if (!model.minutes.has((wall / minuteMs) % 60) || !model.hours.has(Math.floor(wall / hourMs) % 24))
          continue;
        const date = new Date(wall);
        if (model.months.has(date.getUTCMonth() + 1) && model.isDay(date)) expected.push(at);
      }
      const found: number[] = [];
      for (
        let at = nextOccurrence(timing, beginMs - 1);
        at !== undefined && at < endMs;
        at = nextOccurrence(timing, at)
      )
        found.push(at);
      expect(found).toEqual(expected);
    }
  });

  test('a wall time leads to its moment and back, unless it was passed over', () => {
    fc.assert(
      fc.property(moments, (instantMs) => {
        const wall = wallOf(zone, instantMs);
        expect(wall - instantMs).toBe(offsetAt(zone, instantMs));
        const back = instantOf(zone, wall);
        expect(back).toBeLessThanOrEqual(instantMs);
        expect(wallOf(zone, back!)).toBe(wall);
      }),
    );
  });
});

test('what a clock passes over is left out, and what it shows twice comes once', () => {
  const next = (text: string, after: string) => {
    const found = nextOccurrence(timingOf(text, 'America/New_York'), Date.parse(after));
    return found === undefined ? undefined : new Date(found).toISOString();
  };
  expect(next('cron(30 2 * * ? *)', '2025-03-08T12:00:00Z')).toBe('2025-03-10T06:30:00.000Z');
  expect(next('cron(30 1 * * ? *)', '2025-11-02T00:00:00Z')).toBe('2025-11-02T05:30:00.000Z');
  expect(next('cron(30 1 * * ? *)', '2025-11-02T05:30:00Z')).toBe('2025-11-03T06:30:00.000Z');
  expect(next('at(2025-03-09T02:30:00)', '2025-01-01T00:00:00Z')).toBeUndefined();
  expect(next('at(2025-11-02T01:30:05)', '2025-01-01T00:00:00Z')).toBe('2025-11-02T05:30:05.000Z');
});

test.each([
  ['cron(0 10 15W * ? *)', '2025-02-01T00:00:00Z', '2025-02-14T10:00:00.000Z'],
  ['cron(0 10 1W * ? *)', '2025-02-01T00:00:00Z', '2025-02-03T10:00:00.000Z'],
  ['cron(0 10 31W * ? *)', '2025-08-01T00:00:00Z', '2025-08-29T10:00:00.000Z'],
  ['cron(0 10 L 2 ? *)', '2025-01-01T00:00:00Z', '2025-02-28T10:00:00.000Z'],
  ['cron(15 10 ? * 6L 2024-2026)', '2026-12-01T00:00:00Z', '2026-12-25T10:15:00.000Z'],
  ['cron(0 18 ? * MON-FRI *)', '2025-02-07T18:00:00Z', '2025-02-10T18:00:00.000Z'],
  ['cron(0 0 29 feb ? *)', '2025-01-01T00:00:00Z', '2028-02-29T00:00:00.000Z'],
  ['cron(0 0 1 1 ? 2199)', '2025-01-01T00:00:00Z', '2199-01-01T00:00:00.000Z'],
  ['cron(0-15/1 8-8 ? * 2,3,4,5,6,7 *)', '2025-02-09T00:00:00Z', '2025-02-10T08:00:00.000Z'],
])('%s after %s is %s', (text, after, expected) =>
  expect(new Date(nextOccurrence(timingOf(text, 'UTC'), Date.parse(after))!).toISOString()).toBe(expected),
);

test.each(['cron(0 10 31 2 ? *)', 'cron(0 10 1 1 ? 2020)'])('%s never occurs again', (text) =>
  expect(nextOccurrence(timingOf(text, 'UTC'), Date.UTC(2025, 0, 1))).toBeUndefined(),
);

test.each([
  'cron(0 10 * * * *)',
  'cron(0 10 ? * ? *)',
  'cron(0 10 * * ?)',
  'cron(60 10 * * ? *)',
  'cron(0 24 * * ? *)',
  'cron(0 10 32 * ? *)',
  'cron(0 10 ? * 8 *)',
  'cron(0 10 ? * 2#6 *)',
  'cron(0/0 10 * * ? *)',
  'cron(5-1 10 * * ? *)',
  'cron(0 10 * * ? 1969)',
  'cron(0, 10 * * ? *)',
  'rate(0 minutes)',
  'rate(5 seconds)',
  'rate(minutes)',
  'at(2025-02-30T00:00:00)',
  'at(2025-02-03T24:00:00)',
  'at(2025-02-03)',
  'every day',
])('%s is no expression', (text) => expect(parseExpression(text)).toBeUndefined());

test('a rate counts from its anchor, between start and end', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.constantFrom(['minutes', minuteMs] as const, ['hours', hourMs] as const, ['days', dayMs] as const),
      fc.nat(1e10),
      fc.nat(1e10),
      (value, [unit, unitMs], anchorMs, afterMs) => {
        const period = value * unitMs;
        const timing = timingOf(`rate(${value} ${unit})`, 'UTC', { anchorMs, endMs: 2e10 });
        const found = nextOccurrence(timing, afterMs);
        if (found === undefined) {
          const beyond = Math.max(anchorMs, afterMs) + period;
          expect(beyond).toBeGreaterThan(2e10);
          return;
        }
        expect((found - anchorMs) % period).toBe(0);
        expect(found).toBeGreaterThan(afterMs);
        expect(found).toBeGreaterThanOrEqual(anchorMs);
        expect(found - period <= afterMs || found === anchorMs).toBe(true);
        // What was missed since the anchor, seen from just before the next one.
        const last = lastOccurrence(timing, anchorMs, found - 1);
        expect(last).toBe(found === anchorMs ? undefined : found - period);
      },
    ),
  );
});

test('recurring schedules keep to start and end, one-time schedules know neither', () => {
  const [startMs, lateMs] = [Date.UTC(2025, 0, 10), Date.UTC(2025, 0, 12)];
  const limits = { startMs, endMs: lateMs };
  const daily = timingOf('cron(0 0 * * ? *)', 'UTC', limits);
  expect(nextOccurrence(daily, 0)).toBe(startMs);
  expect(nextOccurrence(daily, startMs + dayMs)).toBe(lateMs);
  expect(nextOccurrence(daily, lateMs)).toBeUndefined();
  expect(lastOccurrence(daily, 0, lateMs - 1)).toBe(startMs + dayMs);
  const once = timingOf('at(2025-02-01T00:00:00)', 'UTC', limits);
  expect(nextOccurrence(once, 0)).toBe(Date.UTC(2025, 1, 1));
});

test('time zones are names of the database', () => {
  expect(['UTC', 'Europe/Berlin', 'Etc/GMT+5', 'Asia/Kathmandu'].every(isZone)).toBe(true);
  expect(['Mars/Olympus', '+02:00', '', 'a b'].some(isZone)).toBe(false);
});
