/**
 * Inversion in Fp by division steps (Bernstein and Yang, "Fast constant-time gcd computation and modular inversion", 2019): the
 * same operations for every operand, about twelve times as fast as a power.
 *
 * f = p and g = a, both below 2^581, reach (+-1, 0) within (49 * 581 + 57) / 17 = 1,678 steps (theorem 11.2). Thirty steps
 * depend on the lowest limbs only and make a matrix with entries up to 2^30; it is then applied to f, g and divided by 2^30, which
 * is a shift by one limb, and to d, e, which keep d a = f and e a = g mod p: there a multiple of p makes the division exact.
 * d and e grow by at most p/2 each time, to 28 p, and the closing multiplication takes that.
 */
import { i32x4 } from 'wasmati';
import { fieldBytes, inverse, limbBits, limbCount, p, radix, toLimbs } from '../numbers.ts';
import {
  forRange,
  type I64,
  i32,
  i64,
  invoke,
  type Layout,
  local,
  type Routine,
  routine,
  v128,
} from './asm.ts';
import { constantLimbs, rawLimbs } from './constants.ts';

const w = BigInt(limbBits);
const stepsNeeded = Math.floor((49 * 581 + 57) / 17);
const rounds = Math.ceil(stepsNeeded / limbBits);
const modulus = [...toLimbs(p)].map(BigInt);

interface Needs {
  readonly mul: Routine;
  readonly canonical: Routine;
  readonly copy: Routine;
}

/** (target, a): 1 / a, and zero for zero. */
export function inverter(layout: Layout, { mul, canonical, copy }: Needs): Routine {
  const [f, g, d, e] = [0, 1, 2, 3].map(() => layout.temporary(fieldBytes)) as [
    number,
    number,
    number,
    number,
  ];
  // Entries of the matrix, and the number of the paper called delta, as i64.
  const state = layout.temporary(48);
  const delta = state + 32;
  const steps = stepsRoutine(f, g, state, delta);
  const exact = combineRoutine(f, g, state, false);
  const modular = combineRoutine(d, e, state, true);
  const start = { f: rawLimbs(layout, p), zero: rawLimbs(layout, 0n), one: rawLimbs(layout, 1n) };
  // The operand is a R, wanted is R / a = (a R)^-1 R^2, and multiplication divides by R. This is R^3 in plain form.
  const correction = constantLimbs(layout, radix ** 2n);
  return routine({ args: 2, i32: 1, v128: 1 }, ({ args: [target, a], i32: [round], v128: [sign] }) => {
    invoke(canonical, g, a!);
    invoke(copy, f, start.f);
    invoke(copy, d, start.zero);
    invoke(copy, e, start.one);
    i32.const(0);
    i64.const(1n);
    i64.store({ offset: delta });
    forRange(round!, 0, rounds, 1, () => {
      invoke(steps);
      invoke(exact);
      invoke(modular);
    });
    // f is 1 or -1, as its lowest limb says; for a = 0 it is p, but d is zero.
    i32.const(0);
    v128.load32_splat({ offset: f });
    local.set(sign!);
    for (let offset = 0; offset < fieldBytes; offset += 16) {
      i32.const(0);
      i32.const(0);
      v128.load({ offset: d + offset });
      local.get(sign!);
      i32x4.mul();
      v128.store({ offset: d + offset });
    }
    invoke(mul, target!, d, correction);
  });
}

/**
 * Thirty division steps on the lowest limbs:
 * (delta, f, g) -> (1 - delta, g, (g - f) / 2) if delta > 0 and g is odd, else (1 + delta, f, (g + (g mod 2) f) / 2),
 * with the rows (u, v) and (q, r) of the matrix times 2^steps.
 */
function stepsRoutine(fAddress: number, gAddress: number, state: number, deltaAddress: number): Routine {
  return routine({ args: 0, i32: 1, i64: 10 }, ({ i32: [turn], i64: locals }) => {
    const [f, g, u, v, q, r, delta, odd, swap, t] = locals as [
      I64,
      I64,
      I64,
      I64,
      I64,
      I64,
      I64,
      I64,
      I64,
      I64,
    ];
    const load = (target: I64, address: number) => {
      i32.const(0);
      i64.load32_s({ offset: address });
      local.set(target);
    };
    load(f, fAddress);
    load(g, gAddress);
    for (const [target, value] of [
      [u, 1n],
      [v, 0n],
      [q, 0n],
      [r, 1n],
    ] as const) {
      i64.const(value);
      local.set(target);
    }
    i32.const(0);
    i64.load({ offset: deltaAddress });
    local.set(delta);
    /** x = swap ? -x : x, left on the stack */
    const signed = (x: I64) => {
      local.get(x);
      local.get(swap);
      i64.xor();
      local.get(swap);
      i64.sub();
    };
    /** upper, lower = (swap ? lower : upper), lower + odd * (swap ? -upper : upper) */
    const exchange = (upper: I64, lower: I64) => {
      signed(upper);
      local.get(odd);
      i64.and();
      local.get(lower);
      i64.add();
      local.set(t);
      local.get(upper);
      local.get(upper);
      local.get(lower);
      i64.xor();
      local.get(swap);
      i64.and();
      i64.xor();
      local.set(upper);
      local.get(t);
      local.set(lower);
    };
    const shift = (x: I64, right: boolean) => {
      local.get(x);
      i64.const(1n);
      if (right) i64.shr_s();
      else i64.shl();
      local.set(x);
    };
    forRange(turn!, 0, limbBits, 1, () => {
      i64.const(0n);
      local.get(g);
      i64.const(1n);
      i64.and();
      i64.sub();
      local.set(odd);
      i64.const(0n);
      local.get(delta);
      i64.sub();
      i64.const(63n);
      i64.shr_s();
      local.get(odd);
      i64.and();
      local.set(swap);
      exchange(f, g);
      exchange(u, q);
      exchange(v, r);
      shift(g, true);
      shift(u, false);
      shift(v, false);
      signed(delta);
      i64.const(1n);
      i64.add();
      local.set(delta);
    });
    for (const [index, value] of [u, v, q, r, delta].entries()) {
      i32.const(0);
      local.get(value);
      i64.store({ offset: state + 8 * index });
    }
  });
}

/** x, y = (u x + v y) / 2^30, (q x + r y) / 2^30; modular: plus the multiples of p that make them divisible. */
function combineRoutine(x: number, y: number, state: number, modular: boolean): Routine {
  const negativeInverse = inverse(-p, 1n << w);
  return routine({ args: 0, i64: 10 }, ({ i64: locals }) => {
    const [u, v, q, r, xi, yi, first, second, m1, m2] = locals as [
      I64,
      I64,
      I64,
      I64,
      I64,
      I64,
      I64,
      I64,
      I64,
      I64,
    ];
    const get = (target: I64, address: number, bits32: boolean) => {
      i32.const(0);
      if (bits32) i64.load32_s({ offset: address });
      else i64.load({ offset: address });
      local.set(target);
    };
    for (const [index, entry] of [u, v, q, r].entries()) get(entry, state + 8 * index, false);
    const low = () => {
      i64.const(64n - w);
      i64.shl();
      i64.const(64n - w);
      i64.shr_s();
    };
    const rows = [
      { acc: first, a: u, b: v, m: m1, target: x },
      { acc: second, a: q, b: r, m: m2, target: y },
    ] as const;
    for (let index = 0; index < limbCount; index++) {
      get(xi, x + 4 * index, true);
      get(yi, y + 4 * index, true);
      for (const { acc, a, b, m, target } of rows) {
        local.get(a);
        local.get(xi);
        i64.mul();
        local.get(b);
        local.get(yi);
        i64.mul();
        i64.add();
        if (index > 0) {
          local.get(acc);
          i64.add();
        }
        local.set(acc);
        if (modular) {
          if (index === 0) {
            local.get(acc);
            i64.const(negativeInverse);
            i64.mul();
            low();
            local.set(m);
          }
          local.get(acc);
          local.get(m);
          i64.const(modulus[index]!);
          i64.mul();
          i64.add();
          local.set(acc);
        }
        if (index > 0) {
          i32.const(0);
          local.get(acc);
          low();
          i64.store32({ offset: target + 4 * (index - 1) });
          local.get(acc);
          i64.const(1n << (w - 1n));
          i64.add();
          local.set(acc);
        }
        local.get(acc);
        i64.const(w);
        i64.shr_s();
        local.set(acc);
        if (index === limbCount - 1) {
          i32.const(0);
          local.get(acc);
          i64.store32({ offset: target + 4 * index });
        }
      }
    }
  });
}
