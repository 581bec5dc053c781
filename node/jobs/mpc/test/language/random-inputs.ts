/** Random values of types, as JSON that a program takes. */
import type { Choices } from './choices.ts';
import type { RandomType } from './random-program.ts';

export type JsonValue =
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** Small, extreme and other numbers; those of more than 53 bits as text. */
export function randomValue(choices: Choices, type: RandomType): JsonValue {
  switch (type.kind) {
    case 'bool':
      return choices.below(2) === 1;
    case 'integer': {
      const { bits, isSigned } = type;
      const least = isSigned ? -(1n << BigInt(bits - 1)) : 0n;
      const greatest = (1n << BigInt(isSigned ? bits - 1 : bits)) - 1n;
      const value = [
        least,
        greatest,
        BigInt(choices.below(2)),
        BigInt(choices.below(8)),
        choices.bits(bits) + least,
        choices.bits(bits) + least,
      ][choices.below(6)]!;
      const inRange = value > greatest ? greatest : value;
      return bits > 53 ? String(inRange) : Number(inRange);
    }
    case 'array':
      return Array.from({ length: type.length }, () => randomValue(choices, type.element));
    case 'struct':
      return Object.fromEntries(type.fields.map(([name, each]) => [name, randomValue(choices, each)]));
  }
}

export function randomInputs(
  choices: Choices,
  inputs: { readonly [party: string]: { readonly [name: string]: RandomType } },
): { readonly [party: string]: { readonly [name: string]: JsonValue } } {
  return Object.fromEntries(
    Object.entries(inputs).map(([party, fields]) => [
      party,
      Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, randomValue(choices, type)])),
    ]),
  );
}
