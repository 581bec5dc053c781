/** Statements of a function, and what a function returns. */
import { quote } from '../errors.ts';
import type {
  AssignmentNode,
  BlockNode,
  DeclarationNode,
  ExpressionNode,
  FunctionNode,
  NameNode,
  PatternNode,
  StatementNode,
} from '../syntax/ast.ts';
import { bool, isConvertible, type Type, typeText } from '../types.ts';
import type { FunctionScope, Variable } from './context.ts';
import { convert, unify } from './convert.ts';
import { check, checkArrayIndex, checkAs, tupleIndex } from './expressions.ts';
import { joinBinary } from './operators.ts';
import type { Block, DeclareTarget, Expression, FunctionInstance, Statement, Step } from './tree.ts';
import { resolveType } from './types.ts';

/** What a body takes of the stack, in levels of the tree. */
const levelsOfBody = 3;

/** Checks the body of a function and gives it to the instance, with what it returns. */
export function checkBody(scope: FunctionScope, node: FunctionNode, instance: FunctionInstance): void {
  const { context } = scope;
  const names = node.parameters.map(({ name }) => name);
  context.budget.open(node, levelsOfBody);
  const body = scope.inScope(names, () => {
    for (const [i, name] of names.entries()) {
      const type = instance.parameters[i]!;
      scope.declare(name, { type, isKnown: false, isConst: false, isShared: true });
    }
    return checkBlock(scope, node.body);
  });
  context.budget.close(levelsOfBody);
  if (canComplete(body)) {
    const text = `${instance.name} does not return a value in every case`;
    throw context.error('missing-return', instance.span, text);
  }
  // Every way out is a return, so that there is one.
  const found = scope.returnsFound;
  const values =
    scope.returns === undefined
      ? unify(
          context,
          found.map(({ value }) => value),
        )
      : found.map(({ value }) => convert(context, value, scope.returns!));
  for (const [i, each] of found.entries()) each.value = values[i]!;
  instance.returns = values[0]!.type;
  instance.body = body;
  instance.result = values[0]!;
}

/** Whether what follows the statement can be reached. */
function canComplete(statement: Statement): boolean {
  switch (statement.kind) {
    case 'return':
    case 'break':
    case 'continue':
      return false;
    case 'block':
      return statement.statements.every(canComplete);
    case 'if':
      return (
        statement.whenFalse === undefined ||
        canComplete(statement.whenTrue) ||
        canComplete(statement.whenFalse)
      );
    default:
      return true;
  }
}

function checkBlock(scope: FunctionScope, { statements, start, end }: BlockNode): Block {
  const slots = scope.slots;
  const names = statements.flatMap((each) => (each.kind === 'declaration' ? namesOf(each.pattern) : []));
  const checked = scope.inScope(names, () => statements.map((each) => checkStatement(scope, each)));
  return { kind: 'block', statements: checked, slots, start, end };
}

function namesOf(pattern: PatternNode): NameNode[] {
  if (pattern.kind === 'name') return [pattern];
  if (pattern.kind === 'elements') return pattern.names.filter((each) => each !== undefined);
  return pattern.fields.map(({ name }) => name);
}

function checkStatement(scope: FunctionScope, node: StatementNode): Statement {
  scope.context.budget.open(node);
  const statement = checkNode(scope, node);
  scope.context.budget.close();
  return statement;
}

function checkNode(scope: FunctionScope, node: StatementNode): Statement {
  const { context } = scope;
  const { start, end } = node;
  switch (node.kind) {
    case 'declaration':
      return checkDeclaration(scope, node);
    case 'assignment':
      return checkAssignment(scope, node);
    case 'block':
      return checkBlock(scope, node);
    case 'expression':
      check(scope, node.value);
      throw context.error(
        'no-effect',
        node,
        'this has no effect: functions change nothing, they return a value',
      );
    case 'if': {
      const condition = checkAs(scope, node.condition, bool);
      const whenTrue = checkStatement(scope, node.whenTrue);
      const whenFalse = node.whenFalse === undefined ? undefined : checkStatement(scope, node.whenFalse);
      return { kind: 'if', condition, whenTrue, whenFalse, slots: scope.slots, start, end };
    }
    case 'for':
      return checkFor(scope, node);
    case 'for-of':
      return checkForOf(scope, node);
    case 'return':
      return checkReturn(scope, node);
    case 'break':
    case 'continue':
      if (scope.loops === 0) throw context.error('misplaced', node, `${node.kind} stands in a loop`);
      return { kind: node.kind, start, end };
  }
}

type Node<K extends StatementNode['kind']> = StatementNode & { readonly kind: K };

function checkReturn(scope: FunctionScope, node: Node<'return'>): Statement {
  const { start, end } = node;
  if (node.value === undefined) {
    throw scope.context.error('missing-return', node, 'a function returns a value');
  }
  const { returns } = scope;
  const value = returns === undefined ? check(scope, node.value) : checkAs(scope, node.value, returns);
  const statement = { kind: 'return' as const, value, start, end };
  scope.returnsFound.push(statement);
  return statement;
}

function checkFor(scope: FunctionScope, node: Node<'for'>): Statement {
  const { context } = scope;
  const { start, end } = node;
  const names = node.initial.flatMap((each) => (each.kind === 'declaration' ? namesOf(each.pattern) : []));
  const outerSlots = scope.slots;
  return scope.inScope(names, () => {
    const initial = node.initial.map((each) => checkStatement(scope, each));
    if (node.condition === undefined) {
      throw context.error('not-constant', node, 'a loop needs a condition that is known while compiling');
    }
    const condition = checkAs(scope, node.condition, bool);
    if (!condition.isKnown) {
      const text =
        'how often a loop runs has to be known while compiling: count with a variable without a type (let i = 0) up to a constant, and leave early with break';
      throw context.error('not-constant', condition, text);
    }
    const update = node.update.map((each) => checkStatement(scope, each));
    const body = checkLoopBody(scope, node.body);
    const slots = scope.slots;
    return { kind: 'for', initial, condition, update, body, outerSlots, slots, start, end };
  });
}

function checkForOf(scope: FunctionScope, node: Node<'for-of'>): Statement {
  const { context } = scope;
  const { start, end } = node;
  const iterable = check(scope, node.iterable);
  const { type } = iterable;
  if (type.kind !== 'array') {
    throw context.error('type-mismatch', iterable, `only arrays can be gone through, not ${typeText(type)}`);
  }
  const slots = scope.slots;
  return scope.inScope(namesOf(node.pattern), () => {
    const about = { isKnown: iterable.isKnown && node.isConst, isConst: node.isConst, isShared: true };
    const targets = declarePattern(scope, node.pattern, type.element, about);
    const root = rootOf(iterable);
    const isOutermost = root !== undefined && !scope.iterated.has(root);
    if (isOutermost) scope.iterated.add(root);
    const body = checkLoopBody(scope, node.body);
    if (isOutermost) scope.iterated.delete(root);
    return { kind: 'for-of', targets, iterable, body, slots, start, end };
  });
}

/** Whether JavaScript would not make a new array or struct of it. Copies are literals; what functions return is taken for new. */
function isAlias(value: Expression): boolean {
  switch (value.kind) {
    case 'variable':
    case 'global':
    case 'field':
    case 'element':
      return true;
    case 'convert':
      return isAlias(value.operand);
    case 'conditional':
      return isAlias(value.whenTrue) || isAlias(value.whenFalse);
    default:
      return false;
  }
}

/** Slot of the variable of which the value is, or is a part. */
function rootOf(value: Expression): number | undefined {
  if (value.kind === 'variable') return value.slot;
  return value.kind === 'field' || value.kind === 'element' ? rootOf(value.object) : undefined;
}

function checkLoopBody(scope: FunctionScope, node: StatementNode): Statement {
  scope.loops++;
  const body = checkStatement(scope, node);
  scope.loops--;
  return body;
}

function checkDeclaration(scope: FunctionScope, node: DeclarationNode): Statement {
  const { context } = scope;
  const { isConst, start, end } = node;
  const type = node.type === undefined ? undefined : resolveType(context, node.type, scope.typeArguments);
  const value = type === undefined ? check(scope, node.value) : checkAs(scope, node.value, type);
  const about = { isKnown: isConst && value.isKnown, isConst, isShared: isAlias(value) };
  const targets = declarePattern(scope, node.pattern, value.type, about);
  return { kind: 'declare', targets, value, start, end };
}

function declarePattern(
  scope: FunctionScope,
  pattern: PatternNode,
  type: Type,
  about: Omit<Variable, 'slot' | 'type'>,
): DeclareTarget[] {
  const { context } = scope;
  const declare = (name: NameNode, part: Type, index: number | undefined): DeclareTarget => {
    return { slot: scope.declare(name, { ...about, type: part }).slot, type: part, index };
  };
  switch (pattern.kind) {
    case 'name':
      return [declare(pattern, type, undefined)];
    case 'elements': {
      const length = type.kind === 'array' ? type.length : type.kind === 'tuple' ? type.elements.length : -1;
      if (length < pattern.names.length) {
        const text = `${typeText(type)} has no ${pattern.names.length} elements`;
        throw context.error('type-mismatch', pattern, text);
      }
      return pattern.names.flatMap((name, i) => {
        if (name === undefined) return [];
        const part = type.kind === 'array' ? type.element : type.kind === 'tuple' ? type.elements[i]! : type;
        return [declare(name, part, i)];
      });
    }
    case 'fields':
      return pattern.fields.map(({ field, name }) => {
        const index = type.kind === 'struct' ? type.fields.findIndex((each) => each.name === field.name) : -1;
        if (type.kind !== 'struct' || index < 0) {
          throw context.error('unknown-name', field, `${typeText(type)} has no field ${quote(field.name)}`);
        }
        return declare(name, type.fields[index]!.type, index);
      });
  }
}

interface Place {
  readonly name: NameNode;
  readonly variable: Variable;
  readonly path: Step[];
  readonly type: Type;
}

function checkAssignment(scope: FunctionScope, node: AssignmentNode): Statement {
  const { context } = scope;
  const { start, end, operator } = node;
  const { name, variable, path, type } = checkPlace(scope, node.target);
  checkAssignable(scope, name, variable, path);
  let value: Expression;
  if (operator === undefined) {
    value = checkAs(scope, node.value, type);
    if (path.length === 0 && isAlias(value)) variable.isShared = true;
  } else {
    const before = check(scope, node.target);
    const by = check(scope, node.value, isConvertible(type, bool) ? bool : type);
    value = convert(context, joinBinary(context, node, operator, before, by), type);
  }
  return { kind: 'assign', slot: variable.slot, name: name.name, path, value, start, end };
}

function checkAssignable(
  { context, iterated }: FunctionScope,
  name: NameNode,
  variable: Variable,
  path: readonly Step[],
): void {
  if (path.length === 0 && variable.isConst) {
    throw context.error('not-assignable', name, `${name.name} is a constant: declare it with let`);
  }
  // In JavaScript the loop would see the change.
  if (iterated.has(variable.slot)) {
    const text = `a loop goes through ${name.name}: let it go through a copy, as in for (const x of [...${name.name}])`;
    throw context.error('not-assignable', name, text);
  }
  if (path.length > 0 && variable.isShared) {
    const text = `${name.name} is the same array or struct as another one: make a copy, as in const copy = [...${name.name}] or { ...${name.name} }`;
    throw context.error('not-assignable', name, text);
  }
}

/** What stands left of an assignment: a variable, or a part of one. */
function checkPlace(scope: FunctionScope, node: ExpressionNode): Place {
  const { context } = scope;
  if (node.kind === 'name') {
    const variable = scope.find(node);
    if (variable !== undefined) return { name: node, variable, path: [], type: variable.type };
    // Says what else the name is, or that there is none.
    check(scope, node);
    throw context.error('not-assignable', node, `${node.name} is a constant of the top level`);
  }
  if (node.kind === 'member') {
    const { name, variable, path, type } = checkPlace(scope, node.object);
    const index = type.kind === 'struct' ? type.fields.findIndex((each) => each.name === node.name) : -1;
    if (type.kind !== 'struct' || index < 0) {
      const text = `${typeText(type)} has no field ${quote(node.name)} to assign to`;
      throw context.error('unknown-name', node, text);
    }
    const step: Step = { kind: 'field', index };
    return { name, variable, path: [...path, step], type: type.fields[index]!.type };
  }
  if (node.kind !== 'index') {
    throw context.error('not-assignable', node, 'only variables and their parts can be assigned to');
  }
  const { name, variable, path, type } = checkPlace(scope, node.object);
  if (type.kind === 'tuple') {
    const index = tupleIndex(scope, node.index, type.elements.length);
    return { name, variable, path: [...path, { kind: 'field', index }], type: type.elements[index]! };
  }
  if (type.kind !== 'array') throw context.error('type-mismatch', node, `${typeText(type)} is no array`);
  const index = checkArrayIndex(scope, node.index, type.length);
  return { name, variable, path: [...path, { kind: 'element', index }], type: type.element };
}
