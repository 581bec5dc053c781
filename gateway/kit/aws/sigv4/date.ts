/** Time stamps of requests: the ISO 8601 basic form of `X-Amz-Date`, and the RFC 9110 form of `Date`. */

const isoBasic = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
const imfFixdate = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (?:GMT|UTC|[+-]\d{4})$/;

export interface RequestTime {
  readonly ms: number;
  /** `20130524T000000Z`, as it stands in the string to sign. */
  readonly iso: string;
}

/** Requests of one second carry the same text: remembering one saves taking dates apart for nearly all. */
let lastParsed: RequestTime = { ms: 0, iso: '' };

/** @returns undefined when `text` is not `yyyyMMdd'T'HHmmss'Z'` or names no real time */
export function parseIsoBasic(text: string): RequestTime | undefined {
  if (text === lastParsed.iso && text !== '') return lastParsed;
  const match = isoBasic.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  // Date.UTC rolls 31 February over to March: formatting back shows whether the fields were a real time.
  if (isoBasicOf(ms) !== text) return undefined;
  lastParsed = { ms, iso: text };
  return lastParsed;
}

/** Reads a `Date` header in either form. */
export function parseDateHeader(text: string): RequestTime | undefined {
  const iso = parseIsoBasic(text);
  if (iso !== undefined) return iso;
  if (!imfFixdate.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : { ms, iso: isoBasicOf(ms) };
}

/** `20130524T000000Z`. */
export function isoBasicOf(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

/** `2013-05-24T00:00:00Z`, as error documents show times. */
export function isoExtendedOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}/, '');
}
