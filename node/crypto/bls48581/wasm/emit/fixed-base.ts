/**
 * Multiplication of a fixed point: for each window of 6 bits the multiples 1..32 of 2^(6 window) * base, affine. A scalar in
 * signed digits is then a sum of at most 87 entries.
 */

import { fieldBytes } from '../numbers.ts';
import { fixedEntries, fixedRowBytes, fixedWindowBits, fixedWindows } from '../table-shape.ts';
import {
  at,
  forRange,
  type I32,
  i32,
  invoke,
  type Layout,
  local,
  type Routine,
  routine,
  when,
} from './asm.ts';
import { addTo, forRangeDown, pointTo } from './batch.ts';
import type { PrimeField } from './field.ts';
import { splitSign } from './multi-sum.ts';
import type { Points } from './points.ts';
import type { XyzzPoints } from './xyzz.ts';

const affineBytes = 2 * fieldBytes;
const rowBytes = fixedRowBytes;

export interface FixedBase {
  /** (table, affine base, room of `fixedRoomBytes`). The base is in the subgroup and not infinity. */
  readonly table: Routine;
  /** (xyzz accumulator, table, digits): adds the multiple; digits are i8, lowest window first. */
  readonly accumulate: Routine;
}

export function fixedBase(
  layout: Layout,
  field: PrimeField,
  group: Points,
  xyzz: XyzzPoints,
  toAffine: Routine,
): FixedBase {
  const running = layout.temporary(group.bytes);
  const rows = rowRoutine(layout, field);
  const table = routine({ args: 3, i32: 3 }, ({ args, i32: [window, turn, jacobian] }) => {
    const [into, base, room] = args as [I32, I32, I32];
    invoke(group.fromAffine, running, base);
    local.get(room);
    local.set(jacobian!);
    forRange(window!, 0, fixedWindows, 1, () => {
      invoke(group.copy, jacobian!, running);
      addTo(jacobian!, group.bytes);
      forRange(turn!, 0, fixedWindowBits, 1, () => invoke(group.double, running, running));
    });
    invoke(toAffine, into, rowBytes, room, fixedWindows, jacobian!);
    for (let known = 1; known < fixedEntries; known *= 2) invoke(rows, into, known, room);
  });
  const point = layout.temporary(affineBytes);
  const accumulate = routine({ args: 3, i32: 4 }, ({ args, i32: [window, digit, sign, entry] }) => {
    const [acc, from, digits] = args as [I32, I32, I32];
    forRange(window!, 0, fixedWindows, 1, () => {
      local.get(digits);
      local.get(window!);
      i32.add();
      i32.load8_s({});
      local.tee(digit!);
      when(() => {
        splitSign(digit!, sign!);
        addTo(digit!, -1);
        pointTo(entry!, from, window!, rowBytes);
        pointTo(entry!, entry!, digit!, affineBytes);
        invoke(group.signed, point, entry!, sign!);
        invoke(xyzz.addAffine, acc, acc, point);
      });
    });
  });
  return { table, accumulate };
}

/**
 * (table, known, room): in every row, entries known + 1 .. 2 known from entry `known` and entries 1 .. known: affine sums, one
 * inversion for all. No sum is exceptional: the multiples of a point of large prime order differ.
 */
function rowRoutine(layout: Layout, field: PrimeField): Routine {
  const [inverse, slope, x] = [0, 1, 2].map(() => layout.temporary(fieldBytes)) as [number, number, number];
  const numerator = layout.temporary(fieldBytes);
  return routine(
    { args: 3, i32: 7 },
    ({ args, i32: [window, index, row, left, right, prefix, denominator] }) => {
      const [table, known, room] = args as [I32, I32, I32];
      const operands = () => {
        pointTo(row!, table, window!, rowBytes);
        pointTo(right!, row!, index!, affineBytes);
        pointTo(left!, row!, known, affineBytes);
        addTo(left!, -affineBytes);
      };
      const isDouble = () => {
        local.get(left!);
        local.get(right!);
        i32.eq();
      };
      // Room holds, in turn, the product of all denominators so far and the next denominator.
      invoke(field.copy, room, field.one);
      local.get(room);
      local.set(prefix!);
      forRange(window!, 0, fixedWindows, 1, () => {
        forRange(index!, 0, known, 1, () => {
          operands();
          isDouble();
          when(
            () => invoke(field.double, at(prefix!, fieldBytes), at(left!, fieldBytes)),
            () => invoke(field.sub, at(prefix!, fieldBytes), left!, right!),
          );
          invoke(field.mul, at(prefix!, 2 * fieldBytes), prefix!, at(prefix!, fieldBytes));
          addTo(prefix!, 2 * fieldBytes);
        });
      });
      invoke(field.invert, inverse, prefix!);
      i32.const(fixedWindows);
      local.set(window!);
      forRangeDown(window!, () => {
        local.get(known);
        local.set(index!);
        forRangeDown(index!, () => {
          operands();
          addTo(prefix!, -2 * fieldBytes);
          local.get(prefix!);
          i32.const(fieldBytes);
          i32.add();
          local.set(denominator!);
          invoke(field.mul, slope, inverse, prefix!);
          invoke(field.mul, inverse, inverse, denominator!);
          isDouble();
          when(
            () => {
              invoke(field.square, numerator, left!);
              invoke(field.triple, numerator, numerator);
            },
            () => invoke(field.sub, numerator, at(left!, fieldBytes), at(right!, fieldBytes)),
          );
          invoke(field.mul, slope, slope, numerator);
          // x3 = slope^2 - x1 - x2, y3 = slope (x1 - x3) - y1; shortened, because sums of sums would grow.
          invoke(field.square, x, slope);
          invoke(field.subBoth, x, x, left!, right!);
          invoke(field.shorten, x, x);
          invoke(field.sub, numerator, left!, x);
          invoke(field.mul, numerator, numerator, slope);
          invoke(field.sub, numerator, numerator, at(left!, fieldBytes));
          pointTo(right!, right!, known, affineBytes);
          invoke(field.copy, right!, x);
          invoke(field.shorten, at(right!, fieldBytes), numerator);
        });
      });
    },
  );
}
