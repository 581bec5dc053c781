/** Days and milliseconds since 1970 in the proleptic Gregorian calendar, UTC, far beyond the years that `Date` knows. */

export const millisecondsPerDay = 86_400_000;

/** Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": eras of 400 years that begin in March. */
export function daysOfDate(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

export interface CalendarDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

export function dateOfDays(days: number): CalendarDate {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** `undefined` for the thirtieth of February. */
export function checkedDays(year: number, month: number, day: number): number | undefined {
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  return daysOfDate(year, month, day);
}

export function padded(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}

/** `2018-01-01`, with a sign before years that have not four digits. */
export function dateText(days: number): string {
  const { year, month, day } = dateOfDays(days);
  const sign = year < 0 ? '-' : year > 9999 ? '+' : '';
  return `${sign}${padded(Math.abs(year), 4)}-${padded(month, 2)}-${padded(day, 2)}`;
}

/** Adds months as Java's `Calendar`: a day that the month does not have becomes its last. */
export function addMonths(days: number, months: number): number {
  const { year, month, day } = dateOfDays(days);
  const total = year * 12 + (month - 1) + months;
  const newYear = Math.floor(total / 12);
  const newMonth = total - newYear * 12 + 1;
  return daysOfDate(newYear, newMonth, Math.min(day, daysInMonth(newYear, newMonth)));
}

/** Milliseconds as whole days and what is left of the last, which is not negative. */
export function splitDays(milliseconds: bigint): { days: number; rest: number } {
  const perDay = BigInt(millisecondsPerDay);
  const rest = ((milliseconds % perDay) + perDay) % perDay;
  return { days: Number((milliseconds - rest) / perDay), rest: Number(rest) };
}
