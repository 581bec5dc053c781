/** DELETE. */
import { invalid } from '../../errors.ts';
import type { Delete } from '../../parser/ast.ts';
import type { Schema } from '../../schema/model.ts';
import { isKeyColumn } from '../../schema/table.ts';
import { columnNamed, type ModifyContext } from './context.ts';
import { prepareDeletion } from './deletions.ts';
import { Draft } from './draft.ts';
import type { Modification } from './modification.ts';

export function prepareDelete(statement: Delete, schema: Schema, context: ModifyContext): Modification {
  const draft = new Draft('DELETE', statement.table, schema, context);
  const { table, terms } = draft;
  const conditions = draft.conditions(statement.conditions);
  for (const deletion of statement.deletions) {
    const column = columnNamed(table, deletion.column);
    if (isKeyColumn(column))
      throw invalid(`Invalid identifier ${column.name} for deletion (should not be a PRIMARY KEY part)`);
    draft.addOperation(prepareDeletion(table, column, deletion, terms));
  }
  draft.addRelations(statement.where);
  return draft.finish(statement.using, statement.ifExists ? { kind: 'exists' } : conditions);
}
