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

const affineBytes = 2 * fieldBytes;
const rowBytes = fixedRowBytes;

export interface FixedBase {
  /** (table, affine base, room of `fixedRoomBytes`). The base is in the subgroup and not infinity. */
  readonly table: Routine;
  /**
   * (points, table, digits) -> address behind the last point written: the entries whose sum is the multiple. Digits are i8,
   * lowest window first.
   */
  readonly gather: Routine;
}

export function fixedBase(
  layout: Layout,
  field: PrimeField,
  group: Points,
  toAffine: Routine,
  addPair: Routine,
): FixedBase {
  const running = layout.temporary(group.bytes);
  const rows = rowRoutine(layout, field, addPair);
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
  const gather = routine({ args: 3, result: true, i32: 4 }, ({ args, i32: [window, digit, sign, entry] }) => {
    const [points, from, digits] = args as [I32, I32, I32];
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
        invoke(group.signed, points, entry!, sign!);
        addTo(points, affineBytes);
      });
    });
    local.get(points);
  });
  return { table, gather };
}

/**
 * (table, known, room): in every row, entries known + 1 .. 2 known from entry `known` and entries 1 .. known: affine sums, one
 * inversion for all. No sum is exceptional: the multiples of a point of large prime order differ.
 */
function rowRoutine(layout: Layout, field: PrimeField, addPair: Routine): Routine {
  const [inverse, own] = [layout.temporary(fieldBytes), layout.temporary(fieldBytes)];
  return routine({ args: 3, i32: 7 }, ({ args, i32: [window, index, row, left, right, prefix, equal] }) => {
    const [table, known, room] = args as [I32, I32, I32];
    const operands = () => {
      pointTo(row!, table, window!, rowBytes);
      pointTo(right!, row!, index!, affineBytes);
      pointTo(left!, row!, known, affineBytes);
      addTo(left!, -affineBytes);
      local.get(left!);
      local.get(right!);
      i32.eq();
      local.set(equal!);
    };
    // Room holds, in turn, the product of all denominators so far and the next denominator.
    invoke(field.copy, room, field.one);
    local.get(room);
    local.set(prefix!);
    forRange(window!, 0, fixedWindows, 1, () => {
      forRange(index!, 0, known, 1, () => {
        operands();
        local.get(equal!);
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
        invoke(field.mul, own, inverse, prefix!);
        invoke(field.mul, inverse, inverse, at(prefix!, fieldBytes));
        pointTo(row!, right!, known, affineBytes);
        invoke(addPair, row!, left!, right!, own, equal!);
      });
    });
  });
}
