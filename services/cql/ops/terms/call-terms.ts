/** Calls of functions, operators, casts and type hints within terms. */
import { invalid } from '../../errors.ts';
import type { ScalarFunction } from '../../functions/api.ts';
import { fit } from '../../functions/compatibility.ts';
import type { Term } from '../../parser/ast.ts';
import { printType } from '../../parser/print.ts';
import { typeText } from '../../types/type-text.ts';
import type { BoundValue, ColumnSpec } from '../api.ts';
import type { PreparedTerm, PrepareTerm, TermContext } from './api.ts';
import { argumentsOf, assignable, type CallTerm, calleeOf, termText, testTerm } from './assign.ts';
import { noteCall } from './context.ts';
import { called } from './prepared.ts';
import { argumentSpec, calleeText, resolveFunction } from './resolve.ts';
import { renamed } from './specs.ts';
import { resolveTypeSyntax } from './type-syntax.ts';

type TypeHintTerm = Extract<Term, { kind: 'typeHint' }>;

/** Calls with arguments that were bound, or evaluated: nulls are arguments, what is not set is none. */
export function callScalar(fn: ScalarFunction, args: readonly BoundValue[]): BoundValue {
  const given = args.map((arg) => {
    if (arg === 'unset') throw invalid(`Invalid unset value for argument in call to function ${fn.name}`);
    return arg ?? undefined;
  });
  if (!fn.calledOnNull && given.includes(undefined)) return null;
  return fn.call(given) ?? null;
}

function checkResult(term: CallTerm, fn: ScalarFunction, { name, type }: ColumnSpec): void {
  if (fit(type, fn.returnType) !== 'none') return;
  const what = term.kind === 'operation' ? `operation ${term.operator}` : `function ${fn.displayName}`;
  throw invalid(
    `Type error: cannot assign result of ${what} (type ${typeText(fn.returnType)}) ` +
      `to ${name} (type ${typeText(type)})`,
  );
}

export function prepareCall(
  term: CallTerm,
  receiver: ColumnSpec,
  context: TermContext,
  prepare: PrepareTerm,
): PreparedTerm {
  const callee = calleeOf(term);
  const args = argumentsOf(term);
  const fn = resolveFunction(
    context,
    callee,
    args.map((arg) => assignable(arg, context)),
    receiver,
  );
  if (fn === undefined) throw invalid(`Unknown function ${calleeText(callee)} called`);
  if (fn.kind === 'aggregate') throw invalid('Aggregation function are not supported in the where clause');
  checkResult(term, fn, receiver);
  noteCall(context, fn);
  const parts = args.map((arg, index) => prepare(arg, argumentSpec(fn, index, receiver), context));
  return called(receiver.type, parts, fn.isPure, (bound) => callScalar(fn, bound));
}

export function prepareTypeHint(
  term: TypeHintTerm,
  receiver: ColumnSpec,
  context: TermContext,
  prepare: PrepareTerm,
): PreparedTerm {
  const type = resolveTypeSyntax(term.type, context.keyspace, context.schema);
  const text = termText(term);
  if (testTerm(term.operand, renamed(receiver, text, type), context) === 'none')
    throw invalid(`Cannot cast value ${termText(term.operand)} to type ${printType(term.type)}`);
  if (fit(receiver.type, type) === 'none')
    throw invalid(`Cannot assign value ${text} to ${receiver.name} of type ${typeText(receiver.type)}`);
  return prepare(term.operand, receiver, context);
}
