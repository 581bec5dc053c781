/** PFSELFTEST: the parts of the HyperLogLog checked against each other and against the error they may have. */
import { hllFormat } from './hll-format.ts';
import { HyperLogLog } from './hyperloglog.ts';

const { registers, rankMax } = hllFormat;
/** As many as take some tens of milliseconds: nothing else is answered meanwhile. */
const elements = 20_000;
/** Standard error of an estimate: 1.04 / sqrt(registers). Six of them are not met by chance. */
const errorMax = (6 * 1.04) / Math.sqrt(registers);
/** Larger than any sparse form. */
const neverDense = 2 ** 31;

/** @param random evenly in [0, 1) @returns what is wrong, undefined when nothing is */
export function hllSelfTest(random: () => number): string | undefined {
  return testRegisters(random) ?? testCounts(random);
}

/** Registers keep what was put in, whatever their neighbours hold, in both encodings. */
function testRegisters(random: () => number): string | undefined {
  const dense = HyperLogLog.scratch(0);
  const sparse = HyperLogLog.scratch(neverDense);
  const wanted = new Uint8Array(registers);
  dense.toDense();
  for (let i = 0; i < registers / 4; i++) {
    const register = Math.floor(random() * registers);
    const rank = 1 + Math.floor(random() * 32);
    wanted[register] = Math.max(wanted[register]!, rank);
    dense.raise(register, rank);
    sparse.raise(register, rank);
  }
  for (const [name, hll] of [
    ['dense', dense],
    ['sparse', sparse],
  ] as const) {
    const found = hll.ranks();
    for (let i = 0; i < registers; i++) {
      if (found[i] !== wanted[i])
        return `TESTFAILED Register ${i} of the ${name} form is ${found[i]}, not ${wanted[i]}`;
    }
  }
  dense.raise(registers - 1, rankMax);
  return dense.ranks()[registers - 1] === rankMax ? undefined : 'TESTFAILED The last register is not kept';
}

/** Estimates are near, and a sparse string that may become dense agrees with one that is dense from the start. */
function testCounts(random: () => number): string | undefined {
  const prefix = String(random());
  const dense = HyperLogLog.scratch(0);
  const either = HyperLogLog.scratch(3000);
  dense.toDense();
  let next = 1;
  for (let added = 1; added <= elements; added++) {
    const element = prefix + added;
    const one = dense.add(element);
    if (one !== either.add(element)) return `TESTFAILED Encodings disagree on element ${added}`;
    if (one) {
      dense.invalidate();
      either.invalidate();
    }
    if (added !== next) continue;
    next *= 10;
    const count = Number(dense.count());
    if (count !== Number(either.count())) return `TESTFAILED Encodings count differently at ${added}`;
    if (Math.abs(count - added) > Math.ceil(added * errorMax))
      return `TESTFAILED ${added} elements count as ${count}`;
  }
  return undefined;
}
