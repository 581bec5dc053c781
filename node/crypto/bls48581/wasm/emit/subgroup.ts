/**
 * Membership in the subgroups, by endomorphisms (Scott, "A note on group membership tests for G1, G2 and GT on BLS
 * pairing-friendly curves", ePrint 2021/1130), and the multiplications by the seed they need. With s = -x the positive seed:
 *
 * G1: f(x, y) = (cubeRoot x, -y) is an automorphism of order 6 on E, f^2 - f + 1 = 0. If f(P) = s^8 P, then
 *   (s^16 - s^8 + 1) P = r P = 0. Conversely f acts on G1, cyclic of prime order, as s^8 (cubeRoot is chosen so).
 * G2: psi = twist^-1 o Frobenius o twist. psi^8 is an automorphism of order 6 of the twist, psi^16 - psi^8 + 1 = 0. If
 *   psi(Q) = x Q, then (x^16 - x^8 + 1) Q = r Q = 0. Conversely psi acts on G2 as p = x mod r.
 * Both hold for every point of the curves over Fp and Fp8, so the tests are exact.
 */

import { cubeRoot, seed } from '../numbers.ts';
import { at, forRange, i32, invoke, type Layout, local, type Routine, routine, when } from './asm.ts';
import { constantLimbs } from './constants.ts';
import type { Field, LinearMaker, PrimeField } from './field.ts';
import { emitConjugate, frobeniusOfPower, slotOf } from './fp48.ts';
import type { Points } from './points.ts';
import type { Level } from './tower.ts';

/** (target, a): seed * a, Jacobian. The target may be the operand. */
export function timesSeed(layout: Layout, group: Points): Routine {
  const base = layout.temporary(group.bytes);
  const acc = layout.temporary(group.bytes);
  const bits = [...seed.toString(2)].slice(1);
  return routine({ args: 2, i32: 1 }, ({ args: [target, a], i32: [turn] }) => {
    invoke(group.copy, base, a!);
    invoke(group.copy, acc, a!);
    let run = 0;
    for (const bit of bits) {
      run++;
      if (bit === '0') continue;
      forRange(turn!, 0, run, 1, () => invoke(group.double, acc, acc));
      invoke(group.add, acc, acc, base);
      run = 0;
    }
    if (run > 0) forRange(turn!, 0, run, 1, () => invoke(group.double, acc, acc));
    invoke(group.copy, target!, acc);
  });
}

/** (Jacobian a, affine b) -> 1 when they are the same point; b is not infinity. */
function sameRoutine(layout: Layout, field: Field): Routine {
  const size = field.bytes;
  const [zz, t] = [layout.temporary(size), layout.temporary(size)];
  return routine({ args: 2, result: true, i32: 1 }, ({ args: [a, b], i32: [same] }) => {
    const z = at(a!, 2 * size);
    i32.const(0);
    local.set(same!);
    invoke(field.isNull, z);
    i32.eqz();
    when(() => {
      invoke(field.square, zz, z);
      invoke(field.mul, t, zz, b!);
      invoke(field.sub, t, t, a!);
      invoke(field.isZero, t);
      when(() => {
        invoke(field.mul, t, zz, z);
        invoke(field.mul, t, t, at(b!, size));
        invoke(field.sub, t, t, at(a!, size));
        invoke(field.isZero, t);
        local.set(same!);
      });
    });
    local.get(same!);
  });
}

export interface Subgroup {
  /** (affine a) -> 1 when the point of the curve, not infinity, is in the subgroup. */
  readonly contains: Routine;
  /** (target affine, affine a): the endomorphism, not canonical; zero bytes stay. */
  readonly endomorphism: Routine;
}

export function g1Subgroup(layout: Layout, field: PrimeField, group: Points, byseed: Routine): Subgroup {
  const root = constantLimbs(layout, cubeRoot);
  const image = layout.temporary(group.affineBytes);
  const point = layout.temporary(group.bytes);
  const same = sameRoutine(layout, field);
  const endomorphism = routine({ args: 2 }, ({ args: [target, a] }) => {
    invoke(field.mul, target!, a!, root);
    invoke(field.negate, at(target!, field.bytes), at(a!, field.bytes));
  });
  const contains = routine({ args: 1, result: true, i32: 1 }, ({ args: [a], i32: [turn] }) => {
    invoke(group.fromAffine, point, a!);
    forRange(turn!, 0, 8, 1, () => invoke(byseed, point, point));
    invoke(endomorphism, image, a!);
    invoke(same, point, image);
  });
  return { contains, endomorphism };
}

export function g2Subgroup(
  layout: Layout,
  make: LinearMaker,
  fp2: Level,
  fp8: Level,
  group: Points,
  byseed: Routine,
): Subgroup {
  const image = layout.temporary(group.affineBytes);
  const point = layout.temporary(group.bytes);
  const same = sameRoutine(layout, fp8);
  const endomorphism = psi(layout, make, fp2, fp8);
  const contains = routine({ args: 1, result: true }, ({ args: [a] }) => {
    invoke(group.fromAffine, point, a!);
    invoke(byseed, point, point);
    invoke(endomorphism, image, a!);
    invoke(fp8.negate, image + fp8.bytes, image + fp8.bytes);
    invoke(same, point, image);
  });
  return { contains, endomorphism };
}

/** psi(x, y): x w^2 and y w^3 to the power p, and back. The target may be the operand. */
function psi(layout: Layout, make: LinearMaker, fp2: Level, fp8: Level): Routine {
  const result = layout.temporary(2 * fp8.bytes);
  const conjugate = layout.temporary(fp2.bytes);
  const copy = fp8.copy;
  const moves = [2, 3].flatMap((shift, coordinate) =>
    [0, 6, 12, 18].map((n) => {
      const { to, factor } = frobeniusOfPower(n + shift, 1);
      const [source, target] = [slotOf(n), slotOf((to - shift + 24) % 24)];
      // From w^to back by w^shift: below w^24, or one turn around w^24 = -(1 + i).
      if (to < shift) throw new Error('a turn around w^24 is not provided for');
      const sign = BigInt(source.sign * target.sign);
      return {
        from: coordinate * fp8.bytes + source.index * fp2.bytes,
        to: result + coordinate * fp8.bytes + target.index * fp2.bytes,
        factor: constantLimbs(layout, sign * factor[0], sign * factor[1]),
      };
    }),
  );
  return routine({ args: 2 }, ({ args: [target, a] }) => {
    for (const { from, to, factor } of moves) {
      emitConjugate(make, conjugate, at(a!, from));
      invoke(fp2.mul, to, conjugate, factor);
    }
    invoke(copy, target!, result);
    invoke(copy, at(target!, fp8.bytes), result + fp8.bytes);
  });
}
