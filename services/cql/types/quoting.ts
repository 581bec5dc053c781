/** Names and strings as CQL writes them. */
import { nativeNames } from './api.ts';

/** Words that are no names without quotes. Reference: CQL 3.4.5, appendix A, which forgets `false` and `true`. */
const reserved = new Set(
  `add allow alter and apply asc authorize batch begin by columnfamily create default delete desc describe drop entries execute
  false from full grant if in index infinity insert into is keyspace limit materialized mbean mbeans modify nan norecursive not null of
  on or order primary rename replace revoke schema select set table to token true truncate unlogged unset update use using view where
  with`.split(/\s+/),
);

export function quoteName(name: string): string {
  return /^[a-z][a-z0-9_]*$/.test(name) && !reserved.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** Words that begin expressions of their own: no names of functions or types, though names of anything else. */
const expressions = ['cast', 'distinct', 'json', 'ttl', 'writetime'];
const noFunctions = new Set([...expressions, 'key']);
/** With those that are kept for types that there are not. */
const noTypes = new Set([
  ...nativeNames,
  ...expressions,
  ...['varchar', 'count', 'byte', 'complex', 'enum', 'interval', 'macaddr', 'bitstring'],
]);

const quoteUnless = (name: string, words: ReadonlySet<string>) =>
  words.has(name) ? `"${name}"` : quoteName(name);

export const quoteFunctionName = (name: string): string => quoteUnless(name, noFunctions);

/** Of a user type: without quotes, one that is called `"int"` would be another type. */
export const quoteTypeName = (name: string): string => quoteUnless(name, noTypes);

export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
