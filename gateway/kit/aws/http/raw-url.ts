/**
 * The request target as sent. Nothing here normalises: `//`, `..`, `%2F` and `+` reach the router and the signature
 * check as they came, because a parsed URL would sign and address something else than the client meant.
 */
import { percentDecode, utf8Text, wellFormedEscapes } from './percent.ts';

/** One query parameter as sent; `value` is empty for `?name` and for `?name=` alike, as in SigV4. */
export interface QueryPair {
  readonly name: string;
  readonly value: string;
}

export interface RawUrl {
  readonly path: string;
  /** Without the question mark; empty when there was none. */
  readonly query: string;
}

const noPairs: readonly QueryPair[] = [];

/**
 * Splits a request target into path and query. The absolute form (`GET http://host/path`, sent to proxies) is reduced
 * to its path; `undefined` when the target is neither (`*`, `host:port`).
 */
export function splitUrl(target: string): RawUrl | undefined {
  let rest = target;
  if (rest.charCodeAt(0) !== 0x2f) {
    const scheme = /^https?:\/\/[^/?#]*/i.exec(rest);
    if (scheme === null) return undefined;
    rest = rest.slice(scheme[0].length);
    if (rest.charCodeAt(0) !== 0x2f) rest = `/${rest}`;
  }
  const hash = rest.indexOf('#');
  if (hash >= 0) rest = rest.slice(0, hash);
  const mark = rest.indexOf('?');
  return mark < 0 ? { path: rest, query: '' } : { path: rest.slice(0, mark), query: rest.slice(mark + 1) };
}

/** Parameters in order of sending, still encoded. Empty pieces (`a=1&&b=2`) are dropped. */
export function queryPairs(query: string): readonly QueryPair[] {
  if (query === '') return noPairs;
  const pairs: QueryPair[] = [];
  for (const piece of query.split('&')) {
    if (piece === '') continue;
    const equals = piece.indexOf('=');
    pairs.push(
      equals < 0
        ? { name: piece, value: '' }
        : { name: piece.slice(0, equals), value: piece.slice(equals + 1) },
    );
  }
  return pairs;
}

/** Decoded parameters; the first of a repeated name counts. */
export function decodedQuery(pairs: readonly QueryPair[]): Map<string, string> {
  const map = new Map<string, string>();
  for (const pair of pairs) {
    const name = decodeComponent(pair.name);
    if (!map.has(name)) map.set(name, decodeComponent(pair.value));
  }
  return map;
}

/** Decoded text of a query component: escapes, `+` as space, UTF-8. */
export function decodeComponent(text: string): string {
  return utf8Text(percentDecode(text, true));
}

/** Whether path and query hold only complete escapes; S3 answers InvalidURI otherwise. */
export function wellFormedUrl(url: RawUrl): boolean {
  return wellFormedEscapes(url.path) && wellFormedEscapes(url.query);
}
