/**
 * `:name` in a statement becomes `$n`. What stands in strings, quoted names, dollar quotes and comments is left as it is, and so are
 * casts (`::`) and array slices (`[1:2]`): "Lexical Structure" of PostgreSQL's manual.
 */
export interface Prepared {
  readonly text: string;
  /** Names in the order of their numbers. */
  readonly names: readonly string[];
}

const nameStart = /[A-Za-z_]/;
const namePart = /[A-Za-z0-9_]/;
const dollarTag = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;

export function prepare(sql: string): Prepared {
  const names: string[] = [];
  let text = '';
  let at = 0;
  while (at < sql.length) {
    const end = skipQuoted(sql, at);
    if (end > at) {
      text += sql.slice(at, end);
      at = end;
      continue;
    }
    if (sql[at] === ':' && sql[at + 1] === ':') {
      text += '::';
      at += 2;
    } else if (sql[at] === ':' && nameStart.test(sql[at + 1] ?? '')) {
      let stop = at + 2;
      while (stop < sql.length && namePart.test(sql[stop]!)) stop++;
      text += `$${numberOf(names, sql.slice(at + 1, stop))}`;
      at = stop;
    } else {
      text += sql[at];
      at++;
    }
  }
  return { text, names };
}

function numberOf(names: string[], name: string): number {
  const known = names.indexOf(name);
  return known >= 0 ? known + 1 : names.push(name);
}

/** @returns where the quoted text or comment that begins here ends; the same place when there is none */
function skipQuoted(sql: string, at: number): number {
  switch (sql[at]) {
    case "'":
      return skipString(sql, at, isEscapeString(sql, at));
    case '"':
      return skipString(sql, at, false);
    case '-':
      return sql[at + 1] === '-' ? endOr(sql, sql.indexOf('\n', at)) : at;
    case '/':
      return sql[at + 1] === '*' ? skipComment(sql, at) : at;
    case '$':
      return skipDollar(sql, at);
    default:
      return at;
  }
}

const endOr = (sql: string, index: number): number => (index < 0 ? sql.length : index);

/** `E'…'`: a backslash escapes what follows. */
function isEscapeString(sql: string, at: number): boolean {
  const before = sql[at - 1];
  return (before === 'E' || before === 'e') && !namePart.test(sql[at - 2] ?? ' ');
}

function skipString(sql: string, at: number, hasEscapes: boolean): number {
  const quote = sql[at]!;
  for (let i = at + 1; i < sql.length; i++) {
    if (hasEscapes && sql[i] === '\\') i++;
    else if (sql[i] === quote) {
      if (sql[i + 1] !== quote) return i + 1;
      i++;
    }
  }
  return sql.length;
}

/** They nest. */
function skipComment(sql: string, at: number): number {
  let depth = 0;
  for (let i = at; i < sql.length; i++) {
    if (sql[i] === '/' && sql[i + 1] === '*') {
      depth++;
      i++;
    } else if (sql[i] === '*' && sql[i + 1] === '/') {
      depth--;
      i++;
      if (depth === 0) return i + 1;
    }
  }
  return sql.length;
}

function skipDollar(sql: string, at: number): number {
  // `a$b$` is a name, and `$1` a parameter.
  if (namePart.test(sql[at - 1] ?? ' ')) return at;
  dollarTag.lastIndex = at;
  const tag = dollarTag.exec(sql)?.[0];
  if (tag === undefined) return at;
  const end = sql.indexOf(tag, at + tag.length);
  return end < 0 ? sql.length : end + tag.length;
}
