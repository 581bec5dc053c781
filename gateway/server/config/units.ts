/**
 * Kinds of settings. Each accepts the text of a flag or of the environment and the typed value of a config file, and gives
 * one type. The message of a failure is a sentence's end: `port must be a whole number from 0 to 65535`.
 */
import { z } from 'zod';

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `500ms`, `10s`, `15m`, `24h`, `7d` to milliseconds; undefined when it is not one of these or not a whole number of them. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,12})(ms|s|m|h|d)$/.exec(text);
  if (match === null) return undefined;
  const ms = Number(match[1]) * unitMs[match[2]!]!;
  return Number.isSafeInteger(ms) ? ms : undefined;
}

/** The shortest of the forms that `parseDuration` reads. */
export function formatDuration(ms: number): string {
  for (const unit of ['h', 'm', 's'] as const) {
    if (ms > 0 && ms % unitMs[unit]! === 0) return `${ms / unitMs[unit]!}${unit}`;
  }
  return `${ms}ms`;
}

export function duration(minMs: number, maxMs: number) {
  const message = `must be a time from ${formatDuration(minMs)} to ${formatDuration(maxMs)}, such as 500ms, 10s or 24h`;
  return z.string(message).transform((text, context) => {
    const ms = parseDuration(text.trim());
    if (ms !== undefined && ms >= minMs && ms <= maxMs) return ms;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

/** As `duration`, or 0 for never. */
export function period(minMs: number, maxMs: number) {
  const message = `must be 0, or a time from ${formatDuration(minMs)} to ${formatDuration(maxMs)}, such as 24h or 7d`;
  return z.union([z.literal(0), z.string()], message).transform((value, context) => {
    const text = String(value).trim();
    const ms = text === '0' ? 0 : parseDuration(text);
    if (ms === 0 || (ms !== undefined && ms >= minMs && ms <= maxMs)) return ms;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

export function port() {
  const message = 'must be a whole number from 0 to 65535';
  return z.union([z.number(), z.string()], message).transform((value, context) => {
    const isNumber = typeof value === 'number' || /^\d{1,5}$/.test(value.trim());
    const number = Number(value);
    if (isNumber && Number.isInteger(number) && number >= 0 && number <= 65_535) return number;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** `5440-5499`: both ends belong to it. 0 is any free port, each time. */
export function portRange() {
  const message = 'must be a range of ports such as 5440-5499, or 0';
  return z.union([z.number(), z.string()], message).transform((value, context): PortRange => {
    const match = /^(\d{1,5})-(\d{1,5})$/.exec(String(value).trim());
    const [from, to] = match === null ? [Number.NaN, Number.NaN] : [Number(match[1]), Number(match[2])];
    if (String(value).trim() === '0') return { from: 0, to: 0 };
    if (from >= 1 && from <= to && to <= 65_535) return { from, to };
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

export function formatPortRange({ from, to }: PortRange): string {
  return to === 0 ? '0' : `${from}-${to}`;
}

const unitBytes: Readonly<Record<string, number>> = { mb: 1024 ** 2, gb: 1024 ** 3 };

/** An amount of memory, `512mb` or `4gb`, in bytes. */
export function memory(min: number, max: number) {
  const message = `must be an amount of memory from ${min / 1024 ** 2}mb to ${max / 1024 ** 3}gb, such as 512mb or 4gb`;
  return z.string(message).transform((text, context) => {
    const match = /^(\d{1,6})(mb|gb)$/i.exec(text.trim());
    const bytes = match === null ? Number.NaN : Number(match[1]) * unitBytes[match[2]!.toLowerCase()]!;
    if (bytes >= min && bytes <= max) return bytes;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

/** A share of something, with up to three decimals; a `%` may follow in a text. */
export function percent(max: number) {
  const message = `must be a percentage from 0 to ${max}`;
  return z.union([z.number(), z.string()], message).transform((value, context) => {
    const isNumber = typeof value === 'number' || /^\d{1,3}(?:\.\d{1,3})?%?$/.test(value.trim());
    const number = typeof value === 'number' ? value : Number(value.trim().replace('%', ''));
    if (isNumber && number >= 0 && number <= max) return number;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

/** How many custodians share keys: none, or enough that one of them may be faulty. */
export function custodianCount(min: number, max: number) {
  const message = `must be 0, or a whole number from ${min} to ${max}`;
  return z.union([z.number(), z.string()], message).transform((value, context) => {
    const isNumber = typeof value === 'number' || /^\d{1,3}$/.test(value.trim());
    const number = Number(value);
    if (isNumber && Number.isInteger(number) && (number === 0 || (number >= min && number <= max)))
      return number;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

/** A size in bits that is whole bytes. */
export function bits(min: number, max: number) {
  const message = `must be a multiple of 8 from ${min} to ${max}`;
  return z.union([z.number(), z.string()], message).transform((value, context) => {
    const isNumber = typeof value === 'number' || /^\d{1,5}$/.test(value.trim());
    const number = Number(value);
    if (isNumber && number % 8 === 0 && number >= min && number <= max) return number;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

const truths: Readonly<Record<string, boolean>> = {
  '1': true,
  true: true,
  on: true,
  yes: true,
  '0': false,
  false: false,
  off: false,
  no: false,
};

export function switched() {
  const message = 'must be on or off';
  return z
    .union([z.boolean(), z.string(), z.literal(0), z.literal(1)], message)
    .transform((value, context) => {
      if (typeof value === 'boolean') return value;
      const known = truths[String(value).trim().toLowerCase()];
      if (known !== undefined) return known;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    });
}

/** A comma list, or a list in a config file; empty items are left out, order stays, repeats are refused. */
export function list(pattern: RegExp, what: string) {
  const message = `must be a comma list of ${what}`;
  return z.union([z.array(z.string()), z.string()], message).transform((value, context) => {
    const items = (typeof value === 'string' ? value.split(',') : value)
      .map((item) => item.trim())
      .filter(Boolean);
    if (items.length > 0 && items.every((item) => pattern.test(item)) && new Set(items).size === items.length)
      return items;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

export function text(pattern: RegExp, message: string) {
  return z.string(message).regex(pattern, message);
}

export function path() {
  const message = 'must be a path';
  return z
    .string(message)
    .min(1, message)
    .refine((value) => !value.includes('\0'), message);
}
