/** Names of things. Which keywords may be names depends on what is named (keywords.ts). */
import type { QualifiedName } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { laterKeywords, uses } from './keywords.ts';
import type { Token } from './tokens.ts';

/** Words that Cassandra keeps for types it does not have. */
const reservedTypeNames = new Set(['byte', 'complex', 'enum', 'date', 'interval', 'macaddr', 'bitstring']);

export function isName(token: Token): boolean {
  return (token.uses & uses.name) !== 0;
}

export function isFunctionName(token: Token): boolean {
  return (token.uses & uses.function) !== 0;
}

/** Of a field, an alias, a property or an argument; and of columns in definitions. */
export function name(cursor: Cursor): string {
  if (!isName(cursor.token)) throw cursor.noAlternative();
  return cursor.take().value;
}

/** Of a column: `""` is the one that tables of an old kind have. */
export function columnName(cursor: Cursor): string {
  return cursor.accept('EMPTY_QUOTED_NAME') ? '' : name(cursor);
}

export function isColumnName(token: Token): boolean {
  return isName(token) || token.kind === 'EMPTY_QUOTED_NAME';
}

export function keyspaceName(cursor: Cursor): string {
  return nameOrRefusal(cursor, 'keyspace');
}

export function tableName(cursor: Cursor): QualifiedName {
  return qualified(cursor, 'table');
}

export function indexName(cursor: Cursor): QualifiedName {
  return qualified(cursor, 'index');
}

/** Within its table's keyspace. */
export function localIndexName(cursor: Cursor): string {
  return nameOrRefusal(cursor, 'index');
}

function qualified(cursor: Cursor, what: 'table' | 'index'): QualifiedName {
  if (!isQualified(cursor)) return { keyspace: undefined, name: nameOrRefusal(cursor, what) };
  const keyspace = keyspaceName(cursor);
  cursor.expect('.');
  return { keyspace, name: nameOrRefusal(cursor, what) };
}

/** Does not look further than it has to: messages show what was looked at. */
function isQualified(cursor: Cursor): boolean {
  return (isName(cursor.token) || cursor.is('QMARK')) && cursor.peek(1).kind === '.';
}

function nameOrRefusal(cursor: Cursor, what: 'keyspace' | 'table' | 'index' | 'role'): string {
  if (cursor.is('QMARK')) throw cursor.refuse(`Bind variables cannot be used for ${what} names`);
  return name(cursor);
}

export function userTypeName(cursor: Cursor): QualifiedName {
  let keyspace: string | undefined;
  if (isQualified(cursor)) {
    keyspace = name(cursor);
    cursor.expect('.');
  }
  const { token } = cursor;
  if ((token.uses & uses.type) === 0) throw cursor.noAlternative();
  const written = cursor.text.slice(token.start, token.end);
  if (token.kind === 'IDENT' && reservedTypeNames.has(written)) {
    throw cursor.refuse(`Invalid (reserved) user type name ${written}`);
  }
  return { keyspace, name: cursor.take().value };
}

export function functionName(cursor: Cursor): QualifiedName {
  if (!isQualified(cursor)) return { keyspace: undefined, name: localFunctionName(cursor) };
  const keyspace = keyspaceName(cursor);
  cursor.expect('.');
  return { keyspace, name: localFunctionName(cursor) };
}

export function localFunctionName(cursor: Cursor): string {
  if (!isFunctionName(cursor.token)) throw cursor.noAlternative();
  return cursor.take().value;
}

export function roleName(cursor: Cursor): string {
  return cursor.is('STRING_LITERAL') ? cursor.take().value : nameOrRefusal(cursor, 'role');
}

export function isRoleName(token: Token): boolean {
  return isName(token) || token.kind === 'STRING_LITERAL';
}

/** Of a user: as it is written, in upper case as well. */
export function userName(cursor: Cursor): string {
  const { token } = cursor;
  if (token.kind === 'QUOTED_NAME') {
    throw cursor.refuse(
      'Quoted strings are are not supported for user names and USER is deprecated, please use ROLE',
    );
  }
  if (token.kind === 'STRING_LITERAL') return cursor.take().value;
  if (token.kind !== 'IDENT' && !laterKeywords.has(token.kind)) throw cursor.noAlternative();
  cursor.take();
  return cursor.text.slice(token.start, token.end);
}
