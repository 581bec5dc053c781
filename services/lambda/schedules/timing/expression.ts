/** `at(…)`, `rate(…)` and `cron(…)`: when a schedule is due. Pure: what time it is comes in. */
import { type Cron, nextWall, parseCron } from './cron.ts';
import { instantOf, wallOf } from './zone.ts';

export type Expression =
  /** A wall time, as milliseconds as if it were UTC. */
  | { readonly kind: 'at'; readonly wallMs: number }
  | { readonly kind: 'rate'; readonly periodMs: number }
  | { readonly kind: 'cron'; readonly cron: Cron };

export interface Timing {
  readonly expression: Expression;
  readonly zone: string;
  /** First occurrence of a rate. */
  readonly anchorMs: number;
  /** Nothing recurs before or after; one-time schedules know neither. */
  readonly startMs: number | undefined;
  readonly endMs: number | undefined;
}

const units: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 24 * 3_600_000 };
const at = /^at\((\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})\)$/;
const rate = /^rate\(\s*(\d{1,9})\s+(minute|hour|day)s?\s*\)$/;
const cron = /^cron\(([^()]*)\)$/;

/** Undefined for what is no expression. */
export function parseExpression(text: string): Expression | undefined {
  const once = at.exec(text);
  if (once !== null) return oneTime(once.slice(1).map(Number));
  const often = rate.exec(text);
  if (often !== null) {
    const value = Number(often[1]);
    return value < 1 ? undefined : { kind: 'rate', periodMs: value * units[often[2]!]! };
  }
  const parsed = parseCron(cron.exec(text)?.[1] ?? '');
  return parsed === undefined ? undefined : { kind: 'cron', cron: parsed };
}

function oneTime([year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0]: number[]):
  | Expression
  | undefined {
  const wallMs = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(wallMs);
  // The 31st of a month without one is the first of the next.
  const isReal =
    date.getUTCFullYear() === year &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60;
  return isReal ? { kind: 'at', wallMs } : undefined;
}

/**
 * The first occurrence later than a moment; undefined when there is none any more. Where a clock is put forward, what it passes over does
 * not occur; where it is put back, what it shows twice occurs the first time.
 */
export function nextOccurrence(timing: Timing, afterMs: number): number | undefined {
  const { expression, zone, startMs, endMs } = timing;
  if (expression.kind === 'at') {
    const instant = instantOf(zone, expression.wallMs);
    return instant !== undefined && instant > afterMs ? instant : undefined;
  }
  const from = startMs === undefined ? afterMs : Math.max(afterMs, startMs - 1);
  const found =
    expression.kind === 'rate'
      ? nextOfRate(timing.anchorMs, expression.periodMs, from)
      : nextOfCron(expression.cron, zone, from);
  return found !== undefined && (endMs === undefined || found <= endMs) ? found : undefined;
}

function nextOfRate(anchorMs: number, periodMs: number, afterMs: number): number {
  if (anchorMs > afterMs) return anchorMs;
  return anchorMs + (Math.floor((afterMs - anchorMs) / periodMs) + 1) * periodMs;
}

function nextOfCron(cron: Cron, zone: string, afterMs: number): number | undefined {
  let wall: number | undefined = wallOf(zone, afterMs);
  for (;;) {
    wall = nextWall(cron, wall);
    if (wall === undefined) return undefined;
    const instant = instantOf(zone, wall);
    // None in a gap; and in an hour that comes twice, the second time shows what was before.
    if (instant !== undefined && instant > afterMs) return instant;
  }
}

/**
 * Of those occurrences that a runner missed, the last one: later than `afterMs`, not later than `nowMs`.
 * @param sinceMs what is earlier does not count any more
 */
export function lastOccurrence(timing: Timing, sinceMs: number, nowMs: number): number | undefined {
  if (timing.expression.kind === 'rate') return lastOfRate(timing, sinceMs, nowMs);
  let last: number | undefined;
  for (
    let next = nextOccurrence(timing, sinceMs - 1);
    next !== undefined && next <= nowMs;
    next = nextOccurrence(timing, next)
  )
    last = next;
  return last;
}

function lastOfRate(timing: Timing, sinceMs: number, nowMs: number): number | undefined {
  const { expression, anchorMs, endMs } = timing;
  if (expression.kind !== 'rate') return undefined;
  const until = Math.min(nowMs, endMs ?? nowMs);
  if (anchorMs > until) return undefined;
  const last = anchorMs + Math.floor((until - anchorMs) / expression.periodMs) * expression.periodMs;
  return last >= sinceMs ? last : undefined;
}
