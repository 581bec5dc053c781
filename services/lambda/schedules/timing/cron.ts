/**
 * `cron(minutes hours day-of-month month day-of-week year)` as EventBridge Scheduler documents it, on a wall clock: nothing here knows of
 * time zones. Wall times are milliseconds as if they were UTC.
 */
const monthNames = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const dayNames = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const minuteMs = 60_000;
const firstYear = 1970;
const lastYear = 2199;

/** Which days of a month: found anew for each month. */
type Days = (year: number, month: number) => ReadonlySet<number>;

export interface Cron {
  /** Ascending, as all of these. */
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** 1 to 12. */
  readonly months: readonly number[];
  readonly years: readonly number[];
  readonly days: Days;
}

/** Undefined for what is no expression. @param text what stands in the parentheses */
export function parseCron(text: string): Cron | undefined {
  const fields = text.trim().toUpperCase().split(/\s+/);
  if (fields.length !== 6) return undefined;
  const minutes = listOf(fields[0]!, 0, 59);
  const hours = listOf(fields[1]!, 0, 23);
  const months = listOf(fields[3]!, 1, 12, monthNames);
  const years = listOf(fields[5]!, firstYear, lastYear);
  const days = daysOf(fields[2]!, fields[4]!);
  if (!minutes || !hours || !months || !years || !days) return undefined;
  return { minutes, hours, months, years, days };
}

/** Exactly one of the two fields says something: the other is `?`. */
function daysOf(ofMonth: string, ofWeek: string): Days | undefined {
  if ((ofMonth === '?') === (ofWeek === '?')) return undefined;
  return ofWeek === '?' ? monthDays(ofMonth) : weekDays(ofWeek);
}

function monthDays(field: string): Days | undefined {
  if (field === 'L') return (year, month) => new Set([lengthOf(year, month)]);
  const weekday = /^(\d{1,2})W$/.exec(field);
  if (weekday !== null) {
    const day = Number(weekday[1]);
    if (day < 1 || day > 31) return undefined;
    return (year, month) => new Set(nearestWeekday(year, month, day));
  }
  const list = listOf(field, 1, 31);
  if (list === undefined) return undefined;
  const wanted = new Set(list);
  return () => wanted;
}

function weekDays(field: string): Days | undefined {
  if (field === 'L') return onWeekdays(new Set([7]));
  const name = `([1-7]|${dayNames.join('|')})`;
  const special = new RegExp(`^${name}(?:(L)|#([1-5]))$`).exec(field);
  if (special !== null) {
    const wanted = numberOf(special[1]!, 1, 7, dayNames);
    const nth = special[3] === undefined ? undefined : Number(special[3]);
    return (year, month) => {
      const all = [...onWeekdays(new Set([wanted!]))(year, month)];
      const day = nth === undefined ? all.at(-1) : all[nth - 1];
      return new Set(day === undefined ? [] : [day]);
    };
  }
  const list = listOf(field, 1, 7, dayNames);
  return list === undefined ? undefined : onWeekdays(new Set(list));
}

/** @param wanted 1 for Sunday to 7 */
function onWeekdays(wanted: ReadonlySet<number>): Days {
  return (year, month) => {
    const first = new Date(Date.UTC(year, month - 1, 1)).getUTCDay();
    const days = new Set<number>();
    for (let day = 1; day <= lengthOf(year, month); day++)
      if (wanted.has(((first + day - 1) % 7) + 1)) days.add(day);
    return days;
  };
}

/** From Monday to Friday, never in another month. */
function nearestWeekday(year: number, month: number, day: number): number[] {
  const length = lengthOf(year, month);
  if (day > length) return [];
  const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay();
  if (weekday === 6) return [day === 1 ? 3 : day - 1];
  if (weekday === 0) return [day === length ? day - 2 : day + 1];
  return [day];
}

const lengthOf = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

/** `*`, `a`, `a-b`, `a/step`, `a-b/step`, in lists. */
function listOf(
  field: string,
  min: number,
  max: number,
  names: readonly string[] = [],
): number[] | undefined {
  const found = new Set<number>();
  for (const part of field.split(',')) {
    const [range = '', step, more] = part.split('/');
    if (more !== undefined) return undefined;
    const by = step === undefined ? 1 : /^\d{1,4}$/.test(step) ? Number(step) : 0;
    if (by < 1) return undefined;
    const bounds = boundsOf(range, step !== undefined, min, max, names);
    if (bounds === undefined) return undefined;
    for (let value = bounds[0]; value <= bounds[1]; value += by) found.add(value);
  }
  return [...found].sort((left, right) => left - right);
}

function boundsOf(
  range: string,
  hasStep: boolean,
  min: number,
  max: number,
  names: readonly string[],
): readonly [number, number] | undefined {
  if (range === '*') return [min, max];
  const [low, high, more] = range.split('-');
  if (more !== undefined) return undefined;
  const from = numberOf(low ?? '', min, max, names);
  if (from === undefined) return undefined;
  const to = high === undefined ? (hasStep ? max : from) : numberOf(high, min, max, names);
  return to === undefined || to < from ? undefined : [from, to];
}

function numberOf(text: string, min: number, max: number, names: readonly string[]): number | undefined {
  const name = names.indexOf(text);
  if (name >= 0) return name + min;
  if (!/^\d{1,4}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
}

/** The first wall time later than this one; undefined when there is none. */
export function nextWall(cron: Cron, afterMs: number): number | undefined {
  const from = new Date(Math.floor(afterMs / minuteMs) * minuteMs + minuteMs);
  for (const year of cron.years) {
    if (year < from.getUTCFullYear()) continue;
    const isFirstYear = year === from.getUTCFullYear();
    for (const month of cron.months) {
      if (isFirstYear && month < from.getUTCMonth() + 1) continue;
      const isFirstMonth = isFirstYear && month === from.getUTCMonth() + 1;
      const found = nextInMonth(cron, year, month, isFirstMonth ? from : undefined);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** @param from of this month; undefined: its beginning */
function nextInMonth(cron: Cron, year: number, month: number, from: Date | undefined): number | undefined {
  const days = cron.days(year, month);
  for (let day = from?.getUTCDate() ?? 1; day <= lengthOf(year, month); day++) {
    if (!days.has(day)) continue;
    const isFirst = day === from?.getUTCDate();
    for (const hour of cron.hours) {
      if (isFirst && hour < from!.getUTCHours()) continue;
      const isFirstHour = isFirst && hour === from!.getUTCHours();
      const minute = cron.minutes.find((one) => !isFirstHour || one >= from!.getUTCMinutes());
      if (minute !== undefined) return Date.UTC(year, month - 1, day, hour, minute);
    }
  }
  return undefined;
}
