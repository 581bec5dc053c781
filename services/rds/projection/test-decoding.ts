/**
 * Lines of PostgreSQL's output plugin `test_decoding`, which needs no publication and so never stands in the way of a
 * customer's statements ("Logical Decoding Examples" of the manual):
 *
 *   BEGIN xid | COMMIT xid
 *   table schema.name: INSERT: column[type]:value …
 *   table schema.name: UPDATE: [old-key: column… new-tuple: ]column…
 *   table schema.name: DELETE: column…
 *   table schema.name, …: TRUNCATE: (no-flags) | flags
 *
 * Identifiers are quoted as in SQL; values are numbers as they are, B'bits', true, false, 'text' with doubled quotes, null, or
 * unchanged-toast-datum. Strict: what does not have this form is refused, as a row read wrongly would be proven wrongly.
 */
export interface TableName {
  readonly schema: string;
  readonly table: string;
}

/** As the type's output function writes it; `unchanged` for a long value that its update did not touch. */
export type DecodedValue = string | null | typeof unchanged;
export const unchanged: unique symbol = Symbol('unchanged');

/** By column name. */
export type Tuple = ReadonlyMap<string, DecodedValue>;

export type DecodedLine =
  | { readonly kind: 'begin' | 'commit'; readonly xid: number }
  | { readonly kind: 'insert'; readonly name: TableName; readonly row: Tuple | undefined }
  | {
      readonly kind: 'update';
      readonly name: TableName;
      readonly old: Tuple | undefined;
      readonly row: Tuple | undefined;
    }
  /** `old`: what identified the row, if anything does. */
  | { readonly kind: 'delete'; readonly name: TableName; readonly old: Tuple | undefined }
  | { readonly kind: 'truncate'; readonly names: readonly TableName[] };

export class DecodingError extends Error {
  constructor(what: string) {
    super(`a line of logical decoding is not as it should be: ${what}`);
    this.name = 'DecodingError';
  }
}

const noTuple = '(no-tuple-data)';
const bareIdentifier = /[a-z_][a-z0-9_]*/y;
const transaction = /^(BEGIN|COMMIT) (\d{1,10})$/;

/** @throws DecodingError */
export function parseLine(line: string): DecodedLine {
  const [, word, xid] = transaction.exec(line) ?? [];
  if (word !== undefined) return { kind: word === 'BEGIN' ? 'begin' : 'commit', xid: Number(xid) };
  const input = new LineReader(line);
  input.expect('table ');
  const names = [readName(input)];
  while (input.take(', ')) names.push(readName(input));
  input.expect(': ');
  if (input.take('TRUNCATE: ')) {
    input.oneOf(['(no-flags)', 'restart_seqs cascade', 'restart_seqs', 'cascade']);
    input.end();
    return { kind: 'truncate', names };
  }
  const [name, another] = names as [TableName, TableName?];
  if (another !== undefined) throw new DecodingError('a change of several tables');
  const kind = input.oneOf(['INSERT:', 'UPDATE:', 'DELETE:']);
  if (input.take(` ${noTuple}`)) {
    input.end();
    if (kind === 'INSERT:') return { kind: 'insert', name, row: undefined };
    return kind === 'UPDATE:'
      ? { kind: 'update', name, old: undefined, row: undefined }
      : { kind: 'delete', name, old: undefined };
  }
  if (kind !== 'UPDATE:') {
    const tuple = readTuple(input);
    input.end();
    return kind === 'INSERT:' ? { kind: 'insert', name, row: tuple } : { kind: 'delete', name, old: tuple };
  }
  let old: Tuple | undefined;
  if (input.take(' old-key:')) {
    old = readTuple(input);
    input.expect(' new-tuple:');
  }
  const row = readTuple(input);
  input.end();
  return { kind: 'update', name, old, row };
}

class LineReader {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  take(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  expect(word: string): void {
    if (!this.take(word)) throw new DecodingError(`no ${JSON.stringify(word)}`);
  }

  oneOf<Word extends string>(words: readonly Word[]): Word {
    for (const word of words) if (this.take(word)) return word;
    throw new DecodingError(`none of ${words.join(', ')}`);
  }

  /** Text up to the quote that ends it; doubled ones stand for themselves. */
  quoted(quote: string): string {
    let text = '';
    for (;;) {
      const end = this.text.indexOf(quote, this.at);
      if (end < 0) throw new DecodingError('no end of a quotation');
      text += this.text.slice(this.at, end);
      this.at = end + 1;
      if (!this.take(quote)) return text;
      text += quote;
    }
  }

  end(): void {
    if (this.at !== this.text.length) throw new DecodingError('something behind its end');
  }
}

function readName(input: LineReader): TableName {
  const schema = readIdentifier(input);
  input.expect('.');
  return { schema, table: readIdentifier(input) };
}

function readIdentifier(input: LineReader): string {
  if (input.take('"')) return input.quoted('"');
  bareIdentifier.lastIndex = input.at;
  const found = bareIdentifier.exec(input.text)?.[0];
  if (found === undefined) throw new DecodingError('no identifier');
  input.at += found.length;
  return found;
}

/** Columns up to the end, or to the new tuple of an update. */
function readTuple(input: LineReader): Tuple {
  const tuple = new Map<string, DecodedValue>();
  while (input.at < input.text.length && !isNewTuple(input)) {
    input.expect(' ');
    const column = readIdentifier(input);
    const type = readType(input);
    input.expect(':');
    if (tuple.has(column)) throw new DecodingError('a column twice');
    tuple.set(column, readValue(input, type));
  }
  return tuple;
}

/** No column is taken for it: one of this name, quoted for its hyphen, begins with a quote. */
function isNewTuple(input: LineReader): boolean {
  return input.text.startsWith(' new-tuple:', input.at);
}

/** Types have brackets of their own, and names in quotes with anything in them. */
function readType(input: LineReader): string {
  input.expect('[');
  const start = input.at;
  for (let depth = 1; depth > 0; ) {
    const char = input.text[input.at++];
    if (char === undefined) throw new DecodingError('no end of a type');
    if (char === '"') input.quoted('"');
    else if (char === '[') depth += 1;
    else if (char === ']') depth -= 1;
  }
  return input.text.slice(start, input.at - 1);
}

const numeric = /(?:[-+0-9.eE]|NaN|Infinity)+/y;

function readValue(input: LineReader, type: string): DecodedValue {
  if (input.take("'")) return input.quoted("'");
  if (input.take("B'")) {
    const bits = input.quoted("'");
    if (!/^[01]*$/.test(bits)) throw new DecodingError('bits that are none');
    return bits;
  }
  if (input.take('null')) return null;
  if (input.take('unchanged-toast-datum')) return unchanged;
  if (type === 'boolean') return input.oneOf(['true', 'false']) === 'true' ? 't' : 'f';
  numeric.lastIndex = input.at;
  const found = numeric.exec(input.text)?.[0];
  if (found === undefined) throw new DecodingError('no value');
  input.at += found.length;
  return found;
}
