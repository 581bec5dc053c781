/** CREATE and DROP FUNCTION, AGGREGATE and TRIGGER. */
import type {
  CreateAggregate,
  CreateFunction,
  CreateTrigger,
  DropFunction,
  DropTrigger,
  FunctionArgument,
  TypeSyntax,
} from './ast.ts';
import type { Cursor } from './cursor.ts';
import { functionName, localFunctionName, name, tableName } from './names.ts';
import { term } from './terms.ts';
import { type } from './types.ts';

/** @param cursor behind `CREATE FUNCTION`, as of what follows here */
export function createFunction(cursor: Cursor, orReplace: boolean): CreateFunction {
  const ifNotExists = cursor.acceptIfNotExists();
  const created = functionName(cursor);
  cursor.expect('(');
  const args = cursor.is(')') ? [] : cursor.list(functionArgument);
  cursor.expect(')');
  const calledOnNull = onNullInput(cursor);
  cursor.expect('RETURNS');
  const returns = type(cursor);
  cursor.expect('LANGUAGE');
  const language = cursor.expect('IDENT').value;
  cursor.expect('AS');
  const body = cursor.expect('STRING_LITERAL').value;
  return {
    kind: 'createFunction',
    name: created,
    orReplace,
    ifNotExists,
    args,
    calledOnNull,
    returns,
    language,
    body,
  };
}

function functionArgument(cursor: Cursor): FunctionArgument {
  return { name: name(cursor), type: type(cursor) };
}

/** `CALLED ON NULL INPUT` or `RETURNS NULL ON NULL INPUT` */
function onNullInput(cursor: Cursor): boolean {
  const called = cursor.accept('CALLED');
  if (!called) {
    if (!cursor.is('RETURNS')) throw cursor.noAlternative();
    cursor.expectAll('RETURNS', 'NULL');
  }
  cursor.expectAll('ON', 'NULL', 'INPUT');
  return called;
}

/** Types in parentheses, also none. */
export function argumentTypes(cursor: Cursor): TypeSyntax[] {
  cursor.expect('(');
  const types = cursor.is(')') ? [] : cursor.list(type);
  cursor.expect(')');
  return types;
}

export function createAggregate(cursor: Cursor, orReplace: boolean): CreateAggregate {
  const ifNotExists = cursor.acceptIfNotExists();
  const created = functionName(cursor);
  const types = argumentTypes(cursor);
  cursor.expect('SFUNC');
  const stateFunction = localFunctionName(cursor);
  cursor.expect('STYPE');
  const stateType = type(cursor);
  const finalFunction = cursor.accept('FINALFUNC') ? localFunctionName(cursor) : undefined;
  const initialCondition = cursor.accept('INITCOND') ? term(cursor) : undefined;
  return {
    kind: 'createAggregate',
    name: created,
    orReplace,
    ifNotExists,
    argumentTypes: types,
    stateFunction,
    stateType,
    finalFunction,
    initialCondition,
  };
}

export function dropFunction(cursor: Cursor, kind: DropFunction['kind']): DropFunction {
  const ifExists = cursor.acceptIfExists();
  const dropped = functionName(cursor);
  const types = cursor.is('(') ? argumentTypes(cursor) : undefined;
  return { kind, name: dropped, argumentTypes: types, ifExists };
}

export function createTrigger(cursor: Cursor): CreateTrigger {
  const ifNotExists = cursor.acceptIfNotExists();
  const created = name(cursor);
  cursor.expect('ON');
  const table = tableName(cursor);
  cursor.expect('USING');
  const className = cursor.expect('STRING_LITERAL').value;
  return { kind: 'createTrigger', name: created, table, className, ifNotExists };
}

export function dropTrigger(cursor: Cursor): DropTrigger {
  const ifExists = cursor.acceptIfExists();
  const dropped = name(cursor);
  cursor.expect('ON');
  return { kind: 'dropTrigger', name: dropped, table: tableName(cursor), ifExists };
}
