/**
 * Multiplication by secret scalars. Complete formulas for y^2 = x^3 + b in homogeneous coordinates (Renes, Costello, Batina,
 * ePrint 2015/1060, algorithms 7 and 9): one sequence of operations for all points of odd order, infinity and equal operands
 * included. Windows of four bits; each table look-up reads the whole table and selects by masks.
 */
import { i32x4 } from 'wasmati';
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
  routine,
  type V128,
  v128,
} from './asm.ts';
import { addTo, forRangeDown } from './batch.ts';
import type { Field } from './field.ts';
import { zeroer } from './field-linear.ts';

const windowBits = 4;
const entries = 2 ** windowBits;
/** Scalars are 65 bytes little-endian, 520 bits. */
export const secretScalarBytes = 65;

/** (target affine, affine a in the subgroup, scalar). @param b3 address of 3b */
export function secretMultiplication(layout: Layout, field: Field, b3: number): Routine {
  const size = field.bytes;
  const pointBytes = 3 * size;
  const table = layout.temporary(entries * pointBytes);
  const acc = layout.temporary(pointBytes);
  const entry = layout.temporary(pointBytes);
  const add = completeAdd(layout, field, b3);
  const double = completeDouble(layout, field, b3);
  const lookUp = lookUpRoutine(entry, table, pointBytes);
  const wipe = zeroer(pointBytes);
  const wipeTable = zeroer(entries * pointBytes);
  const [inverse, x] = [layout.temporary(size), layout.temporary(size)];
  const setInfinity = (target: number) => {
    invoke(wipe, target);
    invoke(field.copy, target + size, field.one);
  };
  return routine({ args: 3, i32: 2 }, ({ args, i32: [index, turn] }) => {
    const [target, a, scalar] = args as [I32, I32, I32];
    setInfinity(table);
    invoke(field.copy, table + pointBytes, a);
    invoke(field.copy, table + pointBytes + size, at(a, size));
    invoke(field.copy, table + pointBytes + 2 * size, field.one);
    for (let k = 2; k < entries; k++) {
      invoke(add, table + k * pointBytes, table + (k - 1) * pointBytes, table + pointBytes);
    }
    setInfinity(acc);
    i32.const(secretScalarBytes * (8 / windowBits));
    local.set(index!);
    forRangeDown(index!, () => {
      forRange(turn!, 0, windowBits, 1, () => invoke(double, acc, acc));
      // digit = scalar[index / 2] >> (4 * (index % 2)) & 15
      local.get(scalar);
      local.get(index!);
      i32.const(1);
      i32.shr_u();
      i32.add();
      i32.load8_u({});
      local.get(index!);
      i32.const(1);
      i32.and();
      i32.const(2);
      i32.shl();
      i32.shr_u();
      i32.const(entries - 1);
      i32.and();
      local.set(turn!);
      invoke(lookUp, turn!);
      invoke(add, acc, acc, entry);
    });
    invoke(field.invert, inverse, acc + 2 * size);
    invoke(field.mul, x, inverse, acc);
    invoke(field.canonical, target, x);
    invoke(field.mul, x, inverse, acc + size);
    invoke(field.canonical, at(target, size), x);
    for (const secret of [acc, entry]) invoke(wipe, secret);
    invoke(wipeTable, table);
  });
}

/** (digit): entry = table[digit], by reading all. */
function lookUpRoutine(entry: number, table: number, pointBytes: number): Routine {
  const clear = zeroer(pointBytes);
  return routine({ args: 1, i32: 3, v128: 1 }, ({ args: [digit], i32: [k, offset, from], v128: [mask] }) => {
    invoke(clear, entry);
    i32.const(table);
    local.set(from!);
    forRange(k!, 0, entries, 1, () => {
      // -1 when digit = k: (digit xor k) - 1 is negative for zero alone.
      local.get(digit!);
      local.get(k!);
      i32.xor();
      i32.const(1);
      i32.sub();
      i32.const(31);
      i32.shr_s();
      i32x4.splat();
      local.set(mask!);
      forRange(offset!, 0, pointBytes, 16, () => selectInto(entry, offset!, from!, mask!));
      addTo(from!, pointBytes);
    });
  });
}

function selectInto(entry: number, offset: I32, from: I32, mask: V128): void {
  local.get(offset);
  local.get(offset);
  v128.load({ offset: entry });
  local.get(from);
  local.get(offset);
  i32.add();
  v128.load({});
  local.get(mask);
  v128.and();
  v128.or();
  v128.store({ offset: entry });
}

/** Algorithm 7. (target, a, b); the target may be an operand. */
function completeAdd(layout: Layout, field: Field, b3: number): Routine {
  const size = field.bytes;
  const [t0, t1, t2, t3, t4, t5, s, d] = Array.from({ length: 8 }, () => layout.temporary(size)) as [
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
    const [target, a, b] = args as [I32, I32, I32];
    const coordinates = (base: I32) => [base, at(base, size), at(base, 2 * size)] as const;
    const [x1, y1, z1] = coordinates(a);
    const [x2, y2, z2] = coordinates(b);
    invoke(field.mul, t0, x1, x2);
    invoke(field.mul, t1, y1, y2);
    invoke(field.mul, t2, z1, z2);
    // u v' + u' v = (u + v)(u' + v') - u u' - v v'
    const cross = (into: number, left: readonly [Address, Address], right: readonly [Address, Address]) => {
      invoke(field.add, s, left[0], left[1]);
      invoke(field.add, d, right[0], right[1]);
      invoke(field.mul, into, s, d);
    };
    cross(t3, [x1, y1], [x2, y2]);
    invoke(field.subBoth, t3, t3, t0, t1);
    cross(t4, [y1, z1], [y2, z2]);
    invoke(field.subBoth, t4, t4, t1, t2);
    cross(t5, [x1, z1], [x2, z2]);
    invoke(field.subBoth, t5, t5, t0, t2);
    invoke(field.triple, t0, t0);
    invoke(field.mul, t2, t2, b3);
    invoke(field.mul, t5, t5, b3);
    invoke(field.add, s, t1, t2);
    invoke(field.sub, d, t1, t2);
    // X = t3 d - t4 t5, Y = s d + t0 t5, Z = s t4 + t0 t3
    invoke(field.mul, t1, t3, d);
    invoke(field.mul, t2, t4, t5);
    invoke(field.sub, target, t1, t2);
    invoke(field.mul, t1, s, d);
    invoke(field.mul, t2, t0, t5);
    invoke(field.add, at(target, size), t1, t2);
    invoke(field.mul, t1, s, t4);
    invoke(field.mul, t2, t0, t3);
    invoke(field.add, at(target, 2 * size), t1, t2);
  });
}

/** Algorithm 9. (target, a); the target may be the operand. */
function completeDouble(layout: Layout, field: Field, b3: number): Routine {
  const size = field.bytes;
  const [yy, eight, yz, b, xy, t] = Array.from({ length: 6 }, () => layout.temporary(size)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return routine({ args: 2 }, ({ args: [target, a] }) => {
    const [x, y, z] = [a!, at(a!, size), at(a!, 2 * size)] as const;
    invoke(field.square, yy, y);
    invoke(field.double, eight, yy);
    invoke(field.double, eight, eight);
    invoke(field.double, eight, eight);
    invoke(field.mul, yz, y, z);
    invoke(field.square, b, z);
    invoke(field.mul, b, b, b3);
    invoke(field.mul, xy, x, y);
    // Z = 8 y^3 z; with d = y^2 - 3 b3 z^2: X = 2 d x y, Y = d (y^2 + b3 z^2) + 8 b3 y^2 z^2
    invoke(field.mul, at(target!, 2 * size), yz, eight);
    invoke(field.mul, eight, eight, b);
    invoke(field.add, t, yy, b);
    invoke(field.triple, b, b);
    invoke(field.sub, yy, yy, b);
    invoke(field.mul, t, t, yy);
    invoke(field.add, at(target!, size), t, eight);
    invoke(field.mul, xy, xy, yy);
    invoke(field.double, target!, xy);
  });
}
