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

let isoSecond = Number.NaN;
let isoText = '';

/** `2009-10-12T17:50:30.000Z` */
export function isoDate(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== isoSecond) {
    isoText = new Date(second * 1000).toISOString();
    isoSecond = second;
  }
  return isoText;
}

/** The second in which a time lies, for members that the schema's encoder formats. */
export function wholeSecond(ms: number): Date {
  return new Date(Math.floor(ms / 1000) * 1000);
}
