/**
 * Sums of multiples with public scalars. Few points: one run of doublings for all, tables of odd multiples (Straus). Many points:
 * buckets (Pippenger). Scalars arrive as signed digits made by the host.
 */
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
import { addTo, batchToAffine, forRangeDown, pointTo } from './batch.ts';
import type { Field } from './field.ts';
import type { Points } from './points.ts';
import type { XyzzPoints } from './xyzz.ts';

/** Odd multiples 1, 3, … 15 per point: windows of 5 bits. */
export const oddMultiples = 8;

export interface MultiSum {
  /**
   * (tables, affine points, count, room): `oddMultiples` affine points per point. Room: Jacobian points and field elements
   * for count * oddMultiples, and one field element more.
   */
  readonly oddTables: Routine;
  /** (target Jacobian, tables, count, digits, length): digit k of point i, odd or zero, at digits[k * count + i]. */
  readonly straus: Routine;
  readonly batchToAffine: Routine;
}

export function multiSum(layout: Layout, field: Field, group: Points): MultiSum {
  const toAffine = batchToAffine(layout, field, group);
  const twice = layout.temporary(group.bytes);
  const point = layout.temporary(group.affineBytes);
  const tableBytes = oddMultiples * group.affineBytes;
  const oddTables = routine({ args: 4, i32: 2 }, ({ args, i32: [index, jacobian] }) => {
    const [tables, points, count, room] = args as [I32, I32, I32, I32];
    local.get(room);
    local.set(jacobian!);
    forRange(index!, 0, count, 1, () => {
      invoke(group.fromAffine, jacobian!, points);
      invoke(group.double, twice, jacobian!);
      for (let k = 1; k < oddMultiples; k++) {
        invoke(group.add, at(jacobian!, group.bytes), jacobian!, twice);
        addTo(jacobian!, group.bytes);
      }
      addTo(jacobian!, group.bytes);
      addTo(points, group.affineBytes);
    });
    local.get(count);
    i32.const(oddMultiples);
    i32.mul();
    local.set(count);
    invoke(toAffine, tables, group.affineBytes, room, count, jacobian!);
  });
  const straus = routine({ args: 5, i32: 5 }, ({ args, i32: [step, index, digit, entry, sign] }) => {
    const [target, tables, count, digits, length] = args as [I32, I32, I32, I32, I32];
    invoke(group.setInfinity, target);
    local.get(length);
    local.set(step!);
    forRangeDown(step!, () => {
      invoke(group.double, target, target);
      forRange(index!, 0, count, 1, () => {
        local.get(digits);
        local.get(step!);
        local.get(count);
        i32.mul();
        i32.add();
        local.get(index!);
        i32.add();
        i32.load8_s({});
        local.tee(digit!);
        when(() => {
          splitSign(digit!, sign!);
          // (|digit| - 1) / 2
          local.get(digit!);
          i32.const(1);
          i32.shr_u();
          local.set(digit!);
          pointTo(entry!, tables, index!, tableBytes);
          pointTo(entry!, entry!, digit!, group.affineBytes);
          invoke(group.signed, point, entry!, sign!);
          invoke(group.addAffine, target, target, point);
        });
      });
    });
  });
  return { oddTables, straus, batchToAffine: toAffine };
}

/** sign = digit < 0, digit = |digit|. */
export function splitSign(digit: I32, sign: I32): void {
  local.get(digit);
  i32.const(31);
  i32.shr_u();
  local.set(sign);
  local.get(digit);
  i32.const(0);
  local.get(sign);
  i32.sub();
  i32.xor();
  local.get(sign);
  i32.add();
  local.set(digit);
}

/**
 * Pippenger: (target xyzz, affine points, count, digits, windows, windowBits, buckets). Digit of window k and point i, in
 * -2^(windowBits-1)..2^(windowBits-1), as i16 at digits[k * count + i]; buckets: 2^(windowBits-1) xyzz points.
 */
export function pippenger(layout: Layout, group: Points, xyzz: XyzzPoints): Routine {
  const [running, total] = [layout.temporary(xyzz.bytes), layout.temporary(xyzz.bytes)];
  const point = layout.temporary(group.affineBytes);
  const shape = { args: 7, i32: 6 };
  return routine(shape, ({ args, i32: [window, index, digit, sign, bucketCount, address] }) => {
    const [target, points, count, digits, windows, windowBits, buckets] = args as [
      I32,
      I32,
      I32,
      I32,
      I32,
      I32,
      I32,
    ];
    i32.const(1);
    local.get(windowBits);
    i32.const(1);
    i32.sub();
    i32.shl();
    local.set(bucketCount!);
    invoke(xyzz.setInfinity, target);
    local.get(windows);
    local.set(window!);
    forRangeDown(window!, () => {
      forRange(index!, 0, windowBits, 1, () => invoke(xyzz.double, target, target));
      forRange(index!, 0, bucketCount!, 1, () => {
        pointTo(address!, buckets, index!, xyzz.bytes);
        invoke(xyzz.setInfinity, address!);
      });
      forRange(index!, 0, count, 1, () => {
        local.get(window!);
        local.get(count);
        i32.mul();
        local.get(index!);
        i32.add();
        i32.const(1);
        i32.shl();
        local.get(digits);
        i32.add();
        i32.load16_s({});
        local.tee(digit!);
        when(() => {
          splitSign(digit!, sign!);
          pointTo(address!, points, index!, group.affineBytes);
          invoke(group.signed, point, address!, sign!);
          addTo(digit!, -1);
          pointTo(address!, buckets, digit!, xyzz.bytes);
          invoke(xyzz.addAffine, address!, address!, point);
        });
      });
      // sum of k * bucket k, from the last: running sums.
      invoke(xyzz.setInfinity, running);
      invoke(xyzz.setInfinity, total);
      local.get(bucketCount!);
      local.set(index!);
      forRangeDown(index!, () => {
        pointTo(address!, buckets, index!, xyzz.bytes);
        invoke(xyzz.add, running, running, address!);
        invoke(xyzz.add, total, total, running);
      });
      invoke(xyzz.add, target, target, total);
    });
  });
}
