/** Conditions: relations behind WHERE, and tests of columns behind IF. */
import type { ColumnCondition, Comparison, ConditionSubject, Marker, Relation, Term } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { columnName, isColumnName, localIndexName, name } from './names.ts';
import { term, terms, tupleLiteral } from './terms.ts';

/** What may follow the name of a column. */
const behindColumn = new Set(['=', '<', '<=', '>', '>=', '!=', 'LIKE', 'CONTAINS', 'IN', 'IS', '[']);

/** `WHERE` and relations, if they are there. */
export function optionalWhere(cursor: Cursor): Relation[] {
  return cursor.accept('WHERE') ? relations(cursor) : [];
}

export function where(cursor: Cursor): Relation[] {
  cursor.expect('WHERE');
  return relations(cursor);
}

/** Relations with `AND` between them. */
export function relations(cursor: Cursor): Relation[] {
  const found = [relation(cursor)];
  while (cursor.accept('AND')) found.push(relation(cursor));
  return found;
}

function relation(cursor: Cursor): Relation {
  switch (cursor.kind) {
    case 'expr(':
      return indexExpression(cursor);
    case 'TOKEN':
      return token(cursor);
    case '(':
      return isColumns(cursor) ? ofColumns(cursor) : cursor.nested(inParentheses);
    default:
      return ofColumn(cursor);
  }
}

function inParentheses(cursor: Cursor): Relation {
  cursor.expect('(');
  // Not `expr`: that stands alone.
  if (cursor.is('expr(')) throw cursor.noAlternative();
  const inner = relation(cursor);
  cursor.expect(')');
  return inner;
}

function indexExpression(cursor: Cursor): Relation {
  cursor.expect('expr(');
  const index = localIndexName(cursor);
  cursor.expect(',');
  const value = term(cursor);
  cursor.expect(')');
  return { kind: 'expression', index, value };
}

function token(cursor: Cursor): Relation {
  cursor.expect('TOKEN');
  const columns = columnsInParentheses(cursor);
  return { kind: 'token', columns, operator: comparison(cursor), value: term(cursor) };
}

function isColumns(cursor: Cursor): boolean {
  const { kind } = cursor.peek(2);
  return (kind === ',' || kind === ')') && isColumnName(cursor.peek(1));
}

function columnsInParentheses(cursor: Cursor): string[] {
  cursor.expect('(');
  const columns = cursor.list(columnName);
  cursor.expect(')');
  return columns;
}

function ofColumns(cursor: Cursor): Relation {
  const columns = columnsInParentheses(cursor);
  if (cursor.accept('IN')) return { kind: 'columnsIn', columns, values: tuples(cursor) };
  const operator = comparison(cursor);
  const value = cursor.is('(') ? tupleLiteral(cursor) : marker(cursor);
  return { kind: 'columns', columns, operator, value };
}

/** Either all tuples or all markers. */
function tuples(cursor: Cursor): Term[] | Marker {
  if (!cursor.is('(')) return marker(cursor);
  const inside = cursor.peek(1).kind;
  cursor.take();
  const values = inside === ')' ? [] : cursor.list(inside === '(' ? tupleLiteral : marker);
  cursor.expect(')');
  return values;
}

function marker(cursor: Cursor): Marker {
  if (!cursor.is('QMARK') && !cursor.is(':')) throw cursor.noAlternative();
  return cursor.marker();
}

/** What is behind IN. */
function values(cursor: Cursor): Term[] | Marker {
  return cursor.is('(') ? terms(cursor) : marker(cursor);
}

function ofColumn(cursor: Cursor): Relation {
  if (!isColumnName(cursor.token)) throw cursor.noAlternative();
  if (!behindColumn.has(cursor.peek(1).kind)) throw cursor.noAlternative(1);
  const column = columnName(cursor);
  switch (cursor.kind) {
    case 'LIKE':
      cursor.take();
      return { kind: 'column', column, operator: 'LIKE', value: term(cursor) };
    case 'CONTAINS':
      return { kind: 'column', column, operator: contains(cursor), value: term(cursor) };
    case 'IN':
      cursor.take();
      return { kind: 'in', column, values: values(cursor) };
    case 'IS':
      cursor.expectAll('IS', 'NOT', 'NULL');
      return { kind: 'isNotNull', column };
    case '[': {
      const key = elementKey(cursor);
      return { kind: 'element', column, key, operator: comparison(cursor), value: term(cursor) };
    }
    default:
      return { kind: 'column', column, operator: comparison(cursor), value: term(cursor) };
  }
}

function contains(cursor: Cursor): 'CONTAINS' | 'CONTAINS KEY' {
  cursor.expect('CONTAINS');
  // A keyspace may be called `key`.
  if (!cursor.is('KEY') || cursor.peek(1).kind === '.') return 'CONTAINS';
  cursor.take();
  return 'CONTAINS KEY';
}

function elementKey(cursor: Cursor): Term {
  cursor.expect('[');
  const key = term(cursor);
  cursor.expect(']');
  return key;
}

function comparison(cursor: Cursor): Comparison {
  const { kind } = cursor;
  switch (kind) {
    case '=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '!=':
      cursor.take();
      return kind;
    default:
      throw cursor.noAlternative();
  }
}

/** What is behind IF of UPDATE and DELETE, if it is there. */
export function optionalIf(cursor: Cursor): { ifExists: boolean; conditions: ColumnCondition[] } {
  if (!cursor.accept('IF')) return { ifExists: false, conditions: [] };
  // A column may be called `exists`.
  if (cursor.is('EXISTS') && !isTest(cursor.peek(1).kind)) {
    cursor.take();
    return { ifExists: true, conditions: [] };
  }
  const conditions = [condition(cursor)];
  while (cursor.accept('AND')) conditions.push(condition(cursor));
  return { ifExists: false, conditions };
}

function isTest(kind: string): boolean {
  return kind === '.' || (behindColumn.has(kind) && kind !== 'LIKE' && kind !== 'IS');
}

function condition(cursor: Cursor): ColumnCondition {
  const subject = conditionSubject(cursor);
  if (cursor.accept('IN')) return { subject, test: { operator: 'IN', values: values(cursor) } };
  const isWhole = subject.kind === 'column';
  const operator = isWhole && cursor.is('CONTAINS') ? contains(cursor) : comparison(cursor);
  return { subject, test: { operator, value: term(cursor) } };
}

function conditionSubject(cursor: Cursor): ConditionSubject {
  const column = columnName(cursor);
  if (cursor.is('[')) return { kind: 'element', column, key: elementKey(cursor) };
  if (cursor.accept('.')) return { kind: 'field', column, field: name(cursor) };
  return { kind: 'column', column };
}
