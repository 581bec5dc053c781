/**
 * Texts of timestamps, dates and times. The formats of timestamps are those of Cassandra's `TimestampSerializer`: a date, perhaps a
 * time, perhaps a zone; without a zone it is UTC. Dates are as in ISO 8601, and both may be bare numbers.
 */
import { checkedDays, dateText, padded, splitDays } from './calendar.ts';
import { MarshalError } from './marshal-error.ts';

const int64Max = (1n << 63n) - 1n;
const dateShift = 2 ** 31;
const nanosecondsPerDay = 86_400_000_000_000n;

function inInt64(value: bigint): boolean {
  return value <= int64Max && value >= -int64Max - 1n;
}

/** Minutes east of Greenwich of the names that people write; Java knows more. */
const zones: Readonly<Record<string, number>> = {
  Z: 0,
  UTC: 0,
  UT: 0,
  GMT: 0,
  WET: 0,
  WEST: 60,
  BST: 60,
  CET: 60,
  CEST: 120,
  EET: 120,
  EEST: 180,
  MSK: 180,
  IST: 330,
  JST: 540,
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
};

function zoneMinutes(zone: string): number | undefined {
  const offset = /^(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(zone);
  if (!offset) return zones[zone.toUpperCase()];
  const [, sign, hours, minutes = '0'] = offset;
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  return (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
}

const timestampPattern =
  /^(\d{1,9})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?)? ?([A-Za-z+-][A-Za-z0-9:+-]*)?$/;

function parseDateTime(text: string): bigint | undefined {
  const found = timestampPattern.exec(text);
  if (!found) return undefined;
  const [year, month, day, hour, minute, second, milli] = found
    .slice(1, 8)
    .map((part) => Number(part ?? 0)) as [number, number, number, number, number, number, number];
  const days = checkedDays(year, month, day);
  const zone = found[8] === undefined ? 0 : zoneMinutes(found[8]);
  if (days === undefined || zone === undefined) return undefined;
  // What stands behind the point counts milliseconds, also if it has fewer digits than three: so Java reads it.
  if (hour > 23 || minute > 59 || second > 59 || milli > 999) return undefined;
  return BigInt(days) * 86_400_000n + BigInt(((hour * 60 + minute - zone) * 60 + second) * 1000 + milli);
}

/** Milliseconds since 1970. `now` is the time that the caller says. */
export function parseTimestamp(text: string, now: () => number = Date.now): bigint {
  if (text.toLowerCase() === 'now') return BigInt(now());
  if (/^-?\d+$/.test(text)) {
    const value = text.length <= 20 ? BigInt(text) : int64Max + 1n;
    if (!inInt64(value)) throw new MarshalError(`Unable to make long (for date) from: '${text}'`);
    return value;
  }
  const parsed = parseDateTime(text);
  if (parsed === undefined) throw new MarshalError(`Unable to coerce '${text}' to a formatted date (long)`);
  return parsed;
}

/** Days since 1970 and 2^31, as they are stored. */
export function parseDate(text: string): number {
  if (/^-?\d+$/.test(text)) {
    const value = Number(text);
    if (value < 0 || value > 2 ** 32 - 1)
      throw new MarshalError(`Unable to make unsigned int (for date) from: '${text}'`);
    return value;
  }
  const found = /^(\+\d{5,9}|-\d{4,9}|\d{4})-(\d{2})-(\d{2})$/.exec(text);
  const days = found ? checkedDays(Number(found[1]), Number(found[2]), Number(found[3])) : undefined;
  if (days === undefined) throw new MarshalError(`Unable to coerce '${text}' to a formatted date (long)`);
  if (days < -dateShift)
    throw new MarshalError(
      `Input date ${text} is less than min supported date ${dateText(-dateShift)}T00:00Z[UTC]`,
    );
  if (days >= dateShift)
    throw new MarshalError(
      `Input date ${text} is greater than max supported date ${dateText(dateShift - 1)}T00:00Z[UTC]`,
    );
  return days + dateShift;
}

/** Nanoseconds since midnight. */
export function parseTime(text: string): bigint {
  if (/^-?\d+$/.test(text)) {
    const value = text.length <= 20 ? BigInt(text) : -1n;
    if (value < 0n || value >= nanosecondsPerDay)
      throw new MarshalError(`Unable to make long (for time) from: '${text}'`);
    return value;
  }
  const found = /^(\d{1,9}):(\d{1,9}):(\d{1,9})(?:\.(\d{1,9}))?$/.exec(text.trim());
  const [hour, minute, second] = found ? found.slice(1, 4).map(Number) : [24, 60, 60];
  if (!found || hour! > 23 || minute! > 59 || second! > 59)
    throw new MarshalError(`(TimeType) Unable to coerce '${text}' to a formatted time (long)`);
  const seconds = BigInt((hour! * 60 + minute!) * 60 + second!);
  return seconds * 1_000_000_000n + BigInt((found[4] ?? '').padEnd(9, '0'));
}

function clock(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  return [Math.floor(minutes / 60), minutes % 60, seconds % 60].map((part) => padded(part, 2)).join(':');
}

/** `2018-01-01T00:00:00.000Z`, with a space instead of the T in JSON. */
export function timestampText(milliseconds: bigint, separator: 'T' | ' '): string {
  const { days, rest } = splitDays(milliseconds);
  return `${dateText(days).replace(/^\+/, '')}${separator}${clock(rest)}.${padded(rest % 1000, 3)}Z`;
}

export function dateTextOfStored(stored: number): string {
  return dateText((stored >>> 0) - dateShift);
}

/** `23:59:59.000000000` */
export function timeText(nanoseconds: bigint): string {
  const nanos = padded(Number(nanoseconds % 1_000_000_000n), 9);
  return `${clock(Number(nanoseconds / 1_000_000n))}.${nanos}`;
}
