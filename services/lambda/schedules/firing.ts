/** What a schedule does next: pure, time and chance come in. */
import { scheduleLimits } from './limits.ts';
import type { Firing, ScheduleRow } from './rows.ts';
import { lastOccurrence, nextOccurrence, parseExpression, type Timing } from './timing/expression.ts';

const minuteMs = 60_000;

type Timed = Pick<ScheduleRow, 'expression' | 'zone' | 'anchorMs' | 'startMs' | 'endMs'>;

export function timingOf(row: Timed): Timing {
  const expression = parseExpression(row.expression);
  if (expression === undefined) throw new Error('a schedule was kept with an expression that is none');
  const { anchorMs, startMs, endMs } = row;
  return { expression, zone: row.zone ?? 'UTC', anchorMs, startMs, endMs };
}

const windowOf = ({ windowMinutes = 0 }: Pick<ScheduleRow, 'windowMinutes'>): number =>
  windowMinutes * minuteMs;

/** The first occurrence later than a moment, at a time in its window. @param chance from 0 to below 1 */
export function firingAfter(row: ScheduleRow, afterMs: number, chance: number): Firing | undefined {
  if (row.state === 'DISABLED') return undefined;
  const dueMs = nextOccurrence(timingOf(row), afterMs);
  if (dueMs === undefined) return undefined;
  return { dueMs, fireMs: dueMs + Math.floor(windowOf(row) * chance), attempts: 0 };
}

/** Of a schedule that is made or changed: also what the minute that has begun brings, unless it was done. */
export function firstFiring(row: ScheduleRow, nowMs: number, chance: number): Firing | undefined {
  const before = nowMs - scheduleLimits.precisionMs;
  return firingAfter(row, Math.max(before, row.lastDueMs ?? 0), chance);
}

/**
 * What is to be done now with a schedule whose time has come. If nobody looked for so long that its window is over, whatever was missed
 * is done once, as its last occurrence, unless that is older than the policy allows.
 */
export function dueFiring(row: ScheduleRow, next: Firing, nowMs: number): Firing | undefined {
  const ageMs = (row.target.retry?.ageSeconds ?? scheduleLimits.ageSecondsDefault) * 1000;
  const isMissed = next.dueMs + windowOf(row) + scheduleLimits.precisionMs < nowMs;
  if (!isMissed) return next;
  const last = lastOccurrence(timingOf(row), Math.max(next.dueMs, nowMs - ageMs), nowMs);
  if (last === undefined) return undefined;
  return last === next.dueMs ? next : { dueMs: last, fireMs: nowMs, attempts: 0 };
}

/** After a failure: the next attempt, or why the policy allows no other. */
export function retryOf(
  row: ScheduleRow,
  failed: Firing,
  nowMs: number,
): Firing | 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds' {
  const { attemptsDefault, ageSecondsDefault, retryDelayMs, retryDelayMaxMs } = scheduleLimits;
  const attempts = failed.attempts + 1;
  if (attempts > (row.target.retry?.attempts ?? attemptsDefault)) return 'MaximumRetryAttempts';
  const fireMs = nowMs + Math.min(retryDelayMs * 2 ** failed.attempts, retryDelayMaxMs);
  const ageMs = (row.target.retry?.ageSeconds ?? ageSecondsDefault) * 1000;
  return fireMs - failed.dueMs > ageMs ? 'MaximumEventAgeInSeconds' : { ...failed, fireMs, attempts };
}
