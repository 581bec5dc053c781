/** Times as S3 shows them: whole seconds, in UTC. Requests come in bursts of one second, so the last text is kept. */
let httpSecond = Number.NaN;
let httpText = '';

/** `Wed, 12 Oct 2009 17:50:00 GMT` */
export function httpDate(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== httpSecond) {
    httpText = new Date(second * 1000).toUTCString();
    httpSecond = second;
  }
  return httpText;
}

const daySeconds = 86_400;
const twoDigits = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));
let isoSecond = Number.NaN;
let isoText = '';
let isoDay = Number.NaN;
/** `2009-10-12T` */
let isoDayText = '';

/**
 * `2009-10-12T17:50:30.000Z`. Neighbours in a listing were often written on one day and seldom in one second: the day is
 * kept, the time is put together by hand (a third of a page's CPU was Date's own formatting).
 */
export function isoDate(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second === isoSecond) return isoText;
  const day = Math.floor(second / daySeconds);
  if (day !== isoDay) {
    isoDayText = new Date(day * daySeconds * 1000).toISOString().slice(0, -'00:00:00.000Z'.length);
    isoDay = day;
  }
  const rest = second - day * daySeconds;
  const minutes = Math.floor(rest / 60);
  const hour = twoDigits[Math.floor(minutes / 60)]!;
  isoText = `${isoDayText}${hour}:${twoDigits[minutes % 60]!}:${twoDigits[rest % 60]!}.000Z`;
  isoSecond = second;
  return isoText;
}

/** The second in which a time lies, for members that the schema's encoder formats. */
export function wholeSecond(ms: number): Date {
  return new Date(Math.floor(ms / 1000) * 1000);
}
