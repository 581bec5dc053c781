/** Literals that stand for one value, and where a literal or a marker may stand. */
import type { Constant, ConstantType, Term } from './ast.ts';
import type { Cursor } from './cursor.ts';
import type { Kind } from './tokens.ts';

const types: ReadonlyMap<Kind, ConstantType> = new Map<Kind, ConstantType>([
  ['STRING_LITERAL', 'string'],
  ['INTEGER', 'integer'],
  ['FLOAT_LITERAL', 'float'],
  ['BOOLEAN_LITERAL', 'boolean'],
  ['DURATION_LITERAL', 'duration'],
  ['UUID_LITERAL', 'uuid'],
  ['HEXNUMBER', 'hex'],
  ['POSITIVE_NAN', 'float'],
  ['NEGATIVE_NAN', 'float'],
  ['POSITIVE_INFINITY', 'float'],
  ['NEGATIVE_INFINITY', 'float'],
]);

export function isConstant(kind: Kind): boolean {
  return types.has(kind);
}

/** @returns undefined: there is none */
export function acceptConstant(cursor: Cursor): Constant | undefined {
  const type = types.get(cursor.token.kind);
  if (type === undefined) return undefined;
  const { kind, value } = cursor.take();
  return { kind: 'constant', type, text: textOf(kind, value) };
}

function textOf(kind: Kind, value: string): string {
  switch (kind) {
    case 'POSITIVE_NAN':
    case 'NEGATIVE_NAN':
      return 'NaN';
    case 'POSITIVE_INFINITY':
      return 'Infinity';
    case 'NEGATIVE_INFINITY':
      return '-Infinity';
    default:
      return value;
  }
}

/** An integer or a marker: limits, times and times to live. */
export function integer(cursor: Cursor): Term {
  switch (cursor.kind) {
    case 'INTEGER':
      return { kind: 'constant', type: 'integer', text: cursor.take().value };
    case 'QMARK':
    case ':':
      return cursor.marker();
    default:
      throw cursor.noAlternative();
  }
}
