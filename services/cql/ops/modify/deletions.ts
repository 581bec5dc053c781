/** What DELETE names before FROM, against its columns, with the messages of Cassandra 4.0. */
import { invalid } from '../../errors.ts';
import type { Deletion } from '../../parser/ast.ts';
import type { ColumnSchema, TableSchema } from '../../schema/model.ts';
import { isCollection, isMultiCell } from '../../schema/type-facts.ts';
import type { TermContext } from '../terms/api.ts';
import { columnSpec, listIndexSpec, mapKeySpec, setValueSpec } from '../terms/specs.ts';
import { prepareTerm } from '../terms/terms.ts';
import { fieldIndex } from './assignments.ts';
import { deleteColumn, deleteElement, deleteField, deleteListElement, type Operation } from './operations.ts';

export function prepareDeletion(
  table: TableSchema,
  column: ColumnSchema,
  deletion: Deletion,
  context: TermContext,
): Operation {
  const { name, type } = column;
  const spec = columnSpec(table, column);
  switch (deletion.kind) {
    case 'column':
      return deleteColumn(column, isMultiCell(type));
    case 'element': {
      if (!isCollection(type)) throw invalid(`Invalid deletion operation for non collection column ${name}`);
      if (!isMultiCell(type))
        throw invalid(`Invalid deletion operation for frozen collection column ${name}`);
      const { key } = deletion;
      if (type.kind === 'list')
        return deleteListElement(column, prepareTerm(key, listIndexSpec(spec), context));
      if (type.kind === 'set')
        return deleteElement(column, prepareTerm(key, setValueSpec(spec), context), 'set element');
      return deleteElement(column, prepareTerm(key, mapKeySpec(spec), context), 'map key');
    }
    case 'field':
      if (type.kind !== 'udt') throw invalid(`Invalid field deletion operation for non-UDT column ${name}`);
      if (type.frozen) throw invalid(`Frozen UDT column ${name} does not support field deletions`);
      return deleteField(column, fieldIndex(column, deletion.field));
  }
}
