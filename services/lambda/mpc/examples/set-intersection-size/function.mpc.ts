/** How many items two sets have in common, and not which. Zero stands for no item; an item stands in a set once. */
import { type FixedArray, u8, type u32 } from 'hypergate:mpc';

const size = 16;

interface Owner {
  items: FixedArray<u32, typeof size>;
}

export default function main(alice: Owner, bob: Owner) {
  let count: u8 = 0;
  for (const item of alice.items) {
    for (const other of bob.items) {
      count += u8(item !== 0 && item === other);
    }
  }
  return { all: { count } };
}
