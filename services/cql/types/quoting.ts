/** Names and strings as CQL writes them. */

/** Words that are no names without quotes. Reference: CQL 3.4.5, appendix A. */
const reserved = new Set(
  `add allow alter and apply asc authorize batch begin by columnfamily create default delete desc describe drop entries execute
  from full grant if in index infinity insert into is keyspace limit materialized mbean mbeans modify nan norecursive not null of
  on or order primary rename replace revoke schema select set table to token truncate unlogged unset update use using view where
  with`.split(/\s+/),
);

export function quoteName(name: string): string {
  return /^[a-z][a-z0-9_]*$/.test(name) && !reserved.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
