/** Which of Alice's items Bob has too, and how many: Alice learns which, Bob learns the number. Zero stands for no item. */
import { type bool, type FixedArray, fill, u8, type u32 } from 'hypergate:mpc';

const size = 16;

interface Owner {
  items: FixedArray<u32, typeof size>;
}

function has<N extends number>(items: FixedArray<u32, N>, item: u32): bool {
  for (const each of items) {
    if (each === item) return true;
  }
  return false;
}

export default function main(alice: Owner, bob: Owner) {
  const shared = fill<bool, typeof size>(false);
  let count: u8 = 0;
  for (let i = 0; i < size; i++) {
    const item = alice.items[i];
    if (item === 0) continue;
    shared[i] = has(bob.items, item);
    count += u8(shared[i]);
  }
  return { alice: { shared }, bob: { count } };
}
