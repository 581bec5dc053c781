/** Whether a term may stand for a value of some type: exactly, weakly or not at all. Nothing is prepared by asking. */
import { CqlError } from '../../errors.ts';
import { type Assignability, fit, worst } from '../../functions/compatibility.ts';
import { fromJsonNames } from '../../functions/native/json.ts';
import type { Constant, ConstantType, Elements, Term } from '../../parser/ast.ts';
import { printComposite } from '../../parser/print.ts';
import type { CqlType } from '../../types/api.ts';
import { assignability, type ConstantKind, type Constant as TypedConstant } from '../../types/literals.ts';
import type { ColumnSpec } from '../api.ts';
import type { TermContext } from './api.ts';
import { type Assignable, type Callee, isSystemCall, resolveFunction } from './resolve.ts';
import {
  fieldSpec,
  listValueSpec,
  mapKeySpec,
  mapValueSpec,
  partTypes,
  setValueSpec,
  tupleElementSpec,
} from './specs.ts';
import { nativeNamed, resolveTypeSyntax } from './type-syntax.ts';

const kinds: Readonly<Record<ConstantType, ConstantKind>> = {
  boolean: 'BOOLEAN',
  duration: 'DURATION',
  float: 'FLOAT',
  hex: 'HEX',
  integer: 'INTEGER',
  string: 'STRING',
  uuid: 'UUID',
};

export function typedConstant({ type, text }: Constant): TypedConstant {
  return { kind: kinds[type], text };
}

/** As messages and names of results show it. */
export function termText(term: Term): string {
  switch (term.kind) {
    case 'constant':
      return term.type === 'string' ? `'${term.text}'` : term.text;
    case 'null':
      return 'NULL';
    case 'marker':
      return '?';
    case 'userType':
      return `{${term.fields.map(({ name, value }) => `${name}: ${termText(value)}`).join(', ')}}`;
    default:
      return printComposite(term, termText);
  }
}

/** A call, operation, negation or cast. */
export type CallTerm = Extract<Term, { kind: 'call' | 'operation' | 'negation' | 'cast' }>;

export function calleeOf(term: CallTerm): Callee {
  switch (term.kind) {
    case 'call':
      return { kind: 'function', name: term.function };
    case 'operation':
      return { kind: 'operator', operator: term.operator };
    case 'negation':
      return { kind: 'negation' };
    case 'cast':
      return { kind: 'cast', type: nativeNamed(term.type) };
  }
}

export function argumentsOf(term: CallTerm): readonly Term[] {
  switch (term.kind) {
    case 'call':
      return term.args;
    case 'operation':
      return [term.left, term.right];
    default:
      return [term.operand];
  }
}

function testCall(term: CallTerm, receiver: ColumnSpec, context: TermContext): Assignability {
  const args = argumentsOf(term).map((arg) => assignable(arg, context));
  try {
    const called = resolveFunction(context, calleeOf(term), args, receiver);
    if (called === undefined) return 'weak';
    // It gives whatever is asked for, so nothing speaks for one type more than for another.
    if (term.kind === 'call' && isSystemCall(term.function, fromJsonNames)) return 'weak';
    return fit(receiver.type, called.returnType);
  } catch (error) {
    // What is wrong with it is told better when it is prepared itself.
    if (error instanceof CqlError) return 'weak';
    throw error;
  }
}

function testFields(
  term: Extract<Term, { kind: 'userType' }>,
  receiver: ColumnSpec,
  context: TermContext,
): Assignability {
  if (receiver.type.kind !== 'udt') return 'none';
  const { fields } = receiver.type;
  const fits = term.fields.every(({ name, value }) => {
    const index = fields.findIndex((field) => field.name === name);
    return index === -1 || testTerm(value, fieldSpec(receiver, index), context) !== 'none';
  });
  return fits ? 'weak' : 'none';
}

/** An empty literal may be of elements of any type. */
export function testElements<Node>(
  node: Elements<Node>,
  receiver: ColumnSpec,
  test: (element: Node, spec: ColumnSpec) => Assignability,
): Assignability {
  const { type } = receiver;
  const { kind, elements } = node;
  const all = (spec: ColumnSpec): Assignability =>
    elements.length === 0 ? 'weak' : worst(elements.map((element) => test(element, spec)));
  switch (kind) {
    case 'list':
      if (type.kind === 'vector')
        return elements.length === type.dimension ? all(listValueSpec(receiver)) : 'none';
      return type.kind === 'list' ? all(listValueSpec(receiver)) : 'none';
    case 'set':
      if (type.kind === 'map' && elements.length === 0) return 'weak';
      return type.kind === 'set' ? all(setValueSpec(receiver)) : 'none';
    case 'tuple': {
      const parts = partTypes(type);
      if (parts === undefined) return elements.length === 1 ? test(elements[0]!, receiver) : 'none';
      if (elements.length > parts.length) return 'none';
      const fits = elements.every(
        (element, index) => test(element, tupleElementSpec(receiver, index)) !== 'none',
      );
      return fits ? 'weak' : 'none';
    }
  }
}

export function testTerm(term: Term, receiver: ColumnSpec, context: TermContext): Assignability {
  const test = (inner: Term, spec: ColumnSpec) => testTerm(inner, spec, context);
  switch (term.kind) {
    case 'constant':
      return assignability(typedConstant(term), receiver.type);
    case 'null':
      return isCounter(receiver.type) ? 'none' : 'weak';
    case 'marker':
      return 'weak';
    case 'list':
    case 'set':
    case 'tuple':
      return testElements(term, receiver, test);
    case 'map':
      if (receiver.type.kind !== 'map') return 'none';
      return worst(
        term.entries.flatMap(({ key, value }) => [
          test(key, mapKeySpec(receiver)),
          test(value, mapValueSpec(receiver)),
        ]),
      );
    case 'userType':
      return testFields(term, receiver, context);
    case 'typeHint':
      return fit(receiver.type, resolveTypeSyntax(term.type, context.keyspace, context.schema));
    default:
      return testCall(term, receiver, context);
  }
}

export function isCounter(type: CqlType): boolean {
  return type.kind === 'native' && type.name === 'counter';
}

/** The type that a term has whatever it is for: most constants fit several. */
export function exactTypeOfTerm(term: Term, context: TermContext): CqlType | undefined {
  return term.kind === 'typeHint'
    ? resolveTypeSyntax(term.type, context.keyspace, context.schema)
    : undefined;
}

export function assignable(term: Term, context: TermContext): Assignable {
  return {
    text: termText(term),
    isMarker: term.kind === 'marker',
    exactType: () => exactTypeOfTerm(term, context),
    test: (receiver) => testTerm(term, receiver, context),
  };
}
