/**
 * Simple values as text: numbers, booleans, blobs and timestamps in headers, queries, XML and forms.
 * Parsers return undefined for text that is not a value of the type; they never guess.
 */
import type { MemberSchema, Shape } from '../definition.ts';

export type TimestampFormat = NonNullable<MemberSchema['timestampFormat']>;
export type ParseText = (text: string) => unknown;
export type FormatText = (value: unknown) => string;

const INTEGER = /^[+-]?\d{1,16}$/;
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const DATE_TIME =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):?(\d\d)))?$/;
const IMF_DATE = /^[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT$/;
const RFC850_DATE = /^[A-Z][a-z]{5,8}, (\d\d)-([A-Z][a-z]{2})-(\d\d) (\d\d):(\d\d):(\d\d) GMT$/;
const ASCTIME_DATE = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4})$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** @returns the parser for a simple shape, or undefined when the text is the value (strings) */
export function textParser(shape: Shape, format: TimestampFormat): ParseText | undefined {
  switch (shape.type) {
    case 'boolean':
      return parseBoolean;
    case 'integer':
    case 'long':
    case 'int64':
      return parseInteger;
    case 'double':
      return parseDouble;
    case 'bigint':
      return (text) => (/^-?\d{1,400}$/.test(text) ? BigInt(text) : undefined);
    case 'timestamp':
      return timestampParser(format);
    case 'blob':
    case 'streaming':
      return parseBase64;
    default:
      return undefined;
  }
}

export function textFormatter(shape: Shape, format: TimestampFormat): FormatText {
  switch (shape.type) {
    case 'timestamp':
      return timestampFormatter(format);
    case 'blob':
    case 'streaming':
      return (value) => formatBase64(value as Uint8Array);
    default:
      return String;
  }
}

export function parseBoolean(text: string): boolean | undefined {
  if (text === 'true') return true;
  if (text === 'false') return false;
  const lower = text.length <= 5 ? text.toLowerCase() : '';
  return lower === 'true' ? true : lower === 'false' ? false : undefined;
}

/** Whole numbers that a JavaScript number holds exactly. */
export function parseInteger(text: string): number | undefined {
  if (!INTEGER.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

export function parseDouble(text: string): number | undefined {
  if (DECIMAL.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  }
  return text === 'NaN'
    ? Number.NaN
    : text === 'Infinity'
      ? Infinity
      : text === '-Infinity'
        ? -Infinity
        : undefined;
}

/** Standard alphabet; padding as the RFC 4648 length rule demands, unused bits zero or not (as AWS accepts them). */
export function parseBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !BASE64.test(text)) return undefined;
  return new Uint8Array(Buffer.from(text, 'base64'));
}

export function formatBase64(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
}

export function timestampParser(format: TimestampFormat): (text: string) => Date | undefined {
  return format === 'date-time' ? parseDateTime : format === 'http-date' ? parseHttpDate : parseEpoch;
}

export function timestampFormatter(format: TimestampFormat): FormatText {
  if (format === 'date-time') return (value) => (value as Date).toISOString();
  if (format === 'http-date') return (value) => (value as Date).toUTCString();
  return (value) => String((value as Date).getTime() / 1000);
}

/** RFC 3339, with or without fraction, any offset; a bare date is its midnight in UTC. */
export function parseDateTime(text: string): Date | undefined {
  const m = DATE_TIME.exec(text);
  if (m === null) return undefined;
  const [
    ,
    year,
    month,
    day,
    hour = '0',
    minute = '0',
    second = '0',
    fraction = '0',
    sign,
    oh = '0',
    om = '0',
  ] = m;
  const ms = Math.floor(Number(`0.${fraction}`) * 1000 + 1e-9);
  const date = calendar(+year!, +month!, +day!, +hour, +minute, +second, ms);
  if (date === undefined || +oh > 23 || +om > 59) return undefined;
  if (sign === undefined) return date;
  const offsetMs = (+oh * 60 + +om) * 60_000;
  return new Date(date.getTime() + (sign === '+' ? -offsetMs : offsetMs));
}

/** The three forms of RFC 9110 section 5.6.7; RFC 3339 is accepted too, as S3 does for its own headers. */
export function parseHttpDate(text: string): Date | undefined {
  let m = IMF_DATE.exec(text);
  if (m !== null) return calendar(+m[3]!, monthOf(m[2]!), +m[1]!, +m[4]!, +m[5]!, +m[6]!, 0);
  m = RFC850_DATE.exec(text);
  if (m !== null) {
    // Two digits of a year: 1970 to 2069, so that the answer does not depend on the clock.
    const year = +m[3]! + (+m[3]! >= 70 ? 1900 : 2000);
    return calendar(year, monthOf(m[2]!), +m[1]!, +m[4]!, +m[5]!, +m[6]!, 0);
  }
  m = ASCTIME_DATE.exec(text);
  if (m !== null) return calendar(+m[6]!, monthOf(m[1]!), +m[2]!, +m[3]!, +m[4]!, +m[5]!, 0);
  return parseDateTime(text);
}

export function parseEpoch(text: string): Date | undefined {
  const seconds = parseDouble(text);
  return seconds === undefined ? undefined : dateOfSeconds(seconds);
}

/** @returns undefined outside the range of Date */
export function dateOfSeconds(seconds: number): Date | undefined {
  const date = new Date(Math.round(seconds * 1000));
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function monthOf(name: string): number {
  return MONTHS.indexOf(name) + 1;
}

/** @param month 1 to 12. @returns undefined for days that no calendar has; second 60 counts as 59 */
function calendar(
  year: number,
  month: number,
  day: number,
  h: number,
  m: number,
  s: number,
  ms: number,
): Date | undefined {
  if (month < 1 || month > 12 || day < 1 || h > 23 || m > 59 || s > 60) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(h, m, Math.min(s, 59), ms);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date : undefined;
}
