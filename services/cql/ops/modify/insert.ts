/** INSERT, of values and of JSON. */
import { invalid } from '../../errors.ts';
import type { Insert, InsertJson } from '../../parser/ast.ts';
import type { Schema } from '../../schema/model.ts';
import { columnsOf, isKeyColumn } from '../../schema/table.ts';
import { columnSpec } from '../terms/specs.ts';
import { prepareTerm } from '../terms/terms.ts';
import { assignValue, prepareValue } from './assignments.ts';
import { columnNamed, type ModifyContext } from './context.ts';
import { Draft } from './draft.ts';
import { jsonTerms } from './json-terms.ts';
import { equals } from './key-relations.ts';
import type { Modification } from './modification.ts';

export function prepareInsert(
  statement: Insert | InsertJson,
  schema: Schema,
  context: ModifyContext,
): Modification {
  const draft = new Draft('INSERT', statement.table, schema, context);
  if (draft.table.isCounter)
    throw invalid('INSERT statements are not allowed on counter tables, use UPDATE instead');
  if (statement.kind === 'insert') addValues(draft, statement);
  else addJson(draft, statement);
  checkCompact(draft, statement);
  return draft.finish(statement.using, { kind: statement.ifNotExists ? 'notExists' : 'none' });
}

function addValues(draft: Draft, { columns, values }: Insert): void {
  if (columns.length !== values.length) throw invalid('Unmatched column names/values');
  if (new Set(columns).size < columns.length) throw invalid('The column names contains duplicates');
  const { table, terms } = draft;
  for (const [index, name] of columns.entries()) {
    const column = columnNamed(table, name);
    const value = values[index]!;
    if (isKeyColumn(column))
      draft.restrict(equals(column, prepareTerm(value, columnSpec(table, column), terms)));
    else draft.addOperation(prepareValue(table, column, value, terms));
  }
}

function addJson(draft: Draft, { json, missing }: InsertJson): void {
  const termOf = jsonTerms(draft.table, json, missing, draft.terms);
  for (const column of columnsOf(draft.table)) {
    const term = termOf(column);
    if (isKeyColumn(column)) draft.restrict(equals(column, term));
    else draft.addOperation(assignValue(column, term));
  }
}

/** A row of COMPACT STORAGE is what its column holds. */
function checkCompact({ table }: Draft, statement: Insert | InsertJson): void {
  const [first] = table.regulars;
  if (!table.isCompact || first === undefined || statement.kind !== 'insert') return;
  if (!statement.columns.some((name) => table.columns.get(name)!.kind === 'regular'))
    throw invalid(`Column ${first.name} is mandatory for this COMPACT STORAGE table`);
}
