/** UPDATE, and which assignments of one column a statement may have together. */
import type { Assignment, Update } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { columnName, isColumnName, name, tableName } from './names.ts';
import { optionalIf, where } from './relations.ts';
import { term, termBeforeColumn } from './terms.ts';
import { optionalUsing } from './using.ts';

export function update(cursor: Cursor): Update {
  cursor.expect('UPDATE');
  const table = tableName(cursor);
  const using = optionalUsing(cursor);
  cursor.expect('SET');
  const assignments = cursor.list(assignment);
  checkTogether(cursor, assignments);
  const relations = where(cursor);
  return { kind: 'update', table, using, assignments, where: relations, ...optionalIf(cursor) };
}

function assignment(cursor: Cursor): Assignment {
  const column = columnName(cursor);
  switch (cursor.kind) {
    case '=':
      cursor.take();
      return assignedValue(cursor, column);
    case '+=':
      cursor.take();
      return { kind: 'add', column, value: term(cursor) };
    case '-=':
      cursor.take();
      return { kind: 'subtract', column, value: term(cursor) };
    case '[': {
      cursor.take();
      const key = term(cursor);
      cursor.expectAll(']', '=');
      return { kind: 'setElement', column, key, value: term(cursor) };
    }
    case '.': {
      cursor.take();
      const field = name(cursor);
      cursor.expect('=');
      return { kind: 'setField', column, field, value: term(cursor) };
    }
    default:
      throw cursor.noAlternative();
  }
}

function assignedValue(cursor: Cursor, column: string): Assignment {
  if (isColumnName(cursor.token)) {
    const { kind } = cursor.peek(1);
    if (kind === '+' || kind === '-' || kind === 'INTEGER') return changedValue(cursor, column, kind);
  }
  const value = termBeforeColumn(cursor);
  if (!cursor.accept('+')) return { kind: 'set', column, value };
  if (columnName(cursor) !== column) {
    throw cursor.refuse('Only expressions of the form X = <value> + X are supported.');
  }
  return { kind: 'prepend', column, value };
}

function changedValue(cursor: Cursor, column: string, sign: '+' | '-' | 'INTEGER'): Assignment {
  const isSame = columnName(cursor) === column;
  const { value } = cursor.take();
  if (sign === 'INTEGER') {
    // `c -1`: the sign is the number's.
    if (!isSame) throw onlyOwn(cursor, value.startsWith('-') ? '- ' : '+ ');
    return { kind: 'add', column, value: { kind: 'constant', type: 'integer', text: value } };
  }
  const operand = term(cursor);
  if (!isSame) throw onlyOwn(cursor, sign);
  return { kind: sign === '+' ? 'add' : 'subtract', column, value: operand };
}

function onlyOwn(cursor: Cursor, sign: string) {
  return cursor.refuse(`Only expressions of the form X = X ${sign}<value> are supported.`);
}

/** A column that is set as a whole may be set only once, and each field only once. */
function checkTogether(cursor: Cursor, assignments: readonly Assignment[]): void {
  const whole = new Set<string>();
  const parts = new Set<string>();
  const fields = new Set<string>();
  for (const { column, ...rest } of assignments) {
    const isWhole = rest.kind === 'set';
    const field = rest.kind === 'setField' ? JSON.stringify([column, rest.field]) : undefined;
    const isRepeated = field !== undefined && fields.has(field);
    if (whole.has(column) || (isWhole && parts.has(column)) || isRepeated) {
      throw cursor.refuse(`Multiple incompatible setting of column ${column}`);
    }
    (isWhole ? whole : parts).add(column);
    if (field !== undefined) fields.add(field);
  }
}
