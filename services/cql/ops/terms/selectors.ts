/** What a SELECT shows, against a table: names and types of the result's columns, and how to get their values from rows. */
import { invalid } from '../../errors.ts';
import { fit } from '../../functions/compatibility.ts';
import { toJsonNames } from '../../functions/native/json.ts';
import type { Selector, SelectorWithAlias } from '../../parser/ast.ts';
import { printType } from '../../parser/print.ts';
import type { ColumnSchema, TableSchema } from '../../schema/model.ts';
import { freeze } from '../../types/type-shape.ts';
import { typeText } from '../../types/type-text.ts';
import type { BoundValue, ColumnSpec } from '../api.ts';
import type { PreparedSelector, RowView, SelectedColumns, TermContext } from './api.ts';
import { exactTypeOfTerm, termText, testTerm } from './assign.ts';
import { columnSelectable, timeSelectable } from './column-selectors.ts';
import { callSelectable, castSelectable, countSelectable, toJsonSelectable } from './function-selectors.ts';
import { elementsSelectable, mapSelectable } from './literal-selectors.ts';
import { ColumnNode, type Node, RenamedNode, TermNode } from './nodes.ts';
import { elementSelectable, fieldSelectable, sliceSelectable } from './part-selectors.ts';
import { isSystemCall } from './resolve.ts';
import { type Selectable, type Selection, specOf, untyped } from './selectable.ts';
import { columnSpec } from './specs.ts';
import { prepareTerm } from './terms.ts';
import { nativeNamed, resolveTypeSyntax } from './type-syntax.ts';

type TermSelector = Extract<Selector, { kind: 'term' }>;
type TypeHintSelector = Extract<Selector, { kind: 'typeHint' }>;

function termSelectable({ term }: TermSelector, selection: Selection): Selectable {
  const { context } = selection;
  const text = termText(term);
  return untyped(text, {
    isMarker: term.kind === 'marker',
    exactType: () => exactTypeOfTerm(term, context),
    test: (receiver) => testTerm(term, receiver, context),
    node: (type) => new TermNode(text, prepareTerm(term, specOf(selection, '[selection]', type), context)),
  });
}

function typeHintSelectable(selector: TypeHintSelector, selection: Selection): Selectable {
  const { context, table } = selection;
  const type = freeze(resolveTypeSyntax(selector.type, table.keyspace, context.schema));
  const written = printType(selector.type);
  const operand = selectableOf(selector.operand, selection);
  const text = `(${written})${operand.text}`;
  return {
    text,
    isMarker: false,
    exactType: () => type,
    test: (receiver) => fit(receiver.type, type),
    node: () => {
      if (operand.test(specOf(selection, text, type)) === 'none')
        throw invalid(`Cannot assign value ${text} to ${text} of type ${typeText(type)}`);
      const node = operand.node(type);
      return new RenamedNode(`(${written})${node.name}`, type, node);
    },
  };
}

/** What is in parentheses by itself. */
function withinParentheses(selector: Selector, selection: Selection) {
  if (selector.kind !== 'tuple' || selector.elements.length === 0) return undefined;
  return selectableOf(selector.elements[0]!, selection).exactType();
}

function selectableOf(selector: Selector, selection: Selection): Selectable {
  const prepare = (inner: Selector) => selectableOf(inner, selection);
  switch (selector.kind) {
    case 'column':
      return columnSelectable(selector.name, selection);
    case 'term':
      return termSelectable(selector, selection);
    case 'countRows':
      return countSelectable;
    case 'writetime':
    case 'maxwritetime':
    case 'ttl':
      return timeSelectable(selector, prepare(selector.operand).text, selection);
    case 'field': {
      const expected = withinParentheses(selector.operand, selection);
      return fieldSelectable(selector, prepare(selector.operand), expected);
    }
    case 'element':
      return elementSelectable(selector, prepare(selector.operand), selection);
    case 'slice':
      return sliceSelectable(selector, prepare(selector.operand), selection);
    case 'list':
    case 'set':
    case 'tuple':
      return elementsSelectable(selector, prepare);
    case 'map':
      return mapSelectable(selector, prepare);
    case 'typeHint':
      return typeHintSelectable(selector, selection);
    case 'cast':
      return castSelectable(prepare(selector.operand), nativeNamed(selector.type), selection);
    case 'call': {
      const args = selector.args.map(prepare);
      if (isSystemCall(selector.function, toJsonNames)) return toJsonSelectable(selector.function, args);
      return callSelectable({ kind: 'function', name: selector.function }, args, selection);
    }
    case 'operation': {
      const args = [prepare(selector.left), prepare(selector.right)];
      return callSelectable({ kind: 'operator', operator: selector.operator }, args, selection);
    }
    case 'negation':
      return callSelectable({ kind: 'negation' }, [prepare(selector.operand)], selection);
  }
}

function prepared(node: Node, spec: ColumnSpec): PreparedSelector {
  const isColumn = node instanceof ColumnNode;
  return {
    spec,
    column: isColumn ? node.column : undefined,
    slot: isColumn ? node.slot : -1,
    isAggregate: node.isAggregate,
    evaluate: (row: RowView, values: readonly BoundValue[]) => node.evaluate(row, values),
    start: (values: readonly BoundValue[]) => node.start(values),
  };
}

export function prepareSelector(
  { selector, alias }: SelectorWithAlias,
  table: TableSchema,
  columns: SelectedColumns,
  context: TermContext,
): PreparedSelector {
  const selection: Selection = { table, columns, context };
  const node = selectableOf(selector, selection).node(undefined);
  return prepared(node, specOf(selection, alias ?? node.name, node.type));
}

export function prepareColumnSelector(
  column: ColumnSchema,
  table: TableSchema,
  columns: SelectedColumns,
): PreparedSelector {
  return prepared(new ColumnNode(column, columns.slot(column)), columnSpec(table, column));
}
