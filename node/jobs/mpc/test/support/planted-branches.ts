/** Functions whose control flow depends on a secret, each in another way, and one whose does not. */

export const planted: Readonly<Record<string, (bits: Uint8Array) => number>> = {
  'an if': (bits) => {
    let sum = 0;
    for (const bit of bits) {
      if (bit === 1) sum += 3;
    }
    return sum;
  },
  'a conditional expression': (bits) => bits.reduce((sum, bit) => sum + (bit === 1 ? 3 : 5), 0),
  'a logical operator': (bits) => bits.reduce((sum, bit) => sum + Number(bit === 1 && sum > -1), 0),
  'an early end': (bits) => {
    for (let i = 0; i < bits.length; i++) {
      if (bits[i] === 1) return i;
    }
    return bits.length;
  },
  'the length of a loop': (bits) => {
    let sum = 0;
    for (let i = 0; i < 4 + bits[0]!; i++) sum += i;
    return sum;
  },
  'a switch': (bits) => {
    let sum = 0;
    for (const bit of bits) {
      switch (bit) {
        case 1:
          sum += 7;
          break;
        default:
          sum += 2;
      }
    }
    return sum;
  },
  'a call': (bits) => [() => 1, () => 2][bits[0]!]!(),
};

/** Selects with masks. */
export function withoutBranches(bits: Uint8Array): number {
  let sum = 0;
  for (const bit of bits) sum += (3 & -bit) ^ (5 & (bit - 1));
  return sum;
}
