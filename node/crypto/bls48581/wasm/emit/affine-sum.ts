/**
 * Sums of many affine points, pair by pair, all pairs of a round with one inversion: six multiplications per sum, where
 * coordinates with denominators take ten. Coordinates are within (-0.6 p, 0.6 p).
 */
import { pairRoomBytes } from '../table-shape.ts';
import {
  type Address,
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
import { addTo, forRangeDown, pointTo } from './batch.ts';
import type { PrimeField } from './field.ts';
import { copier, nullTest, zeroer } from './field-linear.ts';
import type { XyzzPoints } from './xyzz.ts';

/** What a pair is: two points that differ in x, equal points, opposite points, no left or no right point. */
const kinds = { distinct: 0, equal: 1, opposite: 2, onlyRight: 3, onlyLeft: 4 } as const;

/**
 * (target, left, right, inverse, equal): left + right from the inverse of left.x - right.x, or of 2 left.y for equal points.
 * The target may be an operand.
 */
export function chord(layout: Layout, field: PrimeField): Routine {
  const size = field.bytes;
  const [slope, x, t] = [0, 1, 2].map(() => layout.temporary(size)) as [number, number, number];
  return routine({ args: 5 }, ({ args }) => {
    const [target, left, right, inverse, equal] = args as [I32, I32, I32, I32, I32];
    local.get(equal);
    when(
      () => {
        invoke(field.square, t, left);
        invoke(field.triple, t, t);
      },
      () => invoke(field.sub, t, at(left, size), at(right, size)),
    );
    invoke(field.mul, slope, inverse, t);
    // x3 = slope^2 - x1 - x2, y3 = slope (x1 - x3) - y1; shortened, because sums of sums would grow.
    invoke(field.square, x, slope);
    invoke(field.subBoth, x, x, left, right);
    invoke(field.shorten, x, x);
    invoke(field.sub, t, left, x);
    invoke(field.mul, t, t, slope);
    invoke(field.sub, t, t, at(left, size));
    invoke(field.copy, target, x);
    invoke(field.shorten, at(target, size), t);
  });
}

/** So few points are added one after the other: a round's inversion would cost more than it saves. Measured. */
const roundPointsMin = 24;

/**
 * (points, count, room): leaves the sum in the first place, canonical, zero bytes for infinity; the other places are used up.
 * The count is not zero. Room: `pairRoomBytes` per pair, and one field element more.
 */
export function affineSum(layout: Layout, field: PrimeField, addPair: Routine, xyzz: XyzzPoints): Routine {
  const acc = layout.temporary(xyzz.bytes);
  const size = field.bytes;
  const affineBytes = 2 * size;
  const stride = pairRoomBytes;
  const [inverse, own] = [layout.temporary(size), layout.temporary(size)];
  const isNull = nullTest(affineBytes);
  const clear = zeroer(affineBytes);
  const copyPoint = copier(affineBytes);
  const classify = classifier(layout, field, isNull);
  return routine({ args: 3, i32: 6 }, ({ args, i32: [index, half, left, right, prefix, kind] }) => {
    const [points, count, room] = args as [I32, I32, I32];
    const operands = () => {
      pointTo(left!, points, index!, affineBytes);
      pointTo(right!, left!, half!, affineBytes);
    };
    const denominator = (): Address => at(prefix!, size);
    const isKind = (value: number) => {
      local.get(kind!);
      i32.const(value);
      i32.eq();
    };
    const round = () => {
      local.get(count);
      i32.const(1);
      i32.shr_u();
      local.set(half!);
      invoke(field.copy, room, field.one);
      local.get(room);
      local.set(prefix!);
      forRange(index!, 0, half!, 1, () => {
        operands();
        invoke(classify, denominator(), left!, right!);
        local.set(kind!);
        local.get(prefix!);
        local.get(kind!);
        i32.store({ offset: 2 * size });
        invoke(field.mul, at(prefix!, stride), prefix!, denominator());
        addTo(prefix!, stride);
      });
      invoke(field.invert, inverse, prefix!);
      local.get(half!);
      local.set(index!);
      forRangeDown(index!, () => {
        operands();
        addTo(prefix!, -stride);
        invoke(field.mul, own, inverse, prefix!);
        invoke(field.mul, inverse, inverse, denominator());
        local.get(prefix!);
        i32.load({ offset: 2 * size });
        local.set(kind!);
        local.get(kind!);
        i32.const(kinds.equal);
        i32.le_u();
        when(
          () => invoke(addPair, left!, left!, right!, own, kind!),
          () => {
            isKind(kinds.opposite);
            when(() => invoke(clear, left!));
            isKind(kinds.onlyRight);
            when(() => invoke(copyPoint, left!, right!));
          },
        );
      });
      // An odd one out joins the next round.
      local.get(count);
      i32.const(1);
      i32.and();
      when(() => {
        pointTo(left!, points, half!, affineBytes);
        local.get(count);
        i32.const(1);
        i32.sub();
        local.set(index!);
        pointTo(right!, points, index!, affineBytes);
        invoke(copyPoint, left!, right!);
      });
      // count = ceil(count / 2)
      local.get(count);
      local.get(half!);
      i32.sub();
      local.set(count);
    };
    const isMany = () => {
      local.get(count);
      i32.const(roundPointsMin);
      i32.gt_u();
    };
    isMany();
    when(() =>
      repeat((again) => {
        round();
        isMany();
        again();
      }),
    );
    invoke(xyzz.setInfinity, acc);
    forRange(index!, 0, count, 1, () => {
      pointTo(left!, points, index!, affineBytes);
      invoke(xyzz.addAffine, acc, acc, left!);
    });
    invoke(xyzz.toAffine, points, acc);
  });
}

/** (denominator, left, right) -> kind; the denominator is one where there is nothing to divide. */
function classifier(layout: Layout, field: PrimeField, isNull: Routine): Routine {
  const size = field.bytes;
  const t = layout.temporary(size);
  return routine({ args: 3, result: true, i32: 1 }, ({ args, i32: [kind] }) => {
    const [denominator, left, right] = args as [I32, I32, I32];
    const trivial = (value: number) => {
      i32.const(value);
      local.set(kind!);
      invoke(field.copy, denominator, field.one);
    };
    const sameX = () => {
      invoke(field.sub, t, at(left, size), at(right, size));
      invoke(field.isZero, t);
      when(
        () => {
          i32.const(kinds.equal);
          local.set(kind!);
          invoke(field.double, denominator, at(left, size));
        },
        () => trivial(kinds.opposite),
      );
    };
    i32.const(kinds.distinct);
    local.set(kind!);
    invoke(isNull, left);
    when(
      () => trivial(kinds.onlyRight),
      () => {
        invoke(isNull, right);
        when(
          () => trivial(kinds.onlyLeft),
          () => {
            invoke(field.sub, denominator, left, right);
            invoke(field.isZero, denominator);
            when(sameX);
          },
        );
      },
    );
    local.get(kind!);
  });
}
