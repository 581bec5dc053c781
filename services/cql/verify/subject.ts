/**
 * What a proof of rows is about, as a text: `cql://keyspace/table/key`, the key being the values of the primary key, each after a `/`
 * (key-text.ts). Bytes other than printable ASCII, and `%` and `/`, are written as `%XX`, so that there is one text for each.
 * Runs in browsers.
 */
import { ProofRefused } from '@hypergate/node/verifier';

export interface CqlSubject {
  readonly keyspace: string;
  readonly table: string;
  /** Partition key, then clustering; the partition key alone, where there is clustering, is a partition's head. */
  readonly key: readonly string[];
}

export function subjectText({ keyspace, table, key }: CqlSubject): string {
  return `cql://${[keyspace, table, ...key].map(escaped).join('/')}`;
}

/** @throws ProofRefused unless it is exactly what `subjectText` makes */
export function parseSubject(text: string): CqlSubject {
  const subject = splitSubject(text);
  if (subject === undefined)
    throw new ProofRefused('the subject is not of the form cql://keyspace/table/key');
  if (subjectText(subject) !== text) throw new ProofRefused('the subject is not in its canonical form');
  return subject;
}

/** Any byte may be written as `%XX`. @returns undefined for what has another form, or is no UTF-8 */
export function splitSubject(text: string): CqlSubject | undefined {
  const scheme = 'cql://';
  if (!text.startsWith(scheme) || !text.isWellFormed()) return undefined;
  const parts = text.slice(scheme.length).split('/').map(unescaped);
  const [keyspace, table, ...key] = parts.filter((part) => part !== undefined);
  if (parts.includes(undefined) || !keyspace || !table || key.length === 0) return undefined;
  return { keyspace, table, key };
}

function escaped(text: string): string {
  let result = '';
  for (const byte of new TextEncoder().encode(text)) {
    const isPlain = byte > 0x20 && byte < 0x7f && byte !== 0x25 && byte !== 0x2f;
    result += isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return result;
}

function unescaped(text: string): string | undefined {
  const bytes: number[] = [];
  for (const [index, part] of text.split(/%([0-9A-Fa-f]{2})/).entries()) {
    if (index % 2 === 1) bytes.push(Number.parseInt(part, 16));
    else for (const byte of new TextEncoder().encode(part)) bytes.push(byte);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
  } catch {
    return undefined;
  }
}
