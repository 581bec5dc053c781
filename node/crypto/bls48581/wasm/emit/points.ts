/**
 * Points of y^2 = x^3 + b in Jacobian coordinates (x = X/Z^2, y = Y/Z^3), over any field; infinity is Z = 0, stored as bytes of
 * zero. Formulas: Explicit-Formulas Database, short Weierstrass a = 0: dbl-2009-l, madd-2007-bl, add-2007-bl.
 * Every exceptional case is handled, so operands may be any points of the curve. Not constant time.
 */
import { at, type I32, invoke, type Layout, local, type Routine, routine, when } from './asm.ts';
import type { Field } from './field.ts';
import { copier, nullTest, zeroer } from './field-linear.ts';

export interface Points {
  readonly bytes: number;
  readonly affineBytes: number;
  readonly copy: Routine;
  readonly copyAffine: Routine;
  /** (target, a); targets may be operands. */
  readonly double: Routine;
  /** (target, a, b) */
  readonly add: Routine;
  /** (target, a, affine b) */
  readonly addAffine: Routine;
  /** (target, affine a) */
  readonly fromAffine: Routine;
  /** (target, a): canonical affine, zero bytes for infinity. Constant time. */
  readonly toAffine: Routine;
  /** (target, affine a, negate): the point or its negative. */
  readonly signed: Routine;
  readonly setInfinity: Routine;
}

export function points(layout: Layout, field: Field): Points {
  const size = field.bytes;
  const names = (count: number) => Array.from({ length: count }, () => layout.temporary(size));
  const isNullAffine = nullTest(2 * size);
  const setInfinity = zeroer(3 * size);
  const copy = copier(3 * size);
  const copyAffine = copier(2 * size);
  const call = {
    mul: (t: number, a: Operand, b: Operand) => invoke(field.mul, t, a, b),
    square: (t: number, a: Operand) => invoke(field.square, t, a),
    add: (t: number, a: Operand, b: Operand) => invoke(field.add, t, a, b),
    sub: (t: number, a: Operand, b: Operand) => invoke(field.sub, t, a, b),
  };
  const double = doubleRoutine(field, call, names(6));
  const fromAffine = routine({ args: 2 }, ({ args: [target, a] }) => {
    invoke(isNullAffine, a!);
    when(
      () => invoke(setInfinity, target!),
      () => {
        invoke(copyAffine, target!, a!);
        invoke(field.copy, at(target!, 2 * size), field.one);
      },
    );
  });
  const [zi, zi2] = names(2) as [number, number];
  return {
    bytes: 3 * size,
    affineBytes: 2 * size,
    copy,
    copyAffine,
    setInfinity,
    double,
    fromAffine,
    addAffine: addRoutine(
      field,
      call,
      names(11),
      { double, copy, fromAffine, setInfinity, isNullAffine },
      true,
    ),
    add: addRoutine(field, call, names(11), { double, copy, fromAffine, setInfinity, isNullAffine }, false),
    toAffine: routine({ args: 2 }, ({ args: [target, a] }) => {
      invoke(field.invert, zi, at(a!, 2 * size));
      invoke(field.square, zi2, zi);
      invoke(field.mul, zi, zi, zi2);
      invoke(field.mul, zi2, zi2, a!);
      invoke(field.mul, zi, zi, at(a!, size));
      invoke(field.canonical, target!, zi2);
      invoke(field.canonical, at(target!, size), zi);
    }),
    signed: routine({ args: 3 }, ({ args: [target, a, negate] }) => {
      invoke(field.copy, target!, a!);
      local.get(negate!);
      when(
        () => invoke(field.negate, at(target!, size), at(a!, size)),
        () => invoke(field.copy, at(target!, size), at(a!, size)),
      );
    }),
  };
}

type Operand = Parameters<typeof at>[0];
interface Calls {
  mul(t: number, a: Operand, b: Operand): void;
  square(t: number, a: Operand): void;
  add(t: number, a: Operand, b: Operand): void;
  sub(t: number, a: Operand, b: Operand): void;
}

function doubleRoutine(field: Field, { mul, square, add }: Calls, temps: readonly number[]): Routine {
  const size = field.bytes;
  const [a, b, c, d, e, t] = temps as [number, number, number, number, number, number];
  return routine({ args: 2 }, ({ args: [target, point] }) => {
    const [x, y, z] = [point!, at(point!, size), at(point!, 2 * size)] as const;
    square(a, x);
    square(b, y);
    square(c, b);
    add(d, x, b);
    square(d, d);
    invoke(field.subBoth, d, d, a, c);
    invoke(field.double, d, d);
    invoke(field.triple, e, a);
    mul(t, y, z);
    invoke(field.double, at(target!, 2 * size), t);
    square(t, e);
    invoke(field.subTwice, target!, t, d);
    invoke(field.sub, d, d, target!);
    mul(e, e, d);
    invoke(field.double, c, c);
    invoke(field.double, c, c);
    invoke(field.subTwice, at(target!, size), e, c);
  });
}

interface Parts {
  readonly double: Routine;
  readonly copy: Routine;
  readonly fromAffine: Routine;
  readonly setInfinity: Routine;
  readonly isNullAffine: Routine;
}

/** Addition; with an affine second operand, Z2 = 1 saves five multiplications. */
function addRoutine(
  field: Field,
  { mul, square, add, sub }: Calls,
  temps: readonly number[],
  parts: Parts,
  mixed: boolean,
): Routine {
  const size = field.bytes;
  const [z1z1, z2z2, u1, u2, s1, s2, h, i, j, rr, v] = temps as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return routine({ args: 3 }, ({ args }) => {
    const [target, p, q] = args as [I32, I32, I32];
    const [x1, y1, z1] = [p, at(p, size), at(p, 2 * size)] as const;
    const [x2, y2, z2] = [q, at(q, size), at(q, 2 * size)] as const;
    if (mixed) invoke(parts.isNullAffine, q);
    else invoke(field.isNull, z2);
    when(
      () => invoke(parts.copy, target, p),
      () => {
        invoke(field.isNull, z1);
        when(() => (mixed ? invoke(parts.fromAffine, target, q) : invoke(parts.copy, target, q)), general);
      },
    );
    function general() {
      square(z1z1, z1);
      mul(u2, x2, z1z1);
      mul(s2, y2, z1z1);
      mul(s2, s2, z1);
      if (!mixed) {
        square(z2z2, z2);
        mul(u1, x1, z2z2);
        mul(s1, y1, z2z2);
        mul(s1, s1, z2);
      }
      sub(h, u2, mixed ? x1 : u1);
      sub(rr, s2, mixed ? y1 : s1);
      invoke(field.isZero, h);
      when(() => {
        invoke(field.isZero, rr);
        when(
          () => invoke(parts.double, target, p),
          () => invoke(parts.setInfinity, target),
        );
      }, distinct);
    }
    function distinct() {
      invoke(field.double, rr, rr);
      invoke(field.double, i, h);
      square(i, i);
      mul(j, h, i);
      mul(v, mixed ? x1 : u1, i);
      mul(s1, mixed ? y1 : s1, j);
      add(i, z1, mixed ? h : z2);
      square(i, i);
      if (mixed) {
        // Z3 = (Z1 + H)^2 - Z1Z1 - HH, with HH = i / 4
        square(u1, h);
        invoke(field.subBoth, at(target, 2 * size), i, z1z1, u1);
      } else {
        invoke(field.subBoth, i, i, z1z1, z2z2);
        mul(i, i, h);
        invoke(field.copy, at(target, 2 * size), i);
      }
      square(i, rr);
      sub(i, i, j);
      invoke(field.subTwice, target, i, v);
      sub(v, v, target);
      mul(v, v, rr);
      invoke(field.subTwice, at(target, size), v, s1);
    }
  });
}
