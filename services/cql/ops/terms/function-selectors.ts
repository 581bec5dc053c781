/** Functions, aggregates, operators and casts in a selection. */
import { invalid } from '../../errors.ts';
import type { CqlFunction } from '../../functions/api.ts';
import { countRows } from '../../functions/native/aggregates.ts';
import { toJsonFunction } from '../../functions/native/json.ts';
import { castFunctions } from '../../functions/native/operators.ts';
import type { QualifiedName } from '../../parser/ast.ts';
import type { CqlType } from '../../types/api.ts';
import { nativeType, sameType, typeText } from '../../types/type-text.ts';
import { callScalar } from './call-terms.ts';
import { noteCall } from './context.ts';
import { AggregateNode, CombinedNode, type Node } from './nodes.ts';
import { type Callee, calleeText, resolveFunction } from './resolve.ts';
import { type Selectable, type Selection, typed } from './selectable.ts';

type Named = (names: readonly string[]) => string;

function callNode(fn: CqlFunction, nodes: readonly Node[], named: Named): Node {
  const name = named(nodes.map((node) => node.name));
  if (fn.kind === 'aggregate') {
    if (nodes.some((node) => node.isAggregate))
      throw invalid('aggregate functions cannot be used as arguments of aggregate functions');
    return new AggregateNode(name, fn, nodes);
  }
  return new CombinedNode(name, fn.returnType, nodes, (parts) => {
    const result = callScalar(
      fn,
      parts.map((part) => part ?? null),
    );
    return result === null || result === 'unset' ? undefined : result;
  });
}

function nameOf(callee: Callee, fn: CqlFunction): Named {
  switch (callee.kind) {
    case 'operator':
      return ([left, right]) => `${left} ${callee.operator} ${right}`;
    case 'negation':
      return ([operand]) => `-${operand}`;
    default:
      return (names) => `${fn.displayName}(${names.join(', ')})`;
  }
}

export function callSelectable(
  callee: Callee,
  args: readonly Selectable[],
  selection: Selection,
): Selectable {
  const { context, table } = selection;
  const site = { keyspace: table.keyspace, table: table.name, type: undefined };
  const fn = resolveFunction(context, callee, args, site);
  if (fn === undefined) throw invalid(`Unknown function '${calleeText(callee)}'`);
  noteCall(context, fn);
  const named = nameOf(callee, fn);
  return typed(named(args.map((arg) => arg.text)), fn.returnType, () => {
    const nodes = args.map((arg, index) => arg.node(fn.argumentTypes[index]));
    return callNode(fn, nodes, named);
  });
}

/** `COUNT(*)`, `COUNT(1)` */
export const countSelectable: Selectable = typed(
  'count',
  countRows.returnType,
  () => new AggregateNode('count', countRows, []),
);

/** Of a value of any type, which has to be known by itself. */
export function toJsonSelectable({ name }: QualifiedName, args: readonly Selectable[]): Selectable {
  const named: Named = (names) => `system.${name}(${names.join(', ')})`;
  return typed(named(args.map((arg) => arg.text)), nativeType('text')!, () => {
    const nodes = args.map((arg) => arg.node(undefined));
    if (nodes.length !== 1) throw invalid(`toJson() only accepts one argument (got ${nodes.length})`);
    return callNode(toJsonFunction(name, nodes[0]!.type), nodes, named);
  });
}

/** To its own type a value is left alone, name included. */
export function castSelectable(operand: Selectable, type: CqlType, selection: Selection): Selectable {
  const shown = typeText(type);
  const named: Named = ([name]) => `cast(${name} as ${shown})`;
  return typed(named([operand.text]), type, () => {
    const node = operand.node(undefined);
    if (sameType(node.type, type)) return node;
    if (castFunctions(type).length === 0) throw invalid(`${operand.text} cannot be cast to ${shown}`);
    const site = { keyspace: selection.table.keyspace, table: selection.table.name, type: undefined };
    const fn = resolveFunction(selection.context, { kind: 'cast', type }, [operand], site)!;
    return callNode(fn, [node], named);
  });
}
