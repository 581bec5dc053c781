/** `caching`: kept and shown; nothing here obeys it. */
import { configError, namesText, type PropertyMap } from './properties.ts';

export const defaultCaching: Readonly<Record<string, string>> = { keys: 'ALL', rows_per_partition: 'NONE' };

export function readCaching(options: PropertyMap): Readonly<Record<string, string>> {
  const unknown = [...options.keys()].filter((name) => name !== 'keys' && name !== 'rows_per_partition');
  const keys = readKeys(options.get('keys'));
  const rows = readRows(options.get('rows_per_partition'));
  if (unknown.length > 0)
    throw configError(
      `Invalid caching sub-options ${namesText(unknown)}: only 'keys' and 'rows_per_partition' are allowed`,
    );
  return { keys, rows_per_partition: rows };
}

function readKeys(value: string | undefined): string {
  const upper = (value ?? 'NONE').toUpperCase();
  if (upper === 'ALL' || upper === 'NONE') return upper;
  throw configError(
    `Invalid value '${value}' for caching sub-option 'keys': only 'ALL' and 'NONE' are allowed`,
  );
}

function readRows(value: string | undefined): string {
  const text = value ?? 'NONE';
  const upper = text.toUpperCase();
  if (upper === 'ALL' || upper === 'NONE') return upper;
  if (/^\d{1,10}$/.test(text)) {
    const rows = Number(text);
    if (rows === 0) return 'NONE';
    if (rows === 2 ** 31 - 1) return 'ALL';
    if (rows < 2 ** 31) return String(rows);
  }
  throw configError(
    `Invalid value '${text}' for caching sub-option 'rows_per_partition': only 'ALL', 'NONE', and integer values are allowed`,
  );
}
