/**
 * Operators, the minus in front of a number and casts as functions, which is how overloads are found for them. Their names cannot be
 * written in a statement. Reference: CQL 3.4.5, "Arithmetic operators", "Cast".
 */
import { type CqlType, nativeNames } from '../../types/api.ts';
import { evaluate, negate, type Operator, resultType } from '../../types/arithmetic.ts';
import { castOf } from '../../types/cast.ts';
import { isNumber } from '../../types/numbers.ts';
import { typeText } from '../../types/type-text.ts';
import type { CqlFunction } from '../api.ts';
import { native, scalar } from './make.ts';

const operatorNames: Readonly<Record<Operator, string>> = {
  '+': '_add',
  '-': '_substract',
  '*': '_multiply',
  '/': '_divide',
  '%': '_modulo',
};

const natives = nativeNames.map(native);

function operations(operator: Operator): CqlFunction[] {
  const name = operatorNames[operator];
  return natives.flatMap((left) =>
    natives.flatMap((right) => {
      const returnType = resultType(operator, left, right);
      if (returnType === undefined) return [];
      return [
        scalar({ name, argumentTypes: [left, right], returnType }, (a, b) =>
          evaluate(operator, left, a, right, b),
        ),
      ];
    }),
  );
}

function once<Key, Made>(make: (key: Key) => Made): (key: Key) => Made {
  const made = new Map<Key, Made>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const fresh = make(key);
    made.set(key, fresh);
    return fresh;
  };
}

/** One for each pair of types that the operator takes. */
export const operatorFunctions = once(operations);

const negations = once((_: 'all') =>
  nativeNames.filter(isNumber).map((name) => {
    const type = native(name);
    return scalar({ name: '_negate', argumentTypes: [type], returnType: type }, (value) =>
      negate(name, value),
    );
  }),
);

export const negationFunctions = (): CqlFunction[] => negations('all');

/** `castAsInt` and so on: one for each type that can become `type`. */
const castsTo = once((text: string): CqlFunction[] => {
  const type = natives.find((each) => typeText(each) === text)!;
  const name = `castAs${text[0]!.toUpperCase()}${text.slice(1)}`;
  return natives.flatMap((from) => {
    const cast = from === type ? undefined : castOf(from, type);
    return cast === undefined ? [] : [scalar({ name, argumentTypes: [from], returnType: type }, cast)];
  });
});

export function castFunctions(type: CqlType): CqlFunction[] {
  return type.kind === 'native' ? castsTo(type.name) : [];
}
