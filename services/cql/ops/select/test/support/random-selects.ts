/** Random contents of the model's table, and random conditions as CQL and as functions. */
import fc from 'fast-check';
import type { Operation, ShownRow } from './model.ts';

const number = fc.integer({ min: 0, max: 2 });
const ttl = fc.constantFrom(0, 0, 5, 10);

export const anyOperation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('insert' as const, 'update' as const),
      p: number,
      q: number,
      c: number,
      d: number,
      v: fc.option(number, { nil: undefined, freq: 3 }).chain((v) => fc.constantFrom(v, v, v, null)),
      st: fc.option(number, { nil: undefined }),
      ttl,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('delete' as const),
      p: number,
      q: number,
      c: number,
      d: number,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('static' as const), p: number, q: number, s: number, ttl }),
  },
);

/** A relation, or several. */
export interface Condition {
  readonly text: string;
  readonly holds: (row: ShownRow) => boolean;
  /** It asks for rows, so that statics alone are none. */
  readonly ofRows: boolean;
}

type NumberColumn = 'p' | 'q' | 'c' | 'd' | 's' | 'v';
const operators = {
  '=': (left: number, right: number) => left === right,
  '<': (left: number, right: number) => left < right,
  '<=': (left: number, right: number) => left <= right,
  '>': (left: number, right: number) => left > right,
  '>=': (left: number, right: number) => left >= right,
};
type Operator = keyof typeof operators;

const ofRows = (column: NumberColumn) => column === 'c' || column === 'd' || column === 'v';

function compared(column: NumberColumn, operator: Operator, value: number): Condition {
  return {
    text: `${column} ${operator} ${value}`,
    holds: (row) => row[column] !== undefined && operators[operator](row[column], value),
    ofRows: ofRows(column),
  };
}

function both(left: Condition, right: Condition): Condition {
  return {
    text: `${left.text} AND ${right.text}`,
    holds: (row) => left.holds(row) && right.holds(row),
    ofRows: left.ofRows || right.ofRows,
  };
}

const equal = (column: NumberColumn) => number.map((value) => compared(column, '=', value));

export function inList(column: NumberColumn): fc.Arbitrary<Condition> {
  return fc.array(number, { minLength: 2, maxLength: 3 }).map((values) => ({
    text: `${column} IN (${values.join(', ')})`,
    holds: (row) => row[column] !== undefined && values.includes(row[column]),
    ofRows: ofRows(column),
  }));
}

const lower = fc.constantFrom<Operator>('>', '>=');
const upper = fc.constantFrom<Operator>('<', '<=');

function range(column: NumberColumn): fc.Arbitrary<Condition> {
  const low = fc.tuple(lower, number).map(([operator, value]) => compared(column, operator, value));
  const high = fc.tuple(upper, number).map(([operator, value]) => compared(column, operator, value));
  return fc.oneof(
    low,
    high,
    fc.tuple(low, high).map(([left, right]) => both(left, right)),
  );
}

/** Of `(c, d)`, or of `(c)` alone. */
function tuple(direction: 'lower' | 'upper', columns: 1 | 2): fc.Arbitrary<Condition> {
  return fc.tuple(direction === 'lower' ? lower : upper, number, number).map(([operator, c, d]) => ({
    text: columns === 2 ? `(c, d) ${operator} (${c}, ${d})` : `(c) ${operator} (${c})`,
    holds: (row) => {
      const order = row.c! - c || (columns === 2 ? row.d! - d : 0);
      return operators[operator](order, 0);
    },
    ofRows: true,
  }));
}

const tuples = fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 3 }).map(
  (pairs): Condition => ({
    text: `(c, d) IN (${pairs.map(([c, d]) => `(${c}, ${d})`).join(', ')})`,
    holds: (row) => pairs.some(([c, d]) => row.c === c && row.d === d),
    ofRows: true,
  }),
);

const columns = fc.constantFrom(1 as const, 2 as const);
const nothing: Condition = { text: '', holds: () => true, ofRows: false };

function anyColumn(column: NumberColumn): fc.Arbitrary<Condition> {
  return fc.oneof(fc.constant(nothing), equal(column), inList(column), range(column));
}

const anyClustering: fc.Arbitrary<readonly Condition[]> = fc.oneof(
  fc.constant([]),
  fc.tuple(anyColumn('c'), anyColumn('d')),
  columns.chain((count) => tuple('lower', count)).map((each) => [each]),
  columns.chain((count) => tuple('upper', count)).map((each) => [each]),
  fc.tuple(
    columns.chain((count) => tuple('lower', count)),
    columns.chain((count) => tuple('upper', count)),
  ),
  tuples.map((each) => [each]),
);

const contains: fc.Arbitrary<Condition> = number.map((value) => ({
  text: `st CONTAINS ${value}`,
  holds: (row) => row.st.includes(value),
  ofRows: true,
}));

const anyOther: fc.Arbitrary<readonly Condition[]> = fc.tuple(
  fc.oneof({ weight: 2, arbitrary: fc.constant(nothing) }, { weight: 1, arbitrary: anyColumn('v') }),
  fc.oneof({ weight: 3, arbitrary: fc.constant(nothing) }, { weight: 1, arbitrary: anyColumn('s') }),
  fc.oneof({ weight: 4, arbitrary: fc.constant(nothing) }, { weight: 1, arbitrary: contains }),
);

/** Whether partitions are named, and so come in the order of their keys. */
const anyPartition: fc.Arbitrary<{ readonly conditions: readonly Condition[]; readonly isNamed: boolean }> =
  fc.oneof(
    fc.constant({ conditions: [], isNamed: false }),
    fc.tuple(equal('p'), equal('q')).map((conditions) => ({ conditions, isNamed: true })),
    fc
      .tuple(fc.oneof(equal('p'), inList('p')), fc.oneof(equal('q'), inList('q')))
      .map((conditions) => ({ conditions, isNamed: true })),
    fc
      .oneof(equal('p'), equal('q'), range('p'), range('q'))
      .map((condition) => ({ conditions: [condition], isNamed: false })),
  );

export interface RandomSelect {
  readonly conditions: readonly Condition[];
  readonly isNamed: boolean;
}

export const anySelect: fc.Arbitrary<RandomSelect> = fc
  .tuple(anyPartition, anyClustering, anyOther)
  .map(([{ conditions, isNamed }, clustering, others]) => ({
    conditions: [...conditions, ...clustering, ...others].filter(({ text }) => text !== ''),
    isNamed,
  }));

export function whereText({ conditions }: RandomSelect): string {
  if (conditions.length === 0) return '';
  return ` WHERE ${conditions.map(({ text }) => text).join(' AND ')}`;
}
