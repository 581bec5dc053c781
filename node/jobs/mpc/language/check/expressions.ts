/** Types of expressions. What is expected of one gives literals their types; whether it fits is asked where it is used. */
import { quote } from '../errors.ts';
import { languageLimits } from '../limits.ts';
import type { ExpressionNode, FieldNode, NameNode, SpreadNode } from '../syntax/ast.ts';
import {
  arrayOf,
  bool,
  hasNumber,
  isConvertible,
  isTooLong,
  isUnsigned,
  number,
  type StructType,
  sizeOf,
  type Type,
  typeText,
} from '../types.ts';
import { isImportable } from './builtins.ts';
import { checkCall } from './calls.ts';
import type { FunctionScope } from './context.ts';
import { convert, unify } from './convert.ts';
import { knownNumber } from './known.ts';
import { checkBinary, checkUnary } from './operators.ts';
import type { ArrayPart, Expression, StructPart } from './tree.ts';
import { notImported } from './types.ts';

/** @throws CompileError when it is not of that type and cannot become it without a cast */
export function checkAs(scope: FunctionScope, node: ExpressionNode, type: Type): Expression {
  return convert(scope.context, check(scope, node, type), type);
}

/** @param expected what a literal should become; the result may still be of another type */
export function check(scope: FunctionScope, node: ExpressionNode, expected?: Type): Expression {
  scope.context.budget.open(node);
  const expression = checkNode(scope, node, expected);
  scope.context.budget.close();
  return expression;
}

function checkNode(scope: FunctionScope, node: ExpressionNode, expected: Type | undefined): Expression {
  const { context } = scope;
  const { start, end } = node;
  switch (node.kind) {
    case 'number':
      if (isTooLong(node.value)) {
        throw context.error('limit', node, `numbers have at most ${languageLimits.numberBitsMax} bits`);
      }
      return { kind: 'constant', type: number, isKnown: true, value: node.value, start, end };
    case 'boolean':
      return { kind: 'constant', type: bool, isKnown: true, value: node.value, start, end };
    case 'string':
      throw context.error('unsupported', node, "there are no strings: utf8('…') and hex('…') make bytes");
    case 'name':
      return checkName(scope, node);
    case 'array':
      return checkArray(scope, node, expected);
    case 'object':
      return checkObject(scope, node, expected);
    case 'unary':
      return checkUnary(scope, node, expected);
    case 'binary':
      return checkBinary(scope, node, expected);
    case 'conditional':
      return checkConditional(scope, node, expected);
    case 'call':
      return checkCall(scope, node, expected);
    case 'member':
      return checkMember(scope, node);
    case 'index':
      return checkIndex(scope, node);
  }
}

function checkName(scope: FunctionScope, node: NameNode): Expression {
  const { context } = scope;
  const { start, end, name } = node;
  const variable = scope.find(node);
  if (variable !== undefined) {
    const { slot, type, isKnown } = variable;
    return { kind: 'variable', type, isKnown: isKnown || type.kind === 'number', slot, start, end };
  }
  const declared = context.names.get(name);
  if (declared?.kind === 'constant') {
    const { type, isKnown, index } = declared;
    return { kind: 'global', type, isKnown, index, start, end };
  }
  throw context.error('unknown-name', node, unknownText(scope, name));
}

function unknownText({ context, typeArguments }: FunctionScope, name: string): string {
  const declared = context.names.get(name);
  if (declared?.kind === 'later') return `${name} is declared further down`;
  if (declared?.kind === 'function') return `${name} is a function: call it`;
  if (declared?.kind === 'type' || typeArguments.has(name)) return `${name} is a type, not a value`;
  if (declared?.kind === 'import') return `${name} is a function or a type: call it`;
  if (name === 'undefined' || name === 'NaN' || name === 'Infinity') return `there is no ${name}`;
  return isImportable(name) ? notImported(name) : `there is no ${name}`;
}

type Node<K extends ExpressionNode['kind']> = ExpressionNode & { readonly kind: K };

function checkConditional(
  scope: FunctionScope,
  node: Node<'conditional'>,
  expected: Type | undefined,
): Expression {
  const { context } = scope;
  const condition = checkAs(scope, node.condition, bool);
  const [whenTrue, whenFalse] = unify(context, [
    check(scope, node.whenTrue, expected),
    check(scope, node.whenFalse, expected),
  ]) as [Expression, Expression];
  let [a, b] = [whenTrue, whenFalse];
  if (!condition.isKnown && hasNumber(a.type)) {
    if (expected === undefined || hasNumber(expected) || !isConvertible(a.type, expected)) {
      const text = 'numbers known while compiling cannot depend on a secret: give them a type, as in u8(1)';
      throw context.error('number-under-secret', node, text);
    }
    [a, b] = [convert(context, a, expected), convert(context, b, expected)];
  }
  const isKnown = condition.isKnown && a.isKnown && b.isKnown;
  const { start, end } = node;
  return { kind: 'conditional', type: a.type, isKnown, condition, whenTrue: a, whenFalse: b, start, end };
}

function checkArray(scope: FunctionScope, node: Node<'array'>, expected: Type | undefined): Expression {
  const { context } = scope;
  const { start, end } = node;
  const ofElement = expected?.kind === 'array' ? expected.element : undefined;
  if (expected?.kind === 'tuple' && node.elements.every((each) => each.kind !== 'spread')) {
    return checkTuple(scope, node, expected.elements);
  }
  const parts = node.elements.map((each) => checkPart(scope, each, ofElement));
  const types = parts.map(({ isSpread, value }) => elementType(isSpread, value));
  const type = ofElement ?? types.reduce((a, b) => (isConvertible(a, b) ? b : a), types[0] ?? number);
  if (ofElement === undefined && !types.every((each) => isConvertible(each, type))) {
    if (parts.every(({ isSpread }) => !isSpread)) return checkTuple(scope, node, []);
  }
  context.budget.step(node, types.length * sizeOf(type).types);
  let length = 0;
  const converted = parts.map(({ isSpread, value }): ArrayPart => {
    const count = isSpread ? lengthOf(value.type) : 1;
    length += count;
    return { isSpread, value: convert(context, value, isSpread ? arrayOf(type, count) : type) };
  });
  if (length > context.budget.limits.arrayLengthMax) {
    throw context.error(
      'limit',
      node,
      `an array of more than ${context.budget.limits.arrayLengthMax} elements`,
    );
  }
  const array = context.sized(arrayOf(type, length), node);
  return { kind: 'array', type: array, isKnown: allKnown(converted), parts: converted, start, end };
}

function checkPart(
  scope: FunctionScope,
  node: ExpressionNode | SpreadNode,
  ofElement: Type | undefined,
): ArrayPart {
  if (node.kind !== 'spread') return { isSpread: false, value: check(scope, node, ofElement) };
  const value = check(scope, node.value);
  if (value.type.kind !== 'array') {
    throw scope.context.error(
      'type-mismatch',
      node,
      `only arrays can be spread here, not ${typeText(value.type)}`,
    );
  }
  return { isSpread: true, value };
}

function elementType(isSpread: boolean, { type }: Expression): Type {
  return isSpread && type.kind === 'array' ? type.element : type;
}

function lengthOf(type: Type): number {
  return type.kind === 'array' ? type.length : 1;
}

/** @param expected types of the elements; of those beyond, nothing is expected */
function checkTuple(scope: FunctionScope, node: Node<'array'>, expected: readonly Type[]): Expression {
  const { start, end } = node;
  const parts = node.elements.map((each, i): ArrayPart => {
    const value = check(scope, each as ExpressionNode, expected[i]);
    const to = expected[i];
    return { isSpread: false, value: to === undefined ? value : convert(scope.context, value, to) };
  });
  const type: Type = { kind: 'tuple', elements: parts.map(({ value }) => value.type) };
  const isKnown = allKnown(parts);
  return { kind: 'array', type: scope.context.sized(type, node), isKnown, parts, start, end };
}

function allKnown(parts: readonly { readonly value: Expression }[]): boolean {
  return parts.every(({ value }) => value.isKnown);
}

function checkObject(scope: FunctionScope, node: Node<'object'>, expected: Type | undefined): Expression {
  const { context } = scope;
  const { start, end } = node;
  const ofField = new Map(
    expected?.kind === 'struct' ? expected.fields.map(({ name, type }) => [name, type]) : [],
  );
  const types = new Map<string, Type>();
  const given = node.fields.map((each) => {
    const value =
      each.kind === 'spread' ? check(scope, each.value) : check(scope, each.value, ofField.get(each.name));
    const fields = each.kind === 'spread' ? spreadFields(scope, each, value) : [field(each, value)];
    if (each.kind === 'field' && node.fields.some((other) => isSameField(other, each))) {
      throw context.error('duplicate-name', each, `there are two fields ${quote(each.name)}`);
    }
    for (const { name, type } of fields) {
      const before = types.get(name);
      types.set(name, before !== undefined && isConvertible(type, before) ? before : type);
    }
    return { isSpread: each.kind === 'spread', value, names: fields.map(({ name }) => name) };
  });
  const order = inOrder(types, expected);
  const type: StructType = { kind: 'struct', fields: order };
  const indexes = new Map(order.map(({ name }, i) => [name, i]));
  const parts = given.map(({ isSpread, value, names }): StructPart => {
    const fields = names.map((name) => indexes.get(name)!);
    return { isSpread, fields, value: convert(context, value, targetType(value, isSpread, names, types)) };
  });
  const isKnown = given.every(({ value }) => value.isKnown);
  return { kind: 'struct', type: context.sized(type, node), isKnown, parts, start, end };
}

function field({ name }: FieldNode, { type }: Expression): { name: string; type: Type } {
  return { name, type };
}

function isSameField(other: FieldNode | SpreadNode, { name, start }: FieldNode): boolean {
  return other.kind === 'field' && other.name === name && other.start < start;
}

function spreadFields(scope: FunctionScope, node: SpreadNode, value: Expression): StructType['fields'] {
  if (value.type.kind === 'struct') return value.type.fields;
  throw scope.context.error(
    'type-mismatch',
    node,
    `only structs can be spread here, not ${typeText(value.type)}`,
  );
}

/** Of what is spread, its own struct with the types that the fields have in the end. */
function targetType(
  value: Expression,
  isSpread: boolean,
  names: readonly string[],
  types: ReadonlyMap<string, Type>,
): Type {
  if (!isSpread) return types.get(names[0]!)!;
  return { kind: 'struct', fields: names.map((name) => ({ name, type: types.get(name) ?? value.type })) };
}

/** Fields as the expected struct has them, when it has the same; otherwise as they are written. */
function inOrder(types: ReadonlyMap<string, Type>, expected: Type | undefined): StructType['fields'] {
  const written = [...types].map(([name, type]) => ({ name, type }));
  if (expected?.kind !== 'struct' || expected.fields.length !== written.length) return written;
  if (!expected.fields.every(({ name }) => types.has(name))) return written;
  return expected.fields.map(({ name }) => ({ name, type: types.get(name)! }));
}

function checkMember(scope: FunctionScope, node: Node<'member'>): Expression {
  const { context } = scope;
  const { start, end } = node;
  const object = check(scope, node.object);
  const { type } = object;
  if (node.name === 'length' && (type.kind === 'array' || type.kind === 'tuple')) {
    const length = BigInt(type.kind === 'array' ? type.length : type.elements.length);
    return { kind: 'constant', type: number, isKnown: true, value: length, start, end };
  }
  const index = type.kind === 'struct' ? type.fields.findIndex(({ name }) => name === node.name) : -1;
  if (type.kind !== 'struct' || index < 0) {
    const only = type.kind === 'array' ? ': an array has a length and elements' : '';
    throw context.error('unknown-name', node, `${typeText(type)} has no field ${quote(node.name)}${only}`);
  }
  const isKnown = object.isKnown;
  return { kind: 'field', type: type.fields[index]!.type, isKnown, object, index, start, end };
}

function checkIndex(scope: FunctionScope, node: Node<'index'>): Expression {
  const { context } = scope;
  const { start, end } = node;
  const object = check(scope, node.object);
  const { type } = object;
  if (type.kind === 'tuple') {
    const index = tupleIndex(scope, node.index, type.elements.length);
    return { kind: 'field', type: type.elements[index]!, isKnown: object.isKnown, object, index, start, end };
  }
  if (type.kind !== 'array') {
    throw context.error('type-mismatch', node, `${typeText(type)} is no array`);
  }
  const index = checkArrayIndex(scope, node.index, type.length);
  if (index.type.kind !== 'number' && hasNumber(type)) {
    const text = 'a secret index chooses among values of the circuit: give the elements a type, as in u8(1)';
    throw context.error('number-under-secret', node, text);
  }
  const isKnown = object.isKnown && index.isKnown;
  return { kind: 'element', type: type.element, isKnown, object, index, start, end };
}

/** A number, or an unsigned integer. */
export function checkArrayIndex(scope: FunctionScope, node: ExpressionNode, length: number): Expression {
  const { context } = scope;
  const index = check(scope, node);
  if (index.type.kind !== 'number' && !isUnsigned(index.type)) {
    const text = `an index is a number or an unsigned integer, not ${typeText(index.type)}`;
    throw context.error('type-mismatch', index, text);
  }
  const known = index.type.kind === 'number' ? knownNumber(context, index) : undefined;
  if (known !== undefined) checkInside(scope, index, known, length);
  return index;
}

export function tupleIndex(scope: FunctionScope, node: ExpressionNode, length: number): number {
  const { context } = scope;
  const index = check(scope, node);
  const known = index.type.kind === 'number' ? knownNumber(context, index) : undefined;
  if (known === undefined) {
    throw context.error(
      'not-constant',
      index,
      'the index of a tuple is a constant, since its elements differ',
    );
  }
  checkInside(scope, index, known, length);
  return Number(known);
}

function checkInside(
  { context }: FunctionScope,
  { start, end }: Expression,
  index: bigint,
  length: number,
): void {
  if (index >= 0n && index < BigInt(length)) return;
  const text = `there is no element ${index}: the length is ${length}`;
  throw context.error('index-out-of-range', { start, end }, text);
}
