/** The median of what three parties have. Nobody learns whose it is, unless it is the own one. */
import { type i32, max, min } from 'hypergate:mpc';

interface Party {
  salary: i32;
}

export default function main(alice: Party, bob: Party, carol: Party) {
  const [a, b, c] = [alice.salary, bob.salary, carol.salary];
  return { all: { median: max(min(a, b), min(max(a, b), c)) } };
}
