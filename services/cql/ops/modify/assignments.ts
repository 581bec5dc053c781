/** SET of UPDATE and values of INSERT against their columns, with the messages of Cassandra 4.0. */
import { CqlError, invalid } from '../../errors.ts';
import type { Assignment, Term } from '../../parser/ast.ts';
import type { ColumnSchema, TableSchema } from '../../schema/model.ts';
import { freeze, isCollection, isCounter, isMultiCell } from '../../schema/type-facts.ts';
import type { CqlType } from '../../types/api.ts';
import type { ColumnSpec } from '../api.ts';
import type { PreparedTerm, TermContext } from '../terms/api.ts';
import { termText } from '../terms/assign.ts';
import {
  columnSpec,
  fieldSpec,
  listIndexSpec,
  listValueSpec,
  mapKeySpec,
  mapValueSpec,
} from '../terms/specs.ts';
import { prepareTerm } from '../terms/terms.ts';
import {
  addToCollection,
  changeCounter,
  discardFromList,
  discardFromSet,
  type Operation,
  prependToList,
  SetCell,
  setField,
  setListElement,
  setMapEntry,
  setParts,
} from './operations.ts';

/** What an assignment is prepared for. */
interface Target {
  readonly column: ColumnSchema;
  readonly spec: ColumnSpec;
  readonly context: TermContext;
  /** As messages show it. */
  readonly text: string;
}

/** @param what messages call the column: `frozen collection` */
const notFor = ({ text, column }: Target, what: string) =>
  invalid(`Invalid operation (${text}) for ${what} column ${column.name}`);

/** A column that is set as a whole, to a value that is prepared already. */
export function assignValue(column: ColumnSchema, term: PreparedTerm): Operation {
  if (isCounter(column.type))
    throw invalid(
      `Cannot set the value of counter column ${column.name} (counters can only be incremented/decremented, not set)`,
    );
  return isMultiCell(column.type) ? setParts(column, term) : new SetCell(column, term);
}

export function prepareValue(
  table: TableSchema,
  column: ColumnSchema,
  value: Term,
  context: TermContext,
): Operation {
  return assignValue(column, prepareTerm(value, columnSpec(table, column), context));
}

export function prepareAssignment(
  table: TableSchema,
  column: ColumnSchema,
  assignment: Assignment,
  context: TermContext,
): Operation {
  const target = { column, spec: columnSpec(table, column), context, text: textOf(assignment) };
  switch (assignment.kind) {
    case 'set':
      return prepareValue(table, column, assignment.value, context);
    case 'add':
      return addition(target, assignment.value);
    case 'subtract':
      return subtraction(target, assignment.value);
    case 'prepend':
      return prepending(target, assignment.value);
    case 'setElement':
      return element(target, assignment.key, assignment.value);
    case 'setField':
      return field(target, assignment.field, assignment.value);
  }
}

function textOf(assignment: Assignment): string {
  const { column, kind } = assignment;
  const value = termText(assignment.value);
  switch (kind) {
    case 'set':
      return `${column} = ${value}`;
    case 'add':
      return `${column} = ${column} + ${value}`;
    case 'subtract':
      return `${column} = ${column} - ${value}`;
    case 'prepend':
      // Cassandra's own words have a minus here.
      return `${column} = ${value} - ${column}`;
    case 'setElement':
      return `${column}[${termText(assignment.key)}] = ${value}`;
    case 'setField':
      return `${column}.${assignment.field} = ${value}`;
  }
}

function addition(target: Target, value: Term): Operation {
  const { column, spec, context } = target;
  const { type } = column;
  if (!isCollection(type)) {
    if (type.kind === 'tuple' || type.kind === 'udt') throw notFor(target, 'tuple');
    if (!isCounter(type)) throw notFor(target, 'non counter');
    return changeCounter(column, prepareTerm(value, spec, context), true);
  }
  if (!isMultiCell(type)) throw notFor(target, 'frozen collection');
  if (type.kind !== 'map') return addToCollection(column, prepareTerm(value, spec, context));
  return addToCollection(
    column,
    preparedAs(value, spec, context, 'Value for a map addition has to be a map'),
  );
}

function subtraction(target: Target, value: Term): Operation {
  const { column, spec, context } = target;
  const { type } = column;
  if (!isCollection(type)) {
    if (!isCounter(type)) throw notFor(target, 'non counter');
    return changeCounter(column, prepareTerm(value, spec, context), false);
  }
  if (!isMultiCell(type)) throw notFor(target, 'frozen collection');
  if (type.kind === 'list') return discardFromList(column, type.element, prepareTerm(value, spec, context));
  if (type.kind !== 'map') return discardFromSet(column, prepareTerm(value, spec, context));
  const keys: CqlType = { kind: 'set', element: freeze(type.key), frozen: true };
  const message = 'Value for a map substraction has to be a set';
  return discardFromSet(column, preparedAs(value, { ...spec, type: keys }, context, message));
}

/** What is wrong is said in Cassandra's own words for this place. */
function preparedAs(value: Term, spec: ColumnSpec, context: TermContext, message: string): PreparedTerm {
  try {
    return prepareTerm(value, spec, context);
  } catch (error) {
    if (!(error instanceof CqlError)) throw error;
    throw new CqlError('invalid', `${message}, but was: '${termText(value)}'`, undefined, { cause: error });
  }
}

function prepending(target: Target, value: Term): Operation {
  const { column, spec, context } = target;
  const term = prepareTerm(value, spec, context);
  if (column.type.kind !== 'list') throw notFor(target, 'non list');
  if (!isMultiCell(column.type)) throw notFor(target, 'frozen list');
  return prependToList(column, term);
}

function element(target: Target, key: Term, value: Term): Operation {
  const { column, spec, context } = target;
  const { type } = column;
  if (!isCollection(type)) throw notFor(target, 'non collection');
  if (!isMultiCell(type)) throw notFor(target, 'frozen collection');
  if (type.kind === 'set') throw notFor(target, 'set');
  if (type.kind === 'map')
    return setMapEntry(
      column,
      prepareTerm(key, mapKeySpec(spec), context),
      prepareTerm(value, mapValueSpec(spec), context),
    );
  return setListElement(
    column,
    prepareTerm(key, listIndexSpec(spec), context),
    prepareTerm(value, listValueSpec(spec), context),
  );
}

function field(target: Target, name: string, value: Term): Operation {
  const { column, spec, context } = target;
  const { type } = column;
  if (type.kind !== 'udt') throw notFor(target, 'non-UDT');
  if (type.frozen) throw notFor(target, 'frozen UDT');
  const index = fieldIndex(column, name);
  return setField(column, index, prepareTerm(value, fieldSpec(spec, index), context));
}

/** Of a column of a user type. */
export function fieldIndex({ name: column, type }: ColumnSchema, field: string): number {
  const index = type.kind === 'udt' ? type.fields.findIndex(({ name }) => name === field) : -1;
  if (index === -1) throw invalid(`UDT column ${column} does not have a field named ${field}`);
  return index;
}
