/** A selector of which is known what it is, though not yet of which type it is wanted: the first of two steps. */
import { invalid } from '../../errors.ts';
import { type Assignability, fit } from '../../functions/compatibility.ts';
import type { TableSchema } from '../../schema/model.ts';
import type { CqlType } from '../../types/api.ts';
import type { ColumnSpec } from '../api.ts';
import type { SelectedColumns, TermContext } from './api.ts';
import type { Node } from './nodes.ts';
import type { Assignable } from './resolve.ts';

export interface Selectable extends Assignable {
  /** @param expected what its surroundings want, if they know */
  node(expected: CqlType | undefined): Node;
}

/** Where the selectors of a statement stand. */
export interface Selection {
  readonly table: TableSchema;
  readonly columns: SelectedColumns;
  readonly context: TermContext;
}

/** Of something whose type is what it is. */
export function typed(text: string, type: CqlType, node: () => Node): Selectable {
  return {
    text,
    isMarker: false,
    exactType: () => type,
    test: (receiver) => fit(receiver.type, type),
    node,
  };
}

/** Of something that is of the type that it is wanted of, unless it knows better. */
export function untyped(
  text: string,
  parts: {
    readonly isMarker?: boolean;
    readonly exactType: () => CqlType | undefined;
    readonly test: (receiver: ColumnSpec) => Assignability;
    readonly node: (type: CqlType) => Node;
  },
): Selectable {
  return {
    text,
    isMarker: parts.isMarker === true,
    exactType: parts.exactType,
    test: parts.test,
    node: (expected) => {
      const type = parts.exactType() ?? expected;
      if (type === undefined)
        throw invalid(
          `Cannot infer type for term ${text} in selection clause (try using a cast to force a type)`,
        );
      return parts.node(type);
    },
  };
}

/** A receiver in a selection. */
export function specOf({ table }: Selection, name: string, type: CqlType): ColumnSpec {
  return { keyspace: table.keyspace, table: table.name, name, type };
}
