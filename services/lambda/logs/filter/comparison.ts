/** What a condition of a pattern asks of one value. */
import { noExpressions, type Scanner } from './scanner.ts';

const operators = ['!=', '>=', '<=', '=', '>', '<'] as const;
type Operator = (typeof operators)[number];

/** @returns whether a value, as the log has it, is so */
export type Comparison = (value: string | number | boolean) => boolean;

const word = /[^\s"%&|(){}[\],=<>!]/;
const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

export const readOperator = (scanner: Scanner): Operator | undefined =>
  operators.find((one) => scanner.takes(one));

/** The value behind an operator. @throws AwsError */
export function readComparison(scanner: Scanner, operator: Operator): Comparison {
  scanner.skipSpaces();
  if (scanner.next === '%') throw noExpressions();
  const isQuoted = scanner.next === '"';
  const text = isQuoted ? scanner.quoted() : scanner.takeWhile(word);
  if (!isQuoted && text === '') throw scanner.fault();
  const asNumber = !isQuoted && number.test(text) ? Number(text) : undefined;
  if (operator !== '=' && operator !== '!=') {
    if (asNumber === undefined) throw scanner.fault();
    return ordered(operator, asNumber);
  }
  const isEqual = equal(text, asNumber);
  return operator === '=' ? isEqual : (value) => !isEqual(value);
}

function ordered(operator: Operator, right: number): Comparison {
  return (value) => {
    const left = numberOf(value);
    if (left === undefined) return false;
    if (operator === '>') return left > right;
    if (operator === '<') return left < right;
    return operator === '>=' ? left >= right : left <= right;
  };
}

function equal(text: string, asNumber: number | undefined): Comparison {
  const matches = wildcard(text);
  return (value) => {
    const left = asNumber === undefined ? undefined : numberOf(value);
    return left === undefined ? matches(String(value)) : left === asNumber;
  };
}

function numberOf(value: string | number | boolean): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && number.test(value) ? Number(value) : undefined;
}

/** `*` stands for any characters. Takes time in proportion to the text. */
export function wildcard(pattern: string): (text: string) => boolean {
  const parts = pattern.split('*');
  if (parts.length === 1) return (text) => text === pattern;
  const first = parts[0]!;
  const last = parts.at(-1)!;
  const middle = parts.slice(1, -1).filter((part) => part !== '');
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
      return false;
    const end = text.length - last.length;
    let at = first.length;
    for (const part of middle) {
      const found = text.indexOf(part, at);
      if (found < 0 || found + part.length > end) return false;
      at = found + part.length;
    }
    return true;
  };
}
