/** Many Jacobian points to affine with one inversion (Montgomery's trick). */
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
import type { Field } from './field.ts';
import type { Points } from './points.ts';

export const addTo = (target: I32, bytes: number) => {
  local.get(target);
  i32.const(bytes);
  i32.add();
  local.set(target);
};

/** Leaves base + index * bytes in the target. */
export const pointTo = (target: I32, base: I32 | number, index: I32, bytes: number) => {
  if (typeof base === 'number') i32.const(base);
  else local.get(base);
  local.get(index);
  i32.const(bytes);
  i32.mul();
  i32.add();
  local.set(target);
};

/**
 * (targets, stride, Jacobian points, count, room for count + 1 field elements): affine points, the next one `stride` bytes
 * behind. Coordinates are within (-0.51 p, 0.51 p), not canonical; infinity gives bytes of zero.
 */
export function batchToAffine(layout: Layout, field: Field, group: Points): Routine {
  const size = field.bytes;
  const [inverse, zi, zi2] = [layout.temporary(size), layout.temporary(size), layout.temporary(size)];
  return routine({ args: 5, i32: 4 }, ({ args, i32: [index, point, prefix, target] }) => {
    const [targets, stride, points, count, room] = args as [I32, I32, I32, I32, I32];
    invoke(field.copy, room, field.one);
    local.get(room);
    local.set(prefix!);
    forRange(index!, 0, count, 1, () => {
      pointTo(point!, points, index!, group.bytes);
      invoke(field.isNull, at(point!, 2 * size));
      when(
        () => invoke(field.copy, at(prefix!, size), prefix!),
        () => invoke(field.mul, at(prefix!, size), prefix!, at(point!, 2 * size)),
      );
      addTo(prefix!, size);
    });
    invoke(field.invert, inverse, prefix!);
    local.get(count);
    local.set(index!);
    // From the last to the first: 1/Z_k = inverse of the product of Z_0..Z_k times the product of Z_0..Z_(k-1).
    forRangeDown(index!, () => {
      pointTo(point!, points, index!, group.bytes);
      addTo(prefix!, -size);
      local.get(targets);
      local.get(index!);
      local.get(stride);
      i32.mul();
      i32.add();
      local.set(target!);
      invoke(field.isNull, at(point!, 2 * size));
      when(
        () => {
          invoke(field.zero, target!);
          invoke(field.zero, at(target!, size));
        },
        () => {
          invoke(field.mul, zi, inverse, prefix!);
          invoke(field.mul, inverse, inverse, at(point!, 2 * size));
          invoke(field.square, zi2, zi);
          invoke(field.mul, zi, zi, zi2);
          invoke(field.mul, target!, zi2, point!);
          invoke(field.mul, at(target!, size), zi, at(point!, size));
        },
      );
    });
  });
}

/** index counts down from its value, exclusive, to zero; it is not zero at the start. */
export function forRangeDown(index: I32, body: () => void): void {
  repeat((again) => {
    addTo(index, -1);
    body();
    local.get(index);
    again();
  });
}
