/** UPDATE. */
import { invalid } from '../../errors.ts';
import type { Update } from '../../parser/ast.ts';
import type { Schema } from '../../schema/model.ts';
import { isKeyColumn } from '../../schema/table.ts';
import { prepareAssignment } from './assignments.ts';
import { columnNamed, type ModifyContext } from './context.ts';
import { Draft } from './draft.ts';
import type { Modification } from './modification.ts';

export function prepareUpdate(statement: Update, schema: Schema, context: ModifyContext): Modification {
  const draft = new Draft('UPDATE', statement.table, schema, context);
  const { table, terms } = draft;
  const conditions = draft.conditions(statement.conditions);
  for (const assignment of statement.assignments) {
    const column = columnNamed(table, assignment.column);
    if (isKeyColumn(column)) throw invalid(`PRIMARY KEY part ${column.name} found in SET part`);
    draft.addOperation(prepareAssignment(table, column, assignment, terms));
  }
  draft.addRelations(statement.where);
  return draft.finish(statement.using, statement.ifExists ? { kind: 'exists' } : conditions);
}
