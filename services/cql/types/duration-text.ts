/** Durations in their four forms: `1y2mo3d`, `P1Y2M3DT4H`, `P2W`, `P0001-02-03T04:05:06`, each perhaps with a minus in front. */
import type { Duration } from './duration-value.ts';
import { MarshalError } from './marshal-error.ts';

const unitNames = [
  'years',
  'months',
  'weeks',
  'days',
  'hours',
  'minutes',
  'seconds',
  'milliseconds',
  'microseconds',
  'nanoseconds',
] as const;

type UnitName = (typeof unitNames)[number];
type Part = 'months' | 'days' | 'nanoseconds';

const units: Readonly<Record<UnitName, readonly [Part, bigint]>> = {
  years: ['months', 12n],
  months: ['months', 1n],
  weeks: ['days', 7n],
  days: ['days', 1n],
  hours: ['nanoseconds', 3_600_000_000_000n],
  minutes: ['nanoseconds', 60_000_000_000n],
  seconds: ['nanoseconds', 1_000_000_000n],
  milliseconds: ['nanoseconds', 1_000_000n],
  microseconds: ['nanoseconds', 1_000n],
  nanoseconds: ['nanoseconds', 1n],
};

const symbols: Readonly<Record<string, UnitName>> = {
  y: 'years',
  mo: 'months',
  w: 'weeks',
  d: 'days',
  h: 'hours',
  m: 'minutes',
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  µs: 'microseconds',
  ns: 'nanoseconds',
};

const int32Max = (1n << 31n) - 1n;
const int64Max = (1n << 63n) - 1n;

class DurationBuilder {
  private readonly totals: Record<Part, bigint> = { months: 0n, days: 0n, nanoseconds: 0n };
  private last = -1;

  add(unit: UnitName, digits: string): void {
    const index = unitNames.indexOf(unit);
    if (index === this.last)
      throw new MarshalError(`Invalid duration. The ${unit} are specified multiple times`);
    if (index < this.last)
      throw new MarshalError(`Invalid duration. The ${unitNames[this.last]} should be after ${unit}`);
    this.last = index;
    const [part, size] = units[unit];
    const limit = part === 'nanoseconds' ? int64Max : int32Max;
    const number = digits.length > 19 ? limit + 1n : BigInt(digits);
    if (number > (limit - this.totals[part]) / size)
      throw new MarshalError(
        `Invalid duration. The total number of ${part} must be less or equal to ${int32Max}`,
      );
    this.totals[part] += number * size;
  }

  build(isNegative: boolean): Duration {
    const { months, days, nanoseconds } = this.totals;
    // Adding zero makes no -0.
    const sign = isNegative ? -1 : 1;
    return {
      months: Number(months) * sign + 0,
      days: Number(days) * sign + 0,
      nanoseconds: isNegative ? -nanoseconds : nanoseconds,
    };
  }
}

const forms: readonly (readonly [RegExp, readonly UnitName[]])[] = [
  [/^P(\d+)W$/, ['weeks']],
  [
    /^P(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})$/,
    ['years', 'months', 'days', 'hours', 'minutes', 'seconds'],
  ],
  [
    /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/,
    ['years', 'months', 'days', 'hours', 'minutes', 'seconds'],
  ],
];

function addIso(source: string, builder: DurationBuilder): boolean {
  for (const [pattern, names] of forms) {
    const found = pattern.exec(source);
    if (!found) continue;
    for (const [index, name] of names.entries()) {
      const digits = found[index + 1];
      if (digits !== undefined) builder.add(name, digits);
    }
    return true;
  }
  return false;
}

function addUnits(source: string, builder: DurationBuilder): boolean {
  const pattern = /(\d+)(mo|ms|us|µs|ns|[ywdhsm])/giy;
  let end = 0;
  for (let found = pattern.exec(source); found; found = pattern.exec(source)) {
    builder.add(symbols[found[2]!.toLowerCase()]!, found[1]!);
    end = pattern.lastIndex;
  }
  return end > 0 && end === source.length;
}

export function parseDuration(text: string): Duration {
  const isNegative = text.startsWith('-');
  const source = isNegative ? text.slice(1) : text;
  const builder = new DurationBuilder();
  const isKnown = source.startsWith('P') ? addIso(source, builder) : addUnits(source, builder);
  if (!isKnown) throw new MarshalError(`Unable to convert '${source}' to a duration`);
  return builder.build(isNegative);
}
