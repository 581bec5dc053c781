/**
 * Optimal ate pairing: f_{x,Q}(P) with the loop over the seed, raised to 3 (p^48 - 1) / r.
 *
 * The twist is E': y^2 = x^3 + 1/xi over Fp8, (x, y) -> (x w^2, y w^3). The line through T with slope m on the twist has, at P,
 * the value yP - m xP w + (m xT - yT) w^3; divided by yP, which lies in a subfield and vanishes in the power:
 * 1 + A (xP/yP) w + C (1/yP) w^3 with A = -m and C = m xT - yT. A and C do not depend on P: they are the prepared lines.
 */

import { fieldBytes, seed } from '../numbers.ts';
import {
  at,
  forRange,
  type I32,
  i32,
  invoke,
  type Layout,
  local,
  type Routine,
  repeat,
  routine,
  when,
} from './asm.ts';
import type { LinearMaker, PrimeField } from './field.ts';
import { copier } from './field-linear.ts';
import { coefficient8, type Fp48 } from './fp48.ts';
import { type Level, shortener } from './tower.ts';

/** Steps of the loop over the seed below its highest bit: 0 doubles, 1 adds. */
export const loopSteps: Uint8Array = (() => {
  const bits = [...seed.toString(2)].slice(1);
  return Uint8Array.from(bits.flatMap((bit) => (bit === '1' ? [0, 1] : [0])));
})();
export const lineBytes = 2 * 8 * fieldBytes;
export const preparedBytes = loopSteps.length * lineBytes;

export interface Pairing {
  /** (lines, affine q) */
  readonly prepare: Routine;
  /** (target, affine p): xP/yP and 1/yP. */
  readonly prepareG1: Routine;
  /** (target, count, prepared P in sequence, lines of all Q in sequence): product of Miller functions. */
  readonly millerLoop: Routine;
  /** (target, a) */
  readonly finalPower: Routine;
  /** (a) -> 1 when a is one. */
  readonly isOne: Routine;
}

export function pairing(
  layout: Layout,
  make: LinearMaker,
  prime: PrimeField,
  fp8: Level,
  fp48: Fp48,
): Pairing {
  const steps = layout.constant(loopSteps);
  const prepared = layout.temporary(2 * fieldBytes);
  return {
    prepare: prepareRoutine(layout, prime, fp8, steps),
    prepareG1: routine({ args: 2 }, ({ args: [target, p] }) => {
      invoke(prime.invert, prepared + fieldBytes, at(p!, fieldBytes));
      invoke(prime.mul, prepared, prepared + fieldBytes, p!);
      invoke(prime.copy, target!, prepared);
      invoke(prime.copy, at(target!, fieldBytes), prepared + fieldBytes);
    }),
    millerLoop: millerRoutine(layout, prime, fp8, fp48, steps),
    finalPower: finalRoutine(layout, fp48),
    isOne: oneTest(layout, make, prime, fp8, fp48),
  };
}

function prepareRoutine(layout: Layout, prime: PrimeField, fp8: Level, steps: number): Routine {
  const [tx, ty, m, t] = [0, 1, 2, 3].map(() => layout.temporary(fp8.bytes)) as [
    number,
    number,
    number,
    number,
  ];
  const shorten = shortener(prime, 8);
  return routine({ args: 2, i32: 1 }, ({ args, i32: [step] }) => {
    const [lines, q] = args as [I32, I32];
    const [qx, qy] = [q, at(q, fp8.bytes)] as const;
    invoke(fp8.copy, tx, qx);
    invoke(fp8.copy, ty, qy);
    forRange(step!, 0, loopSteps.length, 1, () => {
      local.get(step!);
      i32.load8_u({ offset: steps });
      when(
        () => {
          invoke(fp8.sub, m, qy, ty);
          invoke(fp8.sub, t, qx, tx);
        },
        () => {
          invoke(fp8.square, m, tx);
          invoke(fp8.triple, m, m);
          invoke(fp8.double, t, ty);
        },
      );
      invoke(fp8.invert, t, t);
      invoke(fp8.mul, m, m, t);
      invoke(fp8.negate, lines, m);
      invoke(fp8.mul, t, m, tx);
      invoke(fp8.sub, at(lines, fp8.bytes), t, ty);
      // x' = m^2 - x - x2, y' = m (x - x') - y, where x2 is x or qx.
      local.get(step!);
      i32.load8_u({ offset: steps });
      invoke(fp8.square, t, m);
      when(
        () => invoke(fp8.subBoth, t, t, tx, qx),
        () => invoke(fp8.subTwice, t, t, tx),
      );
      // x and y go into the next point linearly: unless shortened, they would double in each step.
      invoke(shorten, t, t);
      invoke(fp8.sub, tx, tx, t);
      invoke(fp8.mul, m, m, tx);
      invoke(fp8.sub, ty, m, ty);
      invoke(shorten, ty, ty);
      invoke(fp8.copy, tx, t);
      advance(lines, lineBytes);
    });
  });
}

const advance = (pointer: I32, bytes: number) => {
  local.get(pointer);
  i32.const(bytes);
  i32.add();
  local.set(pointer);
};

function millerRoutine(layout: Layout, prime: PrimeField, fp8: Level, fp48: Fp48, steps: number): Routine {
  const [a, c] = [layout.temporary(fp8.bytes), layout.temporary(fp8.bytes)];
  const [even, odd] = [layout.temporary(fp48.bytes), layout.temporary(fp48.bytes)];
  const scale = routine({ args: 3 }, ({ args: [target, x, factor] }) => {
    for (let index = 0; index < 8; index++) {
      invoke(prime.mul, at(target!, index * fieldBytes), at(x!, index * fieldBytes), factor!);
    }
  });
  return routine({ args: 4, i32: 4 }, ({ args, i32: [step, index, line, point] }) => {
    const [target, count, ps, lines] = args as [I32, I32, I32, I32];
    invoke(fp48.copy, even, fp48.one);
    forRange(step!, 0, loopSteps.length, 1, () => {
      local.get(step!);
      i32.load8_u({ offset: steps });
      i32.eqz();
      when(() => invoke(fp48.square, even, even));
      local.get(ps);
      local.set(point!);
      local.get(step!);
      i32.const(lineBytes);
      i32.mul();
      local.get(lines);
      i32.add();
      local.set(line!);
      local.get(count);
      when(() =>
        forRange(index!, 0, count, 1, () => {
          invoke(scale, a, line!, point!);
          invoke(scale, c, at(line!, fp8.bytes), at(point!, fieldBytes));
          invoke(fp48.mulByLine, odd, even, a, c);
          invoke(fp48.copy, even, odd);
          advance(point!, 2 * fieldBytes);
          advance(line!, preparedBytes);
        }),
      );
    });
    // The seed is negative.
    invoke(fp48.conjugate, target, even);
  });
}

/**
 * 3 (p^48 - 1) / r = (p^24 - 1)(p^8 + 1) * 3 (p^16 - p^8 + 1) / r, and with p = x + (x - 1)^2 / 3 * r:
 * 3 (p^16 - p^8 + 1) / r = (x - 1)^2 (p + x)(p^2 + x^2)(p^4 + x^4)(p^8 + x^8 - 1) + 3. Inverses are conjugates after the first
 * power, so x = -seed costs nothing.
 */
function finalRoutine(layout: Layout, fp48: Fp48): Routine {
  const temps = Array.from({ length: 5 }, () => layout.temporary(fp48.bytes));
  const [m, t, u, v, base] = temps as [number, number, number, number, number];
  const bits = [...seed.toString(2)].slice(1);
  /** (target): target to the power seed, in place. */
  const toSeed = routine({ args: 1, i32: 1 }, ({ args: [target], i32: [turn] }) => {
    invoke(fp48.copy, base, target!);
    let run = 0;
    const flush = () => {
      if (run === 0) return;
      i32.const(run);
      local.set(turn!);
      repeat((again) => {
        invoke(fp48.cyclotomicSquare, target!, target!);
        local.get(turn!);
        i32.const(1);
        i32.sub();
        local.tee(turn!);
        again();
      });
      run = 0;
    };
    for (const bit of bits) {
      run++;
      if (bit === '1') {
        flush();
        invoke(fp48.mul, target!, target!, base);
      }
    }
    flush();
  });
  const toSeedTimes = (target: number, count: number) => {
    for (let k = 0; k < count; k++) invoke(toSeed, target);
  };
  return routine({ args: 2 }, ({ args: [target, a] }) => {
    invoke(fp48.conjugate, t, a!);
    invoke(fp48.invert, u, a!);
    invoke(fp48.mul, t, t, u);
    invoke(fp48.frobenius[8], m, t);
    invoke(fp48.mul, m, m, t);
    invoke(fp48.copy, t, m);
    // (x - 1)^2 = (seed + 1)^2
    for (let k = 0; k < 2; k++) {
      invoke(fp48.copy, u, t);
      invoke(toSeed, t);
      invoke(fp48.mul, t, t, u);
    }
    for (const e of [1, 2, 4] as const) {
      invoke(fp48.frobenius[e], u, t);
      toSeedTimes(t, e);
      if (e === 1) invoke(fp48.conjugate, t, t);
      invoke(fp48.mul, t, t, u);
    }
    invoke(fp48.frobenius[8], u, t);
    invoke(fp48.conjugate, v, t);
    invoke(fp48.mul, u, u, v);
    toSeedTimes(t, 8);
    invoke(fp48.mul, t, t, u);
    invoke(fp48.cyclotomicSquare, u, m);
    invoke(fp48.mul, u, u, m);
    invoke(fp48.mul, target!, t, u);
  });
}

function oneTest(layout: Layout, make: LinearMaker, prime: PrimeField, fp8: Level, fp48: Fp48): Routine {
  const temp = layout.temporary(fp48.bytes);
  const first = copier(fp48.bytes);
  return routine({ args: 1, result: true, i32: 1 }, ({ args: [a], i32: [result] }) => {
    invoke(first, temp, a!);
    invoke(make([1, -1]), temp, temp, prime.one);
    i32.const(1);
    local.set(result!);
    for (let n = 0; n < 6; n++) {
      local.get(result!);
      when(() => {
        invoke(fp8.isZero, temp + coefficient8(n));
        local.set(result!);
      });
    }
    local.get(result!);
  });
}
