/**
 * Sums and differences: limb by limb with vectors, then one carry step in parallel. No comparison, no subtraction of p.
 *
 * For tight operands and at most three of them (counted with their factors), limbs stay below 2^31, and after one step they
 * are tight again: |limb| <= 2^29 + 2. (Tight are at most 2^29 + 2^24, but nothing makes limbs above 2^29 + 2.) The topmost limb takes its carry and gives none: values are at most some thousand p.
 */
import { i8x16, i32x4 } from 'wasmati';
import { fieldBytes, limbBits } from '../numbers.ts';
import {
  type Address,
  at,
  forRange,
  type I32,
  i32,
  local,
  pushBase,
  type Routine,
  routine,
  type V128,
  v128,
} from './asm.ts';

const vectorBytes = 16;
/** Takes lanes 3 of the first and 0, 1, 2 of the second vector: carries, moved up by one limb. */
const upByOne = Array.from({ length: 16 }, (_, k) => 12 + k) as never;

const weightOf = (factors: readonly number[]) => factors.reduce((sum, factor) => sum + Math.abs(factor), 0);

function emitElement(
  vectors: number,
  locals: readonly V128[],
  target: Address,
  operands: readonly Address[],
  factors: readonly number[],
): void {
  // Three operands, or anything that has yet to be carried.
  const large = weightOf(factors) === 3 || (factors.length === 1 && factors[0] === 1);
  const value = (k: number) => locals[k]!;
  const carry = (k: number) => locals[vectors + k]!;
  for (let k = 0; k < vectors; k++) {
    operands.forEach((operand, index) => {
      const factor = factors[index]!;
      const magnitude = Math.abs(factor);
      if (index === 0 && factor < 0) v128.const('i32x4', [0, 0, 0, 0]);
      for (let turn = 0; turn < magnitude; turn++) {
        const offset = pushBase(operand);
        v128.load({ offset: offset + vectorBytes * k });
        if (factor < 0) i32x4.sub();
        else if (index > 0 || turn > 0) i32x4.add();
      }
    });
    local.set(value(k));
  }
  for (let k = 0; k < vectors; k++) {
    // floor((value + 2^29) / 2^30); a large value is halved first, as the sum would pass 2^31.
    local.get(value(k));
    if (large) {
      i32.const(1);
      i32x4.shr_s();
    }
    v128.const('i32x4', Array(4).fill(2 ** (limbBits - (large ? 2 : 1))) as never);
    i32x4.add();
    i32.const(limbBits - (large ? 1 : 0));
    i32x4.shr_s();
    local.set(carry(k));
  }
  for (let k = 0; k < vectors; k++) {
    const offset = pushBase(at(target, vectorBytes * k));
    local.get(value(k));
    local.get(carry(k));
    i32.const(limbBits);
    i32x4.shl();
    i32x4.sub();
    if (k === 0) v128.const('i32x4', [0, 0, 0, 0]);
    else local.get(carry(k - 1));
    local.get(carry(k));
    i8x16.shuffle(upByOne);
    i32x4.add();
    v128.store({ offset });
  }
}

/**
 * Routine (target, operands…): target = sum of factor * operand, for `count` consecutive elements. The factors' absolute values
 * add up to at most three; the factor 1 alone carries any limbs of 32 bits. @param wide elements of 40 limbs instead of 20
 */
export function linear(factors: readonly number[], count = 1, wide = false): Routine {
  if (weightOf(factors) > 3) throw new Error('limbs could overflow');
  const vectors = (wide ? 2 : 1) * (fieldBytes / vectorBytes);
  const bytes = vectors * vectorBytes;
  const looped = count > 2;
  return routine(
    { args: 1 + factors.length, i32: looped ? 1 : 0, v128: 2 * vectors },
    ({ args, i32: [end], v128: v }) => {
      const [target, ...operands] = args as [I32, ...I32[]];
      if (!looped) {
        for (let k = 0; k < count; k++) {
          emitElement(
            vectors,
            v,
            at(target, k * bytes),
            operands.map((operand) => at(operand, k * bytes)),
            factors,
          );
        }
        return;
      }
      forRange(end!, 0, count, 1, () => {
        emitElement(vectors, v, target, operands, factors);
        for (const pointer of [target, ...operands]) {
          local.get(pointer);
          i32.const(bytes);
          i32.add();
          local.set(pointer);
        }
      });
    },
  );
}

/** Routine (target, source): copies bytes, a multiple of 16. */
export function copier(byteLength: number): Routine {
  return routine({ args: 2, i32: 1 }, ({ args: [target, source], i32: [offset] }) => {
    forRange(offset!, 0, byteLength, vectorBytes, () => {
      local.get(target!);
      local.get(offset!);
      i32.add();
      local.get(source!);
      local.get(offset!);
      i32.add();
      v128.load({});
      v128.store({});
    });
  });
}

/** Routine (target): zeroes bytes, a multiple of 16. */
export function zeroer(byteLength: number): Routine {
  return routine({ args: 1, i32: 1 }, ({ args: [target], i32: [offset] }) => {
    forRange(offset!, 0, byteLength, vectorBytes, () => {
      local.get(target!);
      local.get(offset!);
      i32.add();
      v128.const('i32x4', [0, 0, 0, 0]);
      v128.store({});
    });
  });
}

/** Routine (a) -> 1 when all bytes are zero. */
export function nullTest(byteLength: number): Routine {
  return routine({ args: 1, result: true, i32: 1, v128: 1 }, ({ args: [a], i32: [offset], v128: [all] }) => {
    v128.const('i32x4', [0, 0, 0, 0]);
    local.set(all!);
    forRange(offset!, 0, byteLength, vectorBytes, () => {
      local.get(a!);
      local.get(offset!);
      i32.add();
      v128.load({});
      local.get(all!);
      v128.or();
      local.set(all!);
    });
    local.get(all!);
    v128.any_true();
    i32.eqz();
  });
}
