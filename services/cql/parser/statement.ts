/** Which statement a text is: `parse` is the way into this folder. */
import { alterTable } from './alter-table.ts';
import type { ParsedStatement, Relation, Statement, Term, TypeSyntax } from './ast.ts';
import { batch } from './batch.ts';
import { Cursor } from './cursor.ts';
import { deleteFrom } from './delete.ts';
import { describe } from './describe.ts';
import { CqlSyntaxError } from './errors.ts';
import { createAggregate, createFunction, createTrigger, dropFunction, dropTrigger } from './functions.ts';
import { createIndex, dropIndex } from './indexes.ts';
import { insert } from './insert.ts';
import { alterKeyspace, createKeyspace, dropKeyspace, use } from './keyspaces.ts';
import { parserLimits } from './limits.ts';
import { tableName } from './names.ts';
import { grant, list, revoke } from './permissions.ts';
import { relations } from './relations.ts';
import { alterRole, alterUser, createRole, createUser, dropRole, dropUser } from './roles.ts';
import { select } from './select.ts';
import { createTable, dropTable } from './tables.ts';
import { term } from './terms.ts';
import type { Kind } from './tokens.ts';
import { type } from './types.ts';
import { update } from './update.ts';
import { alterType, createType, dropType } from './user-types.ts';
import { alterView, createView, dropView } from './views.ts';

type Rule = (cursor: Cursor) => Statement;

/** By the first word. */
const byVerb: ReadonlyMap<Kind, Rule> = new Map<Kind, Rule>([
  ['SELECT', select],
  ['INSERT', insert],
  ['UPDATE', update],
  ['DELETE', deleteFrom],
  ['BEGIN', batch],
  ['TRUNCATE', truncate],
  ['USE', use],
  ['CREATE', create],
  ['ALTER', alter],
  ['DROP', drop],
  ['GRANT', grant],
  ['REVOKE', revoke],
  ['LIST', list],
  ['DESCRIBE', describe],
  ['DESC', describe],
]);

/** Behind `CREATE`. */
const created: ReadonlyMap<Kind, Rule> = new Map<Kind, Rule>([
  ['KEYSPACE', createKeyspace],
  ['SCHEMA', createKeyspace],
  ['COLUMNFAMILY', createTable],
  ['TYPE', createType],
  ['INDEX', (cursor) => createIndex(cursor, false)],
  ['FUNCTION', (cursor) => createFunction(cursor, false)],
  ['AGGREGATE', (cursor) => createAggregate(cursor, false)],
  ['TRIGGER', createTrigger],
  ['ROLE', createRole],
  ['USER', createUser],
  ['MATERIALIZED', behind('VIEW', createView)],
  ['CUSTOM', behind('INDEX', (cursor) => createIndex(cursor, true))],
]);

const altered: ReadonlyMap<Kind, Rule> = new Map<Kind, Rule>([
  ['KEYSPACE', alterKeyspace],
  ['SCHEMA', alterKeyspace],
  ['COLUMNFAMILY', alterTable],
  ['TYPE', alterType],
  ['ROLE', alterRole],
  ['USER', alterUser],
  ['MATERIALIZED', behind('VIEW', alterView)],
]);

const dropped: ReadonlyMap<Kind, Rule> = new Map<Kind, Rule>([
  ['KEYSPACE', dropKeyspace],
  ['SCHEMA', dropKeyspace],
  ['COLUMNFAMILY', dropTable],
  ['TYPE', dropType],
  ['INDEX', dropIndex],
  ['FUNCTION', (cursor) => dropFunction(cursor, 'dropFunction')],
  ['AGGREGATE', (cursor) => dropFunction(cursor, 'dropAggregate')],
  ['TRIGGER', dropTrigger],
  ['ROLE', dropRole],
  ['USER', dropUser],
  ['MATERIALIZED', behind('VIEW', dropView)],
]);

function behind(kind: Kind, rule: Rule): Rule {
  return (cursor) => {
    cursor.expect(kind);
    return rule(cursor);
  };
}

function create(cursor: Cursor): Statement {
  if (cursor.peek(1).kind === 'OR') return createOrReplace(cursor);
  return ofSchema(cursor, created);
}

function alter(cursor: Cursor): Statement {
  return ofSchema(cursor, altered);
}

function drop(cursor: Cursor): Statement {
  return ofSchema(cursor, dropped);
}

/** Takes the verb and what it is about. */
function ofSchema(cursor: Cursor, rules: ReadonlyMap<Kind, Rule>): Statement {
  const rule = rules.get(cursor.peek(1).kind);
  if (rule === undefined) throw cursor.noAlternative(1);
  cursor.take();
  cursor.take();
  return rule(cursor);
}

function createOrReplace(cursor: Cursor): Statement {
  if (cursor.peek(2).kind !== 'REPLACE') throw cursor.noAlternative(2);
  const { kind } = cursor.peek(3);
  if (kind !== 'FUNCTION' && kind !== 'AGGREGATE') throw cursor.noAlternative(3);
  cursor.expectAll('CREATE', 'OR', 'REPLACE', kind);
  return kind === 'FUNCTION' ? createFunction(cursor, true) : createAggregate(cursor, true);
}

function truncate(cursor: Cursor): Statement {
  cursor.expect('TRUNCATE');
  // A table cannot be called `table`.
  cursor.accept('COLUMNFAMILY');
  return { kind: 'truncate', table: tableName(cursor) };
}

function statement(cursor: Cursor): Statement {
  const rule = byVerb.get(cursor.kind);
  if (rule === undefined) throw cursor.noAlternative();
  const result = rule(cursor);
  while (cursor.accept(';'));
  return result;
}

/**
 * One statement, with semicolons behind it or none.
 * @throws CqlSyntaxError and nothing else
 */
export function parse(text: string): ParsedStatement {
  return readStatement(begin(text));
}

/** The same, of tokens of which none has been taken. */
export function readStatement(cursor: Cursor): ParsedStatement {
  const result = whole(cursor, statement);
  const { markers } = cursor;
  if (markers.length > parserLimits.markersMax) {
    throw new CqlSyntaxError(
      `Too many markers(?). ${markers.length} markers exceed the allowed maximum of ${parserLimits.markersMax}`,
      'invalid',
    );
  }
  return { statement: result, markers };
}

/** Relations with `AND` between them, as the schema keeps them of views. */
export function parseRelations(text: string): Relation[] {
  return whole(begin(text), relations);
}

/** A term by itself, such as the first state of an aggregate. */
export function parseTerm(text: string): Term {
  return whole(begin(text), term);
}

/** A type by itself, as the schema keeps them. */
export function parseType(text: string): TypeSyntax {
  return whole(begin(text), type);
}

function begin(text: string): Cursor {
  if (text.length > parserLimits.textCharsMax) {
    throw new CqlSyntaxError(
      `A statement may have ${parserLimits.textCharsMax} characters at most`,
      'invalid',
    );
  }
  return new Cursor(text);
}

function whole<Result>(cursor: Cursor, rule: (cursor: Cursor) => Result): Result {
  const result = rule(cursor);
  if (!cursor.is('EOF')) throw cursor.mismatch('EOF');
  return result;
}
