/** Type nodes to types, and type arguments from the types of arguments. */
import { quote, type Span } from '../errors.ts';
import { languageLimits } from '../limits.ts';
import type { TypeDeclarationNode, TypeFieldNode, TypeNode } from '../syntax/ast.ts';
import {
  arrayOf,
  bool,
  integerNamed,
  number,
  type StructField,
  sameType,
  type Type,
  typeText,
} from '../types.ts';
import { moduleName } from './builtins.ts';
import type { Context, TypeArguments } from './context.ts';
import { knownNumber } from './known.ts';

/** @throws CompileError */
export function resolveType(context: Context, node: TypeNode, parameters: TypeArguments): Type {
  const type = resolve(context, node, parameters);
  if (typeof type === 'bigint') throw context.error('type-mismatch', node, 'a size where a type has to be');
  return type;
}

/** @throws CompileError */
export function resolveSize(
  context: Context,
  node: TypeNode,
  parameters: TypeArguments,
  least: number,
  most: number,
): number {
  const size = resolve(context, node, parameters);
  if (typeof size !== 'bigint') {
    throw context.error(
      'type-mismatch',
      node,
      `${typeText(size)} where a size has to be: a number, or typeof N`,
    );
  }
  if (size < BigInt(least) || size > BigInt(most)) {
    throw context.error('limit', node, `a size from ${least} to ${most} has to be here`);
  }
  return Number(size);
}

/** Of one without parameters: also when nothing uses it. */
export function checkTypeDeclaration(context: Context, { name, parameters }: TypeDeclarationNode): void {
  if (parameters.length > 0) return;
  const { start, end } = name;
  resolve(context, { kind: 'named', name: name.name, arguments: [], start, end }, new Map());
}

function resolve(context: Context, node: TypeNode, parameters: TypeArguments): Type | bigint {
  context.budget.open(node);
  const type = resolveNode(context, node, parameters);
  context.budget.close();
  return typeof type === 'bigint' ? type : context.sized(type, node);
}

function resolveNode(context: Context, node: TypeNode, parameters: TypeArguments): Type | bigint {
  switch (node.kind) {
    case 'size':
      return node.value;
    case 'typeof':
      return sizeOfConstant(context, node, node.name);
    case 'tuple':
      return {
        kind: 'tuple',
        elements: node.elements.map((each) => resolveType(context, each, parameters)),
      };
    case 'fields':
      return { kind: 'struct', fields: resolveFields(context, node.fields, parameters) };
    case 'named':
      return resolveNamed(context, node, parameters);
  }
}

function resolveFields(
  context: Context,
  nodes: readonly TypeFieldNode[],
  parameters: TypeArguments,
): StructField[] {
  const names = new Set<string>();
  return nodes.map((node) => {
    if (names.has(node.name))
      throw context.error('duplicate-name', node, `there are two fields ${quote(node.name)}`);
    names.add(node.name);
    return { name: node.name, type: resolveType(context, node.type, parameters) };
  });
}

type NamedNode = TypeNode & { readonly kind: 'named' };

function resolveNamed(context: Context, node: NamedNode, parameters: TypeArguments): Type | bigint {
  const { name } = node;
  const parameter = parameters.get(name);
  if (parameter !== undefined) {
    checkCount(context, node, 0);
    return parameter;
  }
  const declared = context.names.get(name);
  if (declared?.kind === 'type') return resolveDeclared(context, node, declared.node, parameters);
  if (name === 'number' || name === 'boolean') {
    checkCount(context, node, 0);
    return name === 'number' ? number : bool;
  }
  const builtin = resolveBuiltin(context, node, parameters);
  if (builtin !== undefined && declared?.kind === 'import') return builtin;
  if (builtin !== undefined) throw context.error('unknown-name', node, notImported(name));
  const text =
    declared === undefined
      ? `there is no type ${name}`
      : `${name} is no type${declared.kind === 'constant' ? `: write typeof ${name} for its value` : ''}`;
  throw context.error('unknown-name', node, text);
}

export function notImported(name: string): string {
  return `${name} is not imported: import { ${name} } from '${moduleName}'`;
}

function resolveBuiltin(context: Context, node: NamedNode, parameters: TypeArguments): Type | undefined {
  const { name, arguments: args } = node;
  if (name === 'uint' || name === 'int') {
    checkCount(context, node, 1);
    const bits = resolveSize(context, args[0]!, parameters, 1, languageLimits.integerBitsMax);
    return { kind: 'integer', isSigned: name === 'int', bits };
  }
  if (name === 'FixedArray') {
    checkCount(context, node, 2);
    const element = resolveType(context, args[0]!, parameters);
    return arrayOf(
      element,
      resolveSize(context, args[1]!, parameters, 0, context.budget.limits.arrayLengthMax),
    );
  }
  const type = name === 'bool' ? bool : integerNamed(name);
  if (type !== undefined) checkCount(context, node, 0);
  return type;
}

function resolveDeclared(
  context: Context,
  node: NamedNode,
  declaration: TypeDeclarationNode,
  parameters: TypeArguments,
): Type | bigint {
  checkCount(context, node, declaration.parameters.length);
  const done = context.resolved.get(declaration);
  if (done !== undefined) return done;
  if (context.resolving.has(declaration)) {
    throw context.error('unsupported', node, `the type ${node.name} is part of itself`);
  }
  const args = new Map(
    declaration.parameters.map((each, i) => [each.name, resolve(context, node.arguments[i]!, parameters)]),
  );
  context.resolving.add(declaration);
  const type = resolve(context, declaration.type, args);
  context.resolving.delete(declaration);
  if (declaration.parameters.length === 0) context.resolved.set(declaration, type);
  return type;
}

function checkCount(context: Context, node: NamedNode, count: number): void {
  if (node.arguments.length === count) return;
  const text = `${node.name} takes ${count} type arguments, not ${node.arguments.length}`;
  throw context.error('type-mismatch', node, text);
}

function sizeOfConstant(context: Context, span: Span, name: string): bigint {
  const declared = context.names.get(name);
  if (declared?.kind === 'later')
    throw context.error('unknown-name', span, `${name} is declared further down`);
  if (declared?.kind !== 'constant') {
    throw context.error('unknown-name', span, `there is no constant ${name} at the top level`);
  }
  const value = knownNumber(context, context.globals[declared.index]!);
  if (value === undefined) throw context.error('type-mismatch', span, `${name} is no number`);
  return value;
}

/**
 * Finds type arguments such that the parameter's type is that of the argument. An integer type wins over `number`; what does not
 * fit is left alone: it is found when the argument is converted.
 */
export function inferTypes(
  context: Context,
  node: TypeNode,
  type: Type,
  names: ReadonlySet<string>,
  found: Map<string, Type | bigint>,
): void {
  context.budget.step(node);
  if (node.kind === 'tuple' && type.kind === 'tuple') {
    for (const [i, each] of node.elements.entries()) {
      if (i < type.elements.length) inferTypes(context, each, type.elements[i]!, names, found);
    }
  } else if (node.kind === 'fields' && type.kind === 'struct') {
    for (const each of node.fields) {
      const field = type.fields.find(({ name }) => name === each.name);
      if (field !== undefined) inferTypes(context, each.type, field.type, names, found);
    }
  } else if (node.kind === 'named') inferNamed(context, node, type, names, found);
}

function inferNamed(
  context: Context,
  node: NamedNode,
  type: Type,
  names: ReadonlySet<string>,
  found: Map<string, Type | bigint>,
): void {
  const { name, arguments: args } = node;
  if (names.has(name)) {
    const before = found.get(name);
    if (before === undefined || (typeof before === 'object' && sameType(before, number)))
      found.set(name, type);
    return;
  }
  if (name === 'FixedArray' && args.length === 2 && type.kind === 'array') {
    inferTypes(context, args[0]!, type.element, names, found);
    inferSize(args[1]!, type.length, names, found);
  }
  if (args.length === 1 && type.kind === 'integer' && name === (type.isSigned ? 'int' : 'uint')) {
    inferSize(args[0]!, type.bits, names, found);
  }
}

function inferSize(
  node: TypeNode,
  size: number,
  names: ReadonlySet<string>,
  found: Map<string, Type | bigint>,
): void {
  if (node.kind === 'named' && names.has(node.name) && !found.has(node.name))
    found.set(node.name, BigInt(size));
}
