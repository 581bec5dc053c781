/**
 * Measures the delay function on this machine: `node node/crypto/vdf/bench/squarings.ts [--json]`. Takes about half a minute.
 * Numbers are medians of rounds, in the calling thread unless said.
 */
import { pathToFileURL } from 'node:url';
import { calibrationGroup } from '../calibrate.ts';
import { compose, power, square } from '../compose.ts';
import { discriminantAt, discriminantOf } from '../discriminant.ts';
import { evaluate, prove } from '../evaluate.ts';
import { type Form, generator } from '../form.ts';
import { outputBytes } from '../format/v1.ts';
import { solve } from '../solve.ts';
import { refusal, refusalIn, refusalWithHint } from '../verify.ts';
import { nativeMayBePrime } from '../worker/native-prime.ts';

export interface VdfMeasurement {
  readonly bits: number;
  readonly squaringsPerSecond: number;
  readonly compositionsPerSecond: number;
  /** Time of the proof as a part of the evaluation's, by number of squarings. */
  readonly proofShare: Readonly<Record<number, number>>;
  readonly verifyKnownMs: number;
  readonly verifyWithHintMs: number;
  readonly verifyWithSearchMs: number;
  readonly discriminantMs: number;
  readonly discriminantNativeMs: number;
  readonly discriminantAtHintMs: number;
  /** Slowest of the hostile outputs that could be made: true elements, extreme coefficients, small and large. */
  readonly verifyHostileMsMax: number;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[sorted.length >> 1]!;
}

/** Milliseconds of each of `rounds` calls. */
function times(rounds: number, work: (round: number) => void): number[] {
  return Array.from({ length: rounds }, (_, round) => {
    const start = performance.now();
    work(round);
    return performance.now() - start;
  });
}

const challengeOf = (round: number): Uint8Array => new TextEncoder().encode(`bench ${round}`);

function arithmetic(bits: number): { squaringsPerSecond: number; compositionsPerSecond: number } {
  const group = calibrationGroup(bits);
  const other = power(generator(group), (1n << 300n) + 12_345n, group);
  let form: Form = other;
  const run = (step: (form: Form) => Form): number => {
    for (let n = 0; n < 2000; n++) form = step(form);
    return (
      1_000_000 /
      median(
        times(9, () => {
          for (let n = 0; n < 1000; n++) form = step(form);
        }),
      )
    );
  };
  return {
    squaringsPerSecond: run((value) => square(value, group)),
    compositionsPerSecond: run((value) => compose(value, other, group)),
  };
}

function proofShare(bits: number): Record<number, number> {
  const group = calibrationGroup(bits);
  const shares: Record<number, number> = {};
  for (const iterations of [4_000, 16_000]) {
    shares[iterations] = median(
      Array.from({ length: 3 }, () => {
        let evaluation = evaluate(group, 1);
        const [whole] = times(1, () => {
          evaluation = evaluate(group, iterations);
        });
        const [proof] = times(1, () => prove(evaluation));
        return proof! / whole!;
      }),
    );
  }
  return shares;
}

/** Outputs made to be slow: each passes the cheap checks, and most reach the equation. */
function hostileOutputs(bits: number): Uint8Array[] {
  const { output } = solve(
    { challenge: challengeOf(0), iterations: 300, bits },
    { mayBePrime: nativeMayBePrime },
  );
  const half = outputBytes(bits) / 2;
  const swapped = new Uint8Array(output.length);
  swapped.set(output.subarray(half));
  swapped.set(output.subarray(0, half), half);
  const twice = output.slice();
  twice.copyWithin(half, 0, half);
  const small = output.slice();
  // The elements (1, 1) and (2, 1), valid in every group.
  small.fill(0, half);
  small[half + half / 2 - 1] = 1;
  small[small.length - 1] = 1;
  const generatorPi = small.slice();
  generatorPi[half + half / 2 - 1] = 2;
  const largest = new Uint8Array(output.length).fill(0xff);
  for (const at of [0, half / 2, half, half + half / 2]) largest[at] = 0x7f;
  return [output, swapped, twice, small, generatorPi, largest];
}

export function measureVdf(bits: number): VdfMeasurement {
  const iterations = 2000;
  const statements = Array.from({ length: 7 }, (_, round) => ({
    challenge: challengeOf(round),
    iterations,
    bits,
  }));
  const solved = statements.map((statement) => ({
    statement,
    ...solve(statement, { mayBePrime: nativeMayBePrime }),
  }));
  const groups = solved.map(({ statement, hint }) => discriminantAt(statement.challenge, bits, hint)!);
  const accept = (reason: string | undefined): void => {
    if (reason !== undefined) throw new Error(`a true output was refused: ${reason}`);
  };
  const each = <T>(work: (item: (typeof solved)[number], index: number) => T): number[] =>
    times(solved.length, (round) => work(solved[round]!, round));
  const hostile = hostileOutputs(bits);
  const group = discriminantOf(challengeOf(0), bits, { mayBePrime: nativeMayBePrime });
  return {
    bits,
    ...arithmetic(bits),
    proofShare: proofShare(bits),
    verifyKnownMs: median(
      each(({ output }, at) => accept(refusalIn({ group: groups[at]! }, iterations, output))),
    ),
    verifyWithHintMs: median(
      each(({ statement, hint, output }) => accept(refusalWithHint(statement, hint, output))),
    ),
    verifyWithSearchMs: median(each(({ statement, output }) => accept(refusal(statement, output)))),
    discriminantMs: median(each(({ statement }) => discriminantOf(statement.challenge, bits))),
    discriminantNativeMs: median(
      each(({ statement }) => discriminantOf(statement.challenge, bits, { mayBePrime: nativeMayBePrime })),
    ),
    discriminantAtHintMs: median(
      each(({ statement, hint }) => discriminantAt(statement.challenge, bits, hint)),
    ),
    verifyHostileMsMax: Math.max(
      ...hostile.map((output) =>
        median(
          times(5, () => {
            refusalIn(group, 2 ** 32 - 1, output);
          }),
        ),
      ),
    ),
  };
}

function print(measurement: VdfMeasurement): void {
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  const { bits, squaringsPerSecond, compositionsPerSecond } = measurement;
  console.log(`${bits} bits`);
  console.log(
    `  squarings/s ${Math.round(squaringsPerSecond)}, compositions/s ${Math.round(compositionsPerSecond)}`,
  );
  for (const [iterations, share] of Object.entries(measurement.proofShare)) {
    console.log(`  proof of ${iterations} squarings: ${(100 * share).toFixed(1)} % of the evaluation`);
  }
  console.log(
    `  verification ${ms(measurement.verifyKnownMs)}, with hint ${ms(measurement.verifyWithHintMs)}, ` +
      `with search ${ms(measurement.verifyWithSearchMs)}, hostile at most ${ms(measurement.verifyHostileMsMax)}`,
  );
  console.log(
    `  discriminant ${ms(measurement.discriminantMs)}, with OpenSSL ${ms(measurement.discriminantNativeMs)}, ` +
      `at its hint ${ms(measurement.discriminantAtHintMs)}`,
  );
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const measurements = [1024, 2048].map(measureVdf);
  if (process.argv.includes('--json')) console.log(JSON.stringify(measurements, null, 2));
  else measurements.forEach(print);
}
