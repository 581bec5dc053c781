/** What is particular to y^2 = x^3 + b: membership of the curve, points from x, and the map from field elements to points. */

import { fieldBytes, inverse, limbBits, limbCount, p, power } from '../numbers.ts';
import { at, type I32, i32, i64, invoke, type Layout, local, type Routine, routine, when } from './asm.ts';
import { constantLimbs } from './constants.ts';
import type { Field, LinearMaker, PrimeField } from './field.ts';
import { nullTest } from './field-linear.ts';

/** (target, x): x^3 + b. @param b address of b */
export function equation(layout: Layout, field: Field, b: number): Routine {
  const cube = layout.temporary(field.bytes);
  return routine({ args: 2 }, ({ args: [target, x] }) => {
    invoke(field.square, cube, x!);
    invoke(field.mul, cube, cube, x!);
    invoke(field.add, target!, cube, b);
  });
}

/**
 * (affine a) -> 1 when a is infinity, or canonical and on the curve: what bytes from outside must be. The canonical form of
 * limbs in range is compared with them; limbs out of range cannot equal what `canonical` stores, but for the topmost, which is
 * looked at first.
 */
export function validity(layout: Layout, field: Field, equationOf: Routine): Routine {
  const size = field.bytes;
  const [copy, left, right] = [2 * size, size, size].map((bytes) => layout.temporary(bytes)) as [
    number,
    number,
    number,
  ];
  const isNull = nullTest(2 * size);
  const same = sameBytes(2 * size);
  const topMax = Number(p >> BigInt(limbBits * (limbCount - 1)));
  const onCurve = routine({ args: 1, result: true }, ({ args: [a] }) => {
    invoke(equationOf, left, a!);
    invoke(field.square, right, at(a!, size));
    invoke(field.sub, left, left, right);
    invoke(field.isZero, left);
  });
  return routine({ args: 1, result: true, i32: 1 }, ({ args: [a], i32: [valid] }) => {
    i32.const(1);
    local.set(valid!);
    for (let offset = 0; offset < 2 * size; offset += fieldBytes) {
      local.get(a!);
      i32.load({ offset: offset + fieldBytes - 4 });
      i32.const(topMax);
      i32.le_u();
      local.get(valid!);
      i32.and();
      local.set(valid!);
    }
    local.get(valid!);
    when(() => {
      invoke(isNull, a!);
      i32.eqz();
      when(() => {
        invoke(field.canonical, copy, a!);
        invoke(field.canonical, copy + size, at(a!, size));
        invoke(same, copy, a!);
        local.set(valid!);
        local.get(valid!);
        when(() => {
          invoke(onCurve, a!);
          local.set(valid!);
        });
      });
    });
    local.get(valid!);
  });
}

/** (a, b) -> 1 when all bytes are the same, a multiple of 8. */
function sameBytes(byteLength: number): Routine {
  return routine({ args: 2, result: true, i64: 1 }, ({ args: [a, b], i64: [difference] }) => {
    i64.const(0n);
    local.set(difference!);
    for (let offset = 0; offset < byteLength; offset += 8) {
      local.get(a!);
      i64.load({ offset });
      local.get(b!);
      i64.load({ offset });
      i64.xor();
      local.get(difference!);
      i64.or();
      local.set(difference!);
    }
    local.get(difference!);
    i64.eqz();
  });
}

/** (target affine, x) -> 1 when x belongs to a point of the curve; canonical, with either y. */
export function pointFromX(layout: Layout, field: Field, equationOf: Routine): Routine {
  const [square, root] = [layout.temporary(field.bytes), layout.temporary(field.bytes)];
  return routine({ args: 2, result: true, i32: 1 }, ({ args: [target, x], i32: [found] }) => {
    invoke(equationOf, square, x!);
    invoke(field.root, root, square);
    local.set(found!);
    invoke(field.canonical, target!, x!);
    invoke(field.canonical, at(target!, field.bytes), root);
    local.get(found!);
  });
}

/**
 * RFC 9380, section 6.6.1 (Shallue and van de Woestijne), Z = 2: (target affine, u canonical). For public values: branches.
 * The constants are those of the section for g(x) = x^3 + 1.
 */
export function mapToCurve(
  layout: Layout,
  make: LinearMaker,
  field: PrimeField,
  equationOf: Routine,
): Routine {
  const z = 2n;
  const g = z ** 3n + 1n;
  const c1 = constantLimbs(layout, g);
  const c2 = constantLimbs(layout, -z * inverse(2n, p));
  const c3 = constantLimbs(layout, evenRoot(-g * 3n * z * z));
  const c4 = constantLimbs(layout, -4n * g * inverse(3n * z * z, p));
  const zAddress = constantLimbs(layout, z);
  const [tv1, tv2, tv3, tv4, x, gx, root] = Array.from({ length: 7 }, () =>
    layout.temporary(field.bytes),
  ) as [number, number, number, number, number, number, number];
  const { mul, square, add, sub } = field;
  const one = field.one;
  return routine({ args: 2, i32: 1 }, ({ args, i32: [found] }) => {
    const [target, u] = args as [I32, I32];
    const attempt = () => {
      invoke(equationOf, gx, x);
      invoke(field.root, root, gx);
      local.set(found!);
    };
    invoke(square, tv1, u);
    invoke(mul, tv1, tv1, c1);
    invoke(add, tv2, tv1, one);
    invoke(sub, tv1, tv1, one);
    invoke(make([-1]), tv1, tv1);
    invoke(mul, tv3, tv1, tv2);
    invoke(field.invert, tv3, tv3);
    invoke(mul, tv4, u, tv1);
    invoke(mul, tv4, tv4, tv3);
    invoke(mul, tv4, tv4, c3);
    invoke(sub, x, c2, tv4);
    attempt();
    local.get(found!);
    i32.eqz();
    when(() => {
      invoke(add, x, c2, tv4);
      attempt();
      local.get(found!);
      i32.eqz();
      when(() => {
        invoke(square, x, tv2);
        invoke(mul, x, x, tv3);
        invoke(square, x, x);
        invoke(mul, x, x, c4);
        invoke(add, x, x, zAddress);
        attempt();
      });
    });
    invoke(field.isOdd, u);
    invoke(field.isOdd, root);
    i32.ne();
    when(() => invoke(field.negate, root, root));
    invoke(field.canonical, target, x);
    invoke(field.canonical, at(target, field.bytes), root);
  });
}

/** The square root with sgn0 = 0. */
function evenRoot(value: bigint): bigint {
  const root = power(value, (p + 1n) / 4n, p);
  if ((root * root - value) % p !== 0n) throw new Error('not a square');
  return root % 2n === 0n ? root : p - root;
}
