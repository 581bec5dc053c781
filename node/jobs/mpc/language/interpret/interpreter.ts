/**
 * Runs a checked program on values, statement by statement, as ordinary code runs: one branch of an `if`, no more iterations than
 * there are, no gates. It shares the tree with the generator and nothing else, so that each checks the other.
 */
import type { DeclareTarget, Expression, FunctionInstance, Program, Statement, Step } from '../check/tree.ts';
import { holds, type Type } from '../types.ts';
import { callBuiltin } from './builtins.ts';
import { type ClearValue, operate, wrap, zeroOf } from './values.ts';

/** @param parties values of the inputs of each party, in the order of the program @returns what the entry point returns */
export function interpret(program: Program, parties: readonly (readonly ClearValue[])[]): ClearValue {
  const run = new Interpreter();
  for (const global of program.globals) run.globals.push(run.evaluate(global, []));
  return run.call(program.entry, parties);
}

/** How a statement ended. */
type Ending = 'next' | 'break' | 'continue' | { readonly value: ClearValue };

type Slots = ClearValue[];

class Interpreter {
  readonly globals: ClearValue[] = [];

  call({ body }: FunctionInstance, args: readonly ClearValue[]): ClearValue {
    const ending = this.execute(body!, [...args]);
    if (typeof ending !== 'object') throw new Error('every way through a function ends in a return');
    return ending.value;
  }

  evaluate(expression: Expression, slots: Slots): ClearValue {
    const evaluate = (inner: Expression): ClearValue => this.evaluate(inner, slots);
    switch (expression.kind) {
      case 'constant':
        return expression.value;
      case 'bytes':
        return Array.from(expression.value, BigInt);
      case 'variable':
        return slots[expression.slot]!;
      case 'global':
        return this.globals[expression.index]!;
      case 'array':
        return expression.parts.flatMap(({ isSpread, value }) =>
          isSpread ? partsOf(evaluate(value)) : [evaluate(value)],
        );
      case 'struct':
        return this.struct(expression, slots);
      case 'unary':
        return unary(expression.operator, expression.type, evaluate(expression.operand));
      case 'binary':
        return this.binary(expression, slots);
      case 'conditional':
        return evaluate(expression.condition) === true
          ? evaluate(expression.whenTrue)
          : evaluate(expression.whenFalse);
      case 'call':
        return this.call(expression.callee, expression.arguments.map(evaluate));
      case 'builtin':
        return callBuiltin(expression, expression.arguments.map(evaluate));
      case 'field':
        return partsOf(evaluate(expression.object))[expression.index]!;
      case 'element': {
        const elements = partsOf(evaluate(expression.object));
        return elements[indexOf(evaluate(expression.index), elements.length)] ?? zeroOf(expression.type);
      }
      case 'convert':
        return converted(evaluate(expression.operand), expression.operand.type, expression.type);
      case 'cast':
        return castTo(expression.type, evaluate(expression.operand));
    }
  }

  private struct(expression: Expression & { readonly kind: 'struct' }, slots: Slots): ClearValue {
    const values = new Map<number, ClearValue>();
    for (const { fields, isSpread, value } of expression.parts) {
      const made = this.evaluate(value, slots);
      for (const [i, field] of fields.entries()) values.set(field, isSpread ? partsOf(made)[i]! : made);
    }
    return expression.type.fields.map((_, i) => values.get(i)!);
  }

  private binary(expression: Expression & { readonly kind: 'binary' }, slots: Slots): ClearValue {
    const left = this.evaluate(expression.left, slots);
    if (expression.operator === '&&') return left === true ? this.evaluate(expression.right, slots) : false;
    if (expression.operator === '||') return left === true ? true : this.evaluate(expression.right, slots);
    return operate(expression.operator, expression.left.type, left, this.evaluate(expression.right, slots));
  }

  private execute(statement: Statement, slots: Slots): Ending {
    switch (statement.kind) {
      case 'declare':
        declare(statement.targets, this.evaluate(statement.value, slots), slots);
        return 'next';
      case 'assign': {
        const value = this.evaluate(statement.value, slots);
        slots[statement.slot] = this.replace(slots[statement.slot]!, statement.path, value, slots);
        return 'next';
      }
      case 'block':
        for (const each of statement.statements) {
          const ending = this.execute(each, slots);
          if (ending !== 'next') return ending;
        }
        return 'next';
      case 'if': {
        const branch =
          this.evaluate(statement.condition, slots) === true ? statement.whenTrue : statement.whenFalse;
        return branch === undefined ? 'next' : this.execute(branch, slots);
      }
      case 'for': {
        for (const each of statement.initial) this.execute(each, slots);
        while (this.evaluate(statement.condition, slots) === true) {
          const ending = this.execute(statement.body, slots);
          if (typeof ending === 'object') return ending;
          if (ending === 'break') break;
          for (const each of statement.update) this.execute(each, slots);
        }
        return 'next';
      }
      case 'for-of':
        for (const element of partsOf(this.evaluate(statement.iterable, slots))) {
          declare(statement.targets, element, slots);
          const ending = this.execute(statement.body, slots);
          if (typeof ending === 'object') return ending;
          if (ending === 'break') break;
        }
        return 'next';
      case 'return':
        return { value: this.evaluate(statement.value, slots) };
      case 'break':
      case 'continue':
        return statement.kind;
    }
  }

  /** The value with another part; the same value where an index is out of range. */
  private replace(before: ClearValue, path: readonly Step[], value: ClearValue, slots: Slots): ClearValue {
    const [step, ...rest] = path;
    if (step === undefined) return value;
    const parts = [...partsOf(before)];
    const index =
      step.kind === 'field' ? step.index : indexOf(this.evaluate(step.index, slots), parts.length);
    if (index < parts.length) parts[index] = this.replace(parts[index]!, rest, value, slots);
    return parts;
  }
}

function declare(targets: readonly DeclareTarget[], value: ClearValue, slots: Slots): void {
  for (const { slot, index } of targets) slots[slot] = index === undefined ? value : partsOf(value)[index]!;
}

function partsOf(value: ClearValue): readonly ClearValue[] {
  if (typeof value !== 'object') throw new Error('a value with parts was checked for');
  return value;
}

/** The length where there is no such element. */
function indexOf(index: ClearValue, length: number): number {
  return typeof index === 'bigint' && index >= 0n && index < BigInt(length) ? Number(index) : length;
}

function unary(operator: string, type: Type, value: ClearValue): ClearValue {
  if (typeof value === 'boolean') return !value;
  if (typeof value !== 'bigint') throw new Error('an integer was checked for');
  const result = operator === '-' ? -value : operator === '~' ? ~value : value;
  return type.kind === 'integer' ? wrap(type, result) : result;
}

function castTo(type: Type, value: ClearValue): ClearValue {
  if (type.kind !== 'integer' || typeof value === 'object')
    throw new Error('a cast to an integer was checked');
  return wrap(type, BigInt(value));
}

function converted(value: ClearValue, from: Type, to: Type): ClearValue {
  if (from.kind === 'struct' && to.kind === 'struct') {
    return to.fields.map(({ name, type }) => {
      const index = from.fields.findIndex((each) => each.name === name);
      return converted(partsOf(value)[index]!, from.fields[index]!.type, type);
    });
  }
  if (from.kind === 'array' && to.kind === 'array') {
    return partsOf(value).map((each) => converted(each, from.element, to.element));
  }
  if (from.kind === 'tuple' && to.kind === 'tuple') {
    return partsOf(value).map((each, i) => converted(each, from.elements[i]!, to.elements[i]!));
  }
  if (to.kind === 'integer' && typeof value === 'bigint' && !holds(to, value)) {
    throw new Error('the generator let a number through that does not fit');
  }
  return value;
}
