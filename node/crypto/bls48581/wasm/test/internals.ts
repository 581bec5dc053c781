/** A checked build of the kernel with all its routines exported, and big integers in and out of its memory. */
import fc from 'fast-check';
import { kernel } from '../emit/kernel.ts';
import {
  fieldBytes,
  fromLimbs,
  inverse,
  limbCount,
  modulo,
  p,
  radix,
  toLimbs,
  toMontgomery,
} from '../numbers.ts';
import { type WasmModule, webAssembly } from '../platform.ts';

export const checkedModule: WasmModule = await webAssembly.compile(
  kernel({ checked: true, internals: true }),
);

const exported = new webAssembly.Instance(checkedModule).exports;
const memory = exported.memory as { readonly buffer: ArrayBuffer; grow(pages: number): number };
memory.grow(16);
let end = (exported.heapStart as { readonly value: number }).value;

/** Calls a routine by its name. */
export function run(name: string, ...args: number[]): number {
  const routine = exported[name];
  if (typeof routine !== 'function') throw new Error(`the kernel has no ${name}`);
  return routine(...args) as number;
}

/** Room for so many field elements. */
export function room(count: number): number {
  const start = end;
  end += count * fieldBytes;
  return start;
}

const limbs = (address: number, count = limbCount) => new Int32Array(memory.buffer, address, count);
export const putLimbs = (address: number, values: Int32Array) => limbs(address, values.length).set(values);
export const getLimbs = (address: number, count = limbCount) => limbs(address, count).slice();
/** An integer as it stands there, reduced or not. */
export const putRaw = (address: number, value: bigint) => putLimbs(address, toLimbs(value));
export const getRaw = (address: number, count = limbCount) => fromLimbs(getLimbs(address, count));

const inverseRadix = inverse(radix, p);
/** Field elements in and out of Montgomery form. */
export const put = (address: number, values: readonly bigint[]) =>
  values.forEach((value, index) => {
    putLimbs(address + index * fieldBytes, toMontgomery(value));
  });
export const get = (address: number, count: number): bigint[] =>
  Array.from({ length: count }, (_, index) => modulo(getRaw(address + index * fieldBytes) * inverseRadix, p));

export const fieldElement = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt({ min: 0n, max: p - 1n }) },
  { weight: 1, arbitrary: fc.constantFrom(0n, 1n, 2n, p - 1n, p - 2n, (p - 1n) / 2n, (p + 1n) / 2n) },
);
export const elements = (count: number) => fc.array(fieldElement, { minLength: count, maxLength: count });

/** Limbs at the ends of their range: the worst for sums of products. The topmost keeps the value below 90 p. */
const extremeLimb = fc.constantFrom(2 ** 29, -(2 ** 29), 2 ** 29 + 2, -(2 ** 29) - 2, 2 ** 29 - 1, 0, 1, -1);
export const extremeLimbs = fc
  .tuple(
    fc.oneof(
      fc.array(extremeLimb, { minLength: limbCount - 1, maxLength: limbCount - 1 }),
      extremeLimb.map((limb) => Array<number>(limbCount - 1).fill(limb)),
      fc.array(fc.integer({ min: -(2 ** 29), max: 2 ** 29 }), {
        minLength: limbCount - 1,
        maxLength: limbCount - 1,
      }),
    ),
    fc.integer({ min: -100_000, max: 100_000 }),
  )
  .map(([low, top]) => Int32Array.from([...low, top]));
