/**
 * Points as (X, Y, ZZ, ZZZ) with x = X/ZZ, y = Y/ZZZ, ZZ^3 = ZZZ^2: the cheapest sum with affine points, eight products and two
 * squares. Infinity is ZZ = 0, stored as bytes of zero. Explicit-Formulas Database, short Weierstrass, xyzz:
 * madd-2008-s, add-2008-s, dbl-2008-s-1. Every exceptional case is handled. Not constant time.
 */
import { at, type I32, invoke, type Layout, type Routine, routine, when } from './asm.ts';
import type { Field } from './field.ts';
import { copier, nullTest, zeroer } from './field-linear.ts';

export interface XyzzPoints {
  readonly bytes: number;
  readonly setInfinity: Routine;
  readonly copy: Routine;
  /** (target, affine a) */
  readonly fromAffine: Routine;
  /** (target, a, affine b) */
  readonly addAffine: Routine;
  /** (target, a, b) */
  readonly add: Routine;
  /** (target, a) */
  readonly double: Routine;
  /** (target, a): canonical affine, zero bytes for infinity. */
  readonly toAffine: Routine;
}

export function xyzzPoints(layout: Layout, field: Field): XyzzPoints {
  const size = field.bytes;
  const isNullAffine = nullTest(2 * size);
  const setInfinity = zeroer(4 * size);
  const copy = copier(4 * size);
  const double = doubleRoutine(layout, field);
  const fromAffine = routine({ args: 2 }, ({ args: [target, a] }) => {
    invoke(isNullAffine, a!);
    when(
      () => invoke(setInfinity, target!),
      () => {
        invoke(field.copy, target!, a!);
        invoke(field.copy, at(target!, size), at(a!, size));
        invoke(field.copy, at(target!, 2 * size), field.one);
        invoke(field.copy, at(target!, 3 * size), field.one);
      },
    );
  });
  const parts = { double, copy, fromAffine, setInfinity, isNullAffine };
  const [inverse, zz] = [layout.temporary(size), layout.temporary(size)];
  return {
    bytes: 4 * size,
    setInfinity,
    copy,
    double,
    fromAffine,
    addAffine: addRoutine(layout, field, parts, true),
    add: addRoutine(layout, field, parts, false),
    toAffine: routine({ args: 2 }, ({ args: [target, a] }) => {
      invoke(field.invert, inverse, at(a!, 3 * size));
      // ZZ / ZZZ = 1/z, squared 1/ZZ
      invoke(field.mul, zz, inverse, at(a!, 2 * size));
      invoke(field.square, zz, zz);
      invoke(field.mul, zz, zz, a!);
      invoke(field.mul, inverse, inverse, at(a!, size));
      invoke(field.canonical, target!, zz);
      invoke(field.canonical, at(target!, size), inverse);
    }),
  };
}

function doubleRoutine(layout: Layout, field: Field): Routine {
  const size = field.bytes;
  const [u, v, w, s, m, t] = Array.from({ length: 6 }, () => layout.temporary(size)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return routine({ args: 2 }, ({ args: [target, a] }) => {
    const [x, y, zz, zzz] = [0, 1, 2, 3].map((k) => at(a!, k * size)) as [I32, I32, I32, I32];
    invoke(field.double, u, y);
    invoke(field.square, v, u);
    invoke(field.mul, w, u, v);
    invoke(field.mul, s, x, v);
    invoke(field.square, m, x);
    invoke(field.triple, m, m);
    invoke(field.square, t, m);
    invoke(field.mul, u, w, y);
    invoke(field.subTwice, target!, t, s);
    invoke(field.sub, s, s, target!);
    invoke(field.mul, s, s, m);
    invoke(field.sub, at(target!, size), s, u);
    invoke(field.mul, at(target!, 2 * size), v, zz);
    invoke(field.mul, at(target!, 3 * size), w, zzz);
  });
}

interface Parts {
  readonly double: Routine;
  readonly copy: Routine;
  readonly fromAffine: Routine;
  readonly setInfinity: Routine;
  readonly isNullAffine: Routine;
}

function addRoutine(layout: Layout, field: Field, parts: Parts, mixed: boolean): Routine {
  const size = field.bytes;
  const [u1, s1, p, r, pp, ppp, q, t, own] = Array.from({ length: 9 }, (_, k) =>
    layout.temporary(k === 8 ? 4 * size : size),
  ) as [number, number, number, number, number, number, number, number, number];
  return routine({ args: 3 }, ({ args }) => {
    const [target, a, b] = args as [I32, I32, I32];
    const of = (base: I32) => [0, 1, 2, 3].map((k) => at(base, k * size)) as [I32, I32, I32, I32];
    const [x1, y1, zz1, zzz1] = of(a);
    const [x2, y2, zz2, zzz2] = of(b);
    if (mixed) invoke(parts.isNullAffine, b);
    else invoke(field.isNull, zz2);
    when(
      () => invoke(parts.copy, target, a),
      () => {
        invoke(field.isNull, zz1);
        when(() => invoke(mixed ? parts.fromAffine : parts.copy, target, b), general);
      },
    );
    function general() {
      invoke(field.mul, p, x2, zz1);
      invoke(field.mul, r, y2, zzz1);
      if (!mixed) {
        invoke(field.mul, u1, x1, zz2);
        invoke(field.mul, s1, y1, zzz2);
      }
      invoke(field.sub, p, p, mixed ? x1 : u1);
      invoke(field.sub, r, r, mixed ? y1 : s1);
      invoke(field.isZero, p);
      when(() => {
        invoke(field.isZero, r);
        when(
          () => {
            if (mixed) invoke(parts.fromAffine, own, b);
            invoke(parts.double, target, mixed ? own : a);
          },
          () => invoke(parts.setInfinity, target),
        );
      }, distinct);
    }
    function distinct() {
      invoke(field.square, pp, p);
      invoke(field.mul, ppp, p, pp);
      invoke(field.mul, q, mixed ? x1 : u1, pp);
      invoke(field.mul, p, mixed ? y1 : s1, ppp);
      invoke(field.square, t, r);
      invoke(field.subBoth, t, t, ppp, q);
      invoke(field.sub, target, t, q);
      invoke(field.sub, q, q, target);
      invoke(field.mul, q, q, r);
      invoke(field.sub, at(target, size), q, p);
      if (!mixed) {
        invoke(field.mul, pp, pp, zz2);
        invoke(field.mul, ppp, ppp, zzz2);
      }
      invoke(field.mul, at(target, 2 * size), zz1, pp);
      invoke(field.mul, at(target, 3 * size), zzz1, ppp);
    }
  });
}
