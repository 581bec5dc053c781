/** The average of three salaries, rounded down; nobody learns another one. Two who compare notes know the third from it. */
import { u32, u64 } from 'hypergate:mpc';

interface Employee {
  salary: u32;
}

export default function main(alice: Employee, bob: Employee, carol: Employee) {
  const sum = u64(alice.salary) + u64(bob.salary) + u64(carol.salary);
  return { all: { average: u32(sum / 3) } };
}
