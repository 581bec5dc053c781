/**
 * Random terms, selectors, relations and types, as the grammar can make them: an operator's right operand binds tighter than the
 * operator, and what a sign or a type in parentheses stands before is simple.
 */
import fc from 'fast-check';
import type { Constant, Relation, Selector, Term, TypeSyntax } from '../ast.ts';

const words = ['a', 'key', 'count', 'ttl', 'json', 'cast', 'text', 'expr', 'ann', 'vector', 'maxwritetime'];
const reserved = ['select', 'token', 'true', 'nan', 'set', 'A b', 'x"y', 'P1Y', '1', 'é'];
export const names = fc.constantFrom(...words, ...reserved);
const qualifiedNames = fc.record({ keyspace: fc.option(names, { nil: undefined }), name: names });

const natives = fc.constantFrom('int', 'text', 'uuid', 'varchar');

/** Of all that is inside one another, so that trees stay small. */
const depth = { maxDepth: 8, depthIdentifier: 'tree' };

/** Not below a frozen. */
const native = fc.record({ kind: fc.constant('native' as const), name: natives });

export const types = fc.letrec<{ any: TypeSyntax; generic: TypeSyntax }>((tie) => ({
  any: fc.oneof(depth, native, tie('generic')),
  generic: fc.oneof(
    depth,
    fc.record({ kind: fc.constant('user' as const), name: qualifiedNames }),
    fc.record({ kind: fc.constantFrom('list' as const, 'set' as const), element: tie('any') }),
    fc.record({ kind: fc.constant('map' as const), key: tie('any'), value: tie('any') }),
    fc.record({
      kind: fc.constant('tuple' as const),
      elements: fc.array(tie('any'), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant('vector' as const), element: tie('any'), dimension: fc.nat(9) }),
    fc.record({ kind: fc.constant('frozen' as const), type: tie('generic') }),
  ),
})).any;

const constant = (type: Constant['type'], ...texts: string[]) =>
  fc.record({
    kind: fc.constant('constant' as const),
    type: fc.constant(type),
    text: fc.constantFrom(...texts),
  });

export const constants: fc.Arbitrary<Constant> = fc.oneof(
  fc.record({
    kind: fc.constant('constant' as const),
    type: fc.constant('string' as const),
    text: fc.string(),
  }),
  constant('string', "'", "it''s", '$$', '', '-- x', '\n'),
  constant('integer', '0', '-1', '99999999999999999999'),
  constant('float', '1.5', '-1.', '1e-3', 'NaN', '-Infinity', 'Infinity'),
  constant('boolean', 'true', 'false'),
  constant('uuid', '550e8400-e29b-41d4-a716-446655440000', 'a50e8400-e29b-41d4-a716-446655440000'),
  constant('hex', '0x', '0xCAFE'),
  constant('duration', '1d2h', '-3us', 'P1Y2M', '-PT1S'),
);

const nullTerm = fc.constant({ kind: 'null' as const });
const op = <Sign extends string>(...signs: Sign[]) => fc.constantFrom(...signs);
const entries = <Node>(node: fc.Arbitrary<Node>) =>
  fc.array(fc.record({ key: node, value: node }), { minLength: 1, maxLength: 3 });

/** Sums, and the products that stand in them. */
function arithmetic<Node>(any: fc.Arbitrary<Node>, product: fc.Arbitrary<Node>, signed: fc.Arbitrary<Node>) {
  const operation = <Sign extends string>(
    operator: fc.Arbitrary<Sign>,
    left: fc.Arbitrary<Node>,
    right: fc.Arbitrary<Node>,
  ) => fc.record({ kind: fc.constant('operation' as const), operator, left, right });
  return {
    any: fc.oneof(depth, product, operation(op('+', '-'), any, product)),
    product: fc.oneof(depth, signed, operation(op('*', '/', '%'), product, signed)),
  };
}

/** Without bind markers, which are numbered over a whole statement. */
export const terms = fc.letrec<{ any: Term; product: Term; signed: Term; simple: Term; list: Term[] }>(
  (tie) => ({
    list: fc.array(tie('any'), { maxLength: 3 }),
    ...arithmetic(tie('any'), tie('product'), tie('signed')),
    signed: fc.oneof(
      depth,
      tie('simple'),
      fc.record({ kind: fc.constant('negation' as const), operand: tie('simple') }),
    ),
    simple: fc.oneof(
      depth,
      constants,
      nullTerm,
      fc.record({ kind: fc.constantFrom('list' as const, 'set' as const), elements: tie('list') }),
      fc.record({
        kind: fc.constant('tuple' as const),
        elements: fc.array(tie('any'), { minLength: 1, maxLength: 3 }),
      }),
      fc.record({ kind: fc.constant('map' as const), entries: entries(tie('any')) }),
      fc.record({
        kind: fc.constant('userType' as const),
        fields: fc.uniqueArray(fc.record({ name: names, value: tie('any') }), {
          minLength: 1,
          maxLength: 3,
          selector: ({ name }) => name,
        }),
      }),
      fc.record({ kind: fc.constant('call' as const), function: qualifiedNames, args: tie('list') }),
      fc.record({ kind: fc.constant('typeHint' as const), type: types, operand: tie('simple') }),
      fc.record({ kind: fc.constant('cast' as const), operand: tie('simple'), type: natives }),
    ),
  }),
).any;

const columns = fc.record({ kind: fc.constant('column' as const), name: names });
const bounds = fc.option(terms, { nil: undefined });

export const selectors = fc.letrec<{
  any: Selector;
  product: Selector;
  signed: Selector;
  accessed: Selector;
  simple: Selector;
  composed: Selector;
}>((tie) => ({
  ...arithmetic(tie('any'), tie('product'), tie('signed')),
  signed: fc.oneof(
    depth,
    tie('accessed'),
    fc.record({ kind: fc.constant('negation' as const), operand: tie('signed') }),
  ),
  accessed: fc.oneof(
    depth,
    tie('simple'),
    fc.record({ kind: fc.constant('field' as const), operand: columns, field: names }),
    fc.record({ kind: fc.constant('element' as const), operand: columns, key: terms }),
    fc
      .record({ kind: fc.constant('slice' as const), operand: columns, from: bounds, to: bounds })
      .filter(({ from, to }) => from !== undefined || to !== undefined),
    fc.record({
      kind: fc.constantFrom('writetime' as const, 'ttl' as const, 'maxwritetime' as const),
      operand: columns,
    }),
  ),
  simple: fc.oneof(
    depth,
    columns,
    fc.record({ kind: fc.constant('term' as const), term: fc.oneof(constants, nullTerm) }),
    fc.constant({ kind: 'countRows' as const }),
    tie('composed'),
  ),
  composed: fc.oneof(
    depth,
    fc.record({
      kind: fc.constantFrom('list' as const, 'set' as const),
      elements: fc.array(tie('any'), { maxLength: 3 }),
    }),
    fc.record({
      kind: fc.constant('tuple' as const),
      elements: fc.array(tie('any'), { minLength: 2, maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant('map' as const), entries: entries(tie('any')) }),
    fc
      .record({
        kind: fc.constant('call' as const),
        function: qualifiedNames,
        args: fc.array(tie('any'), { maxLength: 3 }),
      })
      // COUNT(1) is no function any more.
      .filter(({ function: called }) => called.name !== 'count'),
    fc.record({ kind: fc.constant('typeHint' as const), type: types, operand: tie('simple') }),
    fc.record({ kind: fc.constant('cast' as const), operand: tie('any'), type: natives }),
  ),
})).any;

const comparisons = op('=', '<', '<=', '>', '>=', '!=');
const several = fc.array(names, { minLength: 1, maxLength: 3 });
const tuples = fc.record({
  kind: fc.constant('tuple' as const),
  elements: fc.array(terms, { minLength: 1, maxLength: 3 }),
});

export const relations: fc.Arbitrary<Relation> = fc.oneof(
  fc.record({
    kind: fc.constant('column' as const),
    column: fc.oneof(names, fc.constant('')),
    operator: fc.oneof(comparisons, op('LIKE', 'CONTAINS', 'CONTAINS KEY')),
    value: terms,
  }),
  fc.record({ kind: fc.constant('isNotNull' as const), column: names }),
  fc.record({ kind: fc.constant('in' as const), column: names, values: fc.array(terms, { maxLength: 3 }) }),
  fc.record({
    kind: fc.constant('element' as const),
    column: names,
    key: terms,
    operator: comparisons,
    value: terms,
  }),
  fc.record({ kind: fc.constant('token' as const), columns: several, operator: comparisons, value: terms }),
  fc.record({
    kind: fc.constant('columns' as const),
    columns: several,
    operator: comparisons,
    value: tuples,
  }),
  fc.record({
    kind: fc.constant('columnsIn' as const),
    columns: several,
    values: fc.array(tuples, { maxLength: 3 }),
  }),
  fc.record({ kind: fc.constant('expression' as const), index: names, value: terms }),
);
