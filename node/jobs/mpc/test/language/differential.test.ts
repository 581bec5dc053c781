/** What is compiled is what the source says: circuit, interpreter and, where JavaScript has the same numbers, JavaScript agree. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CompileError, compile, runCircuitInClear, runInClear } from '../../language/index.ts';
import { runAsJavaScript } from './as-javascript.ts';
import { Choices } from './choices.ts';
import { randomInputs } from './random-inputs.ts';
import { randomProgram } from './random-program.ts';

const seeds = fc.nat({ max: 2 ** 31 - 1 });

test('a random program computes the same as a circuit and statement by statement', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const { source, inputs } = randomProgram(`wide ${seed}`, false);
      const compiled = compiledWithin(source);
      const choices = new Choices(`inputs ${seed}`);
      for (let i = 0; i < 4; i++) {
        const values = randomInputs(choices, inputs);
        expect(runCircuitInClear(compiled, values), source).toEqual(runInClear(compiled, values));
      }
    }),
    { numRuns: 120 },
  );
});

test('a random program computes the same as a circuit and as JavaScript', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const { source, inputs } = randomProgram(`plain ${seed}`, true);
      const compiled = compiledWithin(source);
      const choices = new Choices(`inputs ${seed}`);
      for (let i = 0; i < 4; i++) {
        const values = randomInputs(choices, inputs);
        const { all, alice } = runAsJavaScript(source, Object.values(structuredClone(values))) as {
          all: object;
          alice: object;
        };
        expect(runCircuitInClear(compiled, values).alice, source).toEqual(
          withoutMinusZero({ ...all, ...alice }),
        );
      }
    }),
    { numRuns: 120 },
  );
});

/** One program in some ten thousand nests its loops beyond the limit of the compiler: another one takes its place. */
function compiledWithin(source: string): ReturnType<typeof compile> {
  try {
    return compile(source);
  } catch (error) {
    fc.pre(!(error instanceof CompileError && error.code === 'limit'));
    throw error;
  }
}

test('the same source gives the same circuit', () => {
  const { source } = randomProgram('again', false);
  expect(compile(source).circuit).toEqual(compile(source).circuit);
});

function withoutMinusZero(value: object): unknown {
  return JSON.parse(JSON.stringify(value));
}

type Terms = readonly (readonly [operator: string, operand: readonly [sign: string, digit: number]])[];

/** Operators without parentheses, of numbers that are known while compiling; JavaScript has the same ones for its bigints. */
test('operators bind as in JavaScript', () => {
  const closer = ['+', '-', '*', '<<', '>>', '%', '/'];
  const operand = fc.tuple(
    fc.constantFrom('', '', '', '', '- -', '~-', '-', '~'),
    fc.integer({ min: 1, max: 5 }),
  );
  const terms = (operators: readonly string[]) =>
    fc.array(fc.tuple(fc.constantFrom(...operators), operand), { minLength: 1, maxLength: 5 });
  const comparison = fc.tuple(
    fc.constantFrom('<', '<=', '>', '>=', '===', '!=='),
    terms(closer),
    terms(closer),
  );
  const conditions = fc.array(comparison, { minLength: 1, maxLength: 3 });
  const three = fc.array(terms([...closer, '&', '|', '^']), { minLength: 3, maxLength: 3 });
  const write = (
    compared: readonly (readonly [string, Terms, Terms])[],
    values: readonly Terms[],
    n: string,
  ) => {
    const one = (of: Terms): string =>
      `7${n}${of.map(([operator, [sign, digit]]) => ` ${operator} ${sign}${digit}${n}`).join('')}`;
    const all = compared.map(([operator, a, b]) => `${one(a)} ${operator} ${one(b)}`);
    const [a, b, c] = values.map(one);
    return `${all.join(' && ')} || ${all.toReversed().join(' || ')} ? ${a} : !(${all[0]}) ? ${b} : ${c}`;
  };
  let compared = 0;
  fc.assert(
    fc.property(conditions, three, (conditions, values) => {
      const text = write(conditions, values, 'n');
      const expected = attempt(() => new Function(`return ${text};`)() as bigint);
      const compiled = attempt(() =>
        compile(`import { i256, u8 } from 'hypergate:mpc';
          const value: i256 = ${write(conditions, values, '')};
          export default function main(alice: { x: u8 }) {
            return { all: { x: alice.x, value } };
          }`),
      );
      // A shift or a division that JavaScript refuses, and a value that is too long, are refused here too.
      if (expected === undefined || compiled === undefined) return;
      compared++;
      expect(runCircuitInClear(compiled, { alice: { x: 0 } }).alice?.value, text).toBe(String(expected));
    }),
    { numRuns: 500 },
  );
  expect(compared).toBeGreaterThan(100);
});

/** Undefined for what is refused. */
function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError || (error instanceof Error && error.name === 'CompileError'))
      return undefined;
    throw error;
  }
}
