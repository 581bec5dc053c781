/** The condition of a view: its text as the schema keeps it, which columns it restricts, and whether its constants are of their types. */
import type { Functions } from '../../functions/api.ts';
import type { Relation, Term } from '../../parser/ast.ts';
import { printRelations } from '../../parser/index.ts';
import type { ViewRelation, ViewWhere } from '../../schema/changes/index.ts';
import type { Schema, TableSchema } from '../../schema/model.ts';
import { newTermContext } from '../terms/context.ts';
import { columnSpec } from '../terms/specs.ts';
import { prepareIn, prepareTerm } from '../terms/terms.ts';
import { prepareTuple, prepareTuplesIn } from '../terms/tuples.ts';

export function viewWhere(relations: readonly Relation[]): ViewWhere {
  return { text: printRelations(relations), relations: relations.map(viewRelation) };
}

function viewRelation(relation: Relation): ViewRelation {
  switch (relation.kind) {
    case 'isNotNull':
      return { kind: 'notNull', columns: [relation.column] };
    case 'column':
    case 'in':
    case 'element':
      return { kind: 'other', columns: [relation.column] };
    case 'columns':
    case 'columnsIn':
      return { kind: 'other', columns: relation.columns };
    case 'token':
      return { kind: 'token', columns: relation.columns };
    case 'expression':
      return { kind: 'custom', columns: [] };
  }
}

/** @throws CqlError `invalid` in the words of SELECT; columns that are not there are found elsewhere */
export function checkConstants(
  relations: readonly Relation[],
  table: TableSchema,
  schema: Schema,
  functions: Functions,
): void {
  const context = newTermContext(schema, table.keyspace, functions, []);
  const specOf = (name: string) => {
    const column = table.columns.get(name);
    return column && columnSpec(table, column);
  };
  const check = (column: string, terms: readonly Term[]) => {
    const spec = specOf(column);
    if (spec !== undefined) for (const term of terms) prepareTerm(term, spec, context).bind([]);
  };
  for (const relation of relations) {
    switch (relation.kind) {
      case 'column':
        check(relation.column, [relation.value]);
        break;
      case 'in': {
        const spec = specOf(relation.column);
        if (spec !== undefined) prepareIn(relation.values, spec, context).bind([]);
        break;
      }
      case 'columns':
      case 'columnsIn': {
        const specs = relation.columns.map(specOf).filter((spec) => spec !== undefined);
        if (specs.length < relation.columns.length) break;
        if (relation.kind === 'columns') prepareTuple(relation.value, specs, context).bind([]);
        else prepareTuplesIn(relation.values, specs, context).bind([]);
        break;
      }
    }
  }
}
