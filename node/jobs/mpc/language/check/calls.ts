/** Calls: of functions of the source, once for each set of type arguments, of casts, and of what comes with the language. */
import type { Span } from '../errors.ts';
import { languageLimits } from '../limits.ts';
import type { CallNode, FunctionNode } from '../syntax/ast.ts';
import { bool, integerNamed, type Type, typeText } from '../types.ts';
import { checkBuiltin } from './builtin-calls.ts';
import { isBuiltin, isImportable } from './builtins.ts';
import { type Context, FunctionScope } from './context.ts';
import { aboutValue, checkRange, convert } from './convert.ts';
import { check, checkAs } from './expressions.ts';
import { knownNumber } from './known.ts';
import { checkBody } from './statements.ts';
import type { Expression, FunctionInstance } from './tree.ts';
import { inferTypes, notImported, resolveSize, resolveType } from './types.ts';

export function checkCall(scope: FunctionScope, node: CallNode, expected: Type | undefined): Expression {
  const { context } = scope;
  const { name } = node.callee;
  if (scope.find(node.callee) !== undefined) {
    throw context.error('type-mismatch', node.callee, `${name} is a variable, not a function`);
  }
  const declared = context.names.get(name);
  if (declared?.kind === 'function') return callFunction(scope, node, declared.node, expected);
  if (declared?.kind === 'import') {
    if (isBuiltin(name)) return checkBuiltin(scope, node, name, expected);
    const type = castType(scope, node);
    if (type !== undefined) return checkCast(scope, node, type);
  }
  const text =
    declared !== undefined || !isImportable(name) ? `there is no function ${name}` : notImported(name);
  throw context.error('unknown-name', node.callee, text);
}

function castType(scope: FunctionScope, node: CallNode): Type | undefined {
  const { name } = node.callee;
  if (name === 'uint' || name === 'int') {
    const size = node.typeArguments[0];
    if (node.typeArguments.length !== 1 || size === undefined) {
      throw scope.context.error('type-mismatch', node.callee, `write the width, as in ${name}<24>(x)`);
    }
    const bits = resolveSize(scope.context, size, scope.typeArguments, 1, languageLimits.integerBitsMax);
    return { kind: 'integer', isSigned: name === 'int', bits };
  }
  const type = name === 'bool' ? bool : integerNamed(name);
  if (type !== undefined) checkTypeCount(scope.context, node, 0);
  return type;
}

function checkCast(scope: FunctionScope, node: CallNode, type: Type): Expression {
  const { context } = scope;
  checkCount(context, node, 1);
  const operand = check(scope, node.arguments[0]!, type);
  const { start, end } = node;
  if (operand.type.kind === 'number' && type.kind === 'integer') {
    const known = knownNumber(context, operand);
    if (known !== undefined) checkRange(context, operand, known, type);
    return { ...convert(context, operand, type), start, end };
  }
  if (operand.type.kind !== 'integer' && operand.type.kind !== 'bool') {
    throw context.error(
      'type-mismatch',
      operand,
      `${typeText(operand.type)} cannot become ${typeText(type)}`,
    );
  }
  const { isKnown } = operand;
  if (type.kind === 'bool') {
    if (operand.type.kind === 'bool') return operand;
    const zero: Expression = { ...aboutValue(operand), kind: 'constant', type: operand.type, value: 0n };
    return { kind: 'binary', type, isKnown, operator: '!==', left: operand, right: zero, start, end };
  }
  return { kind: 'cast', type, isKnown, operand, start, end };
}

function callFunction(
  scope: FunctionScope,
  node: CallNode,
  declaration: FunctionNode,
  expected: Type | undefined,
): Expression {
  const { context } = scope;
  const { start, end } = node;
  checkCount(context, node, declaration.parameters.length);
  const isInferred = declaration.typeParameters.length > 0 && node.typeArguments.length === 0;
  // Without types for literals to take, so that no argument is looked at twice.
  const given = isInferred ? node.arguments.map((each) => check(scope, each)) : undefined;
  const types =
    given === undefined
      ? writtenTypes(scope, node, declaration)
      : inferredTypes(scope, node, declaration, given, expected);
  const callee = instanceOf(context, declaration, types, node);
  const args = node.arguments.map((each, i) => {
    const type = callee.parameters[i]!;
    return given === undefined ? checkAs(scope, each, type) : convert(context, given[i]!, type);
  });
  const type = callee.returns;
  if (type === undefined) {
    const text = `${callee.name} calls itself: say what it returns, as in function f(x: u8): u8`;
    throw context.error('missing-return', node, text);
  }
  return { kind: 'call', type, isKnown: type.kind === 'number', callee, arguments: args, start, end };
}

function writtenTypes(
  scope: FunctionScope,
  node: CallNode,
  { typeParameters }: FunctionNode,
): ReadonlyMap<string, Type | bigint> {
  checkTypeCount(scope.context, node, typeParameters.length);
  return new Map(
    typeParameters.map((each, i) => [each.name, typeOrSize(scope, node.typeArguments[i]!)] as const),
  );
}

function inferredTypes(
  { context }: FunctionScope,
  node: CallNode,
  { typeParameters, parameters, name }: FunctionNode,
  given: readonly Expression[],
  expected: Type | undefined,
): ReadonlyMap<string, Type | bigint> {
  const names = new Set(typeParameters.map((each) => each.name));
  const found = new Map<string, Type | bigint>();
  for (const [i, { type }] of parameters.entries()) inferTypes(context, type, given[i]!.type, names, found);
  for (const each of typeParameters) {
    const type = found.get(each.name);
    if (type === undefined) {
      const text = `${each.name} does not follow from the arguments: write ${name?.name}<…>(…)`;
      throw context.error('type-mismatch', node.callee, text);
    }
    if (expected?.kind === 'integer' && typeof type === 'object' && type.kind === 'number') {
      found.set(each.name, expected);
    }
  }
  return found;
}

/** An argument for a type parameter, which may be used as either. */
function typeOrSize(
  { context, typeArguments }: FunctionScope,
  node: CallNode['typeArguments'][number],
): Type | bigint {
  const isSize =
    node.kind === 'size' ||
    node.kind === 'typeof' ||
    (node.kind === 'named' && typeof typeArguments.get(node.name) === 'bigint');
  if (!isSize) return resolveType(context, node, typeArguments);
  return BigInt(resolveSize(context, node, typeArguments, 0, languageLimits.arrayLengthMax));
}

/** The function for these type arguments, checked or about to be. */
export function instanceOf(
  context: Context,
  node: FunctionNode,
  types: ReadonlyMap<string, Type | bigint>,
  span: Span,
): FunctionInstance {
  const name = node.name?.name ?? 'the entry point';
  const key = JSON.stringify([
    name,
    ...[...types.values()].map((each) => (typeof each === 'bigint' ? String(each) : each)),
  ]);
  const before = context.instances.get(key);
  if (before !== undefined) return before;
  if (context.instances.size >= context.budget.limits.functionsMax) {
    throw context.budget.limit(span, `more than ${context.budget.limits.functionsMax} functions`);
  }
  const instance: FunctionInstance = {
    name,
    parameters: node.parameters.map(({ type }) => resolveType(context, type, types)),
    returns: node.returns === undefined ? undefined : resolveType(context, node.returns, types),
    body: undefined,
    result: undefined,
    span: node.name ?? node,
  };
  context.instances.set(key, instance);
  const scope = new FunctionScope(context, types, instance.returns);
  if (instance.returns === undefined) checkBody(scope, node, instance);
  else context.waiting.push(() => checkBody(scope, node, instance));
  return instance;
}

export function checkCount(context: Context, node: CallNode, count: number): void {
  if (node.arguments.length === count) return;
  const text = `${node.callee.name} takes ${count} arguments, not ${node.arguments.length}`;
  throw context.error('type-mismatch', node, text);
}

export function checkTypeCount(context: Context, node: CallNode, count: number): void {
  if (node.typeArguments.length === count) return;
  const text = `${node.callee.name} takes ${count} type arguments, not ${node.typeArguments.length}`;
  throw context.error('type-mismatch', node, text);
}
