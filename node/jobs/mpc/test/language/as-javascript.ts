/** Runs a source as the TypeScript that it also is: its types are taken away, and integers are numbers that casts cut. */
import { stripTypeScriptTypes } from 'node:module';

/** @param source of which every result of an operator is cast, to at most 24 bits */
export function runAsJavaScript(source: string, inputs: readonly unknown[]): unknown {
  const text = stripTypeScriptTypes(source)
    .replace(/^import .*$/m, '')
    .replace('export default function', 'return function');
  const names = Object.keys(helpers);
  const make = new Function(...names, `'use strict'; ${text}`) as (...values: unknown[]) => unknown;
  const main = make(...Object.values(helpers)) as (...values: unknown[]) => unknown;
  return main(...inputs);
}

const helpers = {
  u4: unsigned(4),
  u8: unsigned(8),
  u16: unsigned(16),
  u24: unsigned(24),
  i8: signed(8),
  i16: signed(16),
  min: Math.min,
  max: Math.max,
  abs: Math.abs,
};

/** Of what division by zero makes, all bits are one. */
function unsigned(bits: number): (value: number | boolean) => number {
  return (value) => {
    const number = Number(value);
    if (!Number.isFinite(number)) return 2 ** bits - 1;
    return ((Math.trunc(number) % 2 ** bits) + 2 ** bits) % 2 ** bits;
  };
}

function signed(bits: number): (value: number | boolean) => number {
  return (value) => {
    const number = unsigned(bits)(value);
    return number >= 2 ** (bits - 1) ? number - 2 ** bits : number;
  };
}
