/** The top level of a source: its names, its constants, its functions, its entry point. */
import type { Budget } from '../budget.ts';
import { quote, type SourceText } from '../errors.ts';
import type { DeclarationNode, FunctionNode, SourceNode, TopLevelNode } from '../syntax/ast.ts';
import { isImportable, moduleName } from './builtins.ts';
import { instanceOf } from './calls.ts';
import { Context, FunctionScope, type TopLevelName } from './context.ts';
import { checkEntry, checkOutputs } from './entry.ts';
import { check, checkAs } from './expressions.ts';
import { knownNumber } from './known.ts';
import type { Expression, Program } from './tree.ts';
import { checkTypeDeclaration, resolveType } from './types.ts';

/** @throws CompileError at the first place that has no meaning */
export function checkProgram(source: SourceText, node: SourceNode, budget: Budget): Program {
  const context = new Context(source, budget);
  for (const item of node.items) declareItem(context, item);
  for (const item of node.items) if (item.kind === 'declaration') checkConstant(context, item);
  const entry = entryOf(context, node);
  const { parties, inputs, instance } = checkEntry(context, entry);
  for (const item of node.items) {
    if (item.kind === 'function' && item.typeParameters.length === 0)
      instanceOf(context, item, new Map(), item);
    if (item.kind === 'type') checkTypeDeclaration(context, item);
  }
  for (let next = context.waiting.pop(); next !== undefined; next = context.waiting.pop()) next();
  const outputs = checkOutputs(context, instance, parties);
  if (inputs.length === 0) throw context.error('entry-point', instance.span, 'no party has an input');
  if (outputs.length === 0) throw context.error('entry-point', instance.span, 'no party learns an output');
  return { parties, inputs, outputs, entry: instance, globals: context.globals };
}

function declareItem(context: Context, item: TopLevelNode): void {
  switch (item.kind) {
    case 'import':
      if (item.from !== moduleName) {
        throw context.error(
          'unsupported',
          item,
          `only ${quote(moduleName)} can be imported, not ${quote(item.from)}`,
        );
      }
      for (const name of item.names) {
        if (!isImportable(name.name)) {
          throw context.error('unknown-name', name, `${quote(moduleName)} has no ${name.name}`);
        }
        context.declare(name, { kind: 'import' });
      }
      return;
    case 'type':
      context.declare(item.name, { kind: 'type', node: item });
      return;
    case 'function':
      if (item.name !== undefined) context.declare(item.name, { kind: 'function', node: item });
      return;
    case 'declaration':
      if (item.pattern.kind !== 'name') {
        throw context.error(
          'unsupported',
          item.pattern,
          'constants of the top level are declared one by one',
        );
      }
      context.declare(item.pattern, { kind: 'later' });
  }
}

/** Constants of the top level come before any call, so that they are made of literals, each other and what the language has. */
function checkConstant(context: Context, node: DeclarationNode): void {
  if (node.pattern.kind !== 'name') return;
  const scope = new FunctionScope(context, new Map(), undefined);
  const type = node.type === undefined ? undefined : resolveType(context, node.type, scope.typeArguments);
  const checked = type === undefined ? check(scope, node.value) : checkAs(scope, node.value, type);
  const call = firstCall(checked);
  if (call !== undefined) {
    throw context.error('unsupported', call, 'constants of the top level call no functions of the source');
  }
  const known = checked.type.kind === 'number' ? knownNumber(context, checked) : undefined;
  const { start, end } = checked;
  // As one constant: what is made of it does not compute it again.
  const value: Expression =
    known === undefined
      ? checked
      : { kind: 'constant', type: checked.type, isKnown: true, value: known, start, end };
  const meaning: TopLevelName = {
    kind: 'constant',
    index: context.globals.push(value) - 1,
    type: value.type,
    isKnown: true,
  };
  context.names.set(node.pattern.name, meaning);
}

function firstCall(expression: Expression): Expression | undefined {
  const open: object[] = [expression];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if ('kind' in next && next.kind === 'call') return next as Expression;
    for (const [name, child] of Object.entries(next)) {
      if (name !== 'type' && name !== 'callee' && typeof child === 'object' && child !== null) {
        if (!(child instanceof Uint8Array)) open.push(child);
      }
    }
  }
  return undefined;
}

function entryOf(context: Context, { items }: SourceNode): FunctionNode {
  const entries = items.filter((item): item is FunctionNode => item.kind === 'function' && item.isEntry);
  if (entries.length > 1) {
    throw context.error('duplicate-name', entries[1]!, 'there are two functions with export default');
  }
  if (entries.length === 1) return entries[0]!;
  const text =
    'there is no entry point: export default function main(alice: { x: u32 }, bob: { y: u32 }) { … }';
  throw context.error('entry-point', { start: 0, end: 0 }, text);
}
