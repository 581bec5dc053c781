/**
 * What a proof of an instance's rows is about, as a text: `pg://instance/database/schema.table` of a table, with the values of
 * its primary key behind it, each after a `/`, of a row. Bytes other than letters, digits, `_`, `-` and, in values, `.` and `:`
 * are written as `%XX`; null is `%00`. So there is one text for each. Runs in browsers.
 */
import { ProofRefused } from '@hypergate/node/verifier';

/** As every client of PostgreSQL begins its URLs, nearly: not the service's name. */
export const proofScheme = 'pg';

export interface RowSubject {
  /** As its owner calls it: nothing in a document shows it. */
  readonly instance: string;
  readonly database: string;
  readonly schema: string;
  readonly table: string;
  /** Undefined: the table. Of a table without a primary key the values of all columns. */
  readonly key: readonly (string | null)[] | undefined;
}

export function subjectText({ instance, database, schema, table, key }: RowSubject): string {
  const place = `pg://${escaped(instance)}/${escaped(database)}/${escaped(schema)}.${escaped(table)}`;
  const values = (key ?? []).map((value) => `/${value === null ? '%00' : escaped(value, '.:')}`);
  return place + values.join('');
}

/** @throws ProofRefused unless it is exactly what `subjectText` makes */
export function parseSubject(text: string): RowSubject {
  const name = '((?:[A-Za-z0-9_-]|%[0-9A-F]{2})+)';
  const form = new RegExp(
    `^pg://${name}/${name}/${name}\\.${name}((?:/(?:[A-Za-z0-9_.:-]|%[0-9A-F]{2})*)*)$`,
  );
  const found = form.exec(text);
  if (found === null)
    throw new ProofRefused('the subject is not of the form pg://instance/database/schema.table');
  const [, instance, database, schema, table, rest] = found as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const subject: RowSubject = {
    instance: unescaped(instance),
    database: unescaped(database),
    schema: unescaped(schema),
    table: unescaped(table),
    key:
      rest === ''
        ? undefined
        : rest
            .slice(1)
            .split('/')
            .map((part) => (part === '%00' ? null : unescaped(part))),
  };
  if (subjectText(subject) !== text) throw new ProofRefused('the subject is not in its canonical form');
  return subject;
}

function escaped(text: string, also = ''): string {
  let result = '';
  for (const byte of new TextEncoder().encode(text)) {
    const char = String.fromCharCode(byte);
    const isPlain = /[A-Za-z0-9_-]/.test(char) || also.includes(char);
    result += isPlain ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return result;
}

function unescaped(text: string): string {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] !== '%') bytes.push(text.charCodeAt(at));
    else {
      bytes.push(Number.parseInt(text.slice(at + 1, at + 3), 16));
      at += 2;
    }
  }
  // What is no UTF-8 does not come back the same, which the caller finds.
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes));
}
