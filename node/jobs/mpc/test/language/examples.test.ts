/** The examples compute what they say, and are TypeScript to TypeScript's own compiler. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CompiledProgram,
  compile,
  type ProgramInputs,
  type ProgramResults,
  runCircuitInClear,
  runInClear,
} from '../../language/index.ts';

const folder = new URL('../../language/examples/', import.meta.url);

function example(name: string): CompiledProgram {
  const fileName = `${name}.mpc.ts`;
  const compiled = compile(readFileSync(new URL(fileName, folder), 'utf8'), { fileName });
  expect(compiled.warnings).toEqual([]);
  return compiled;
}

/** Both ways. */
function run(program: CompiledProgram, inputs: ProgramInputs): ProgramResults {
  const results = runCircuitInClear(program, inputs);
  expect(runInClear(program, inputs)).toEqual(results);
  return results;
}

const word = fc.nat({ max: 2 ** 32 - 1 });
const small = fc.nat({ max: 5 });

test('millionaires', () => {
  const program = example('millionaires');
  const wealth = fc.oneof(small.map(BigInt), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
  fc.assert(
    fc.property(wealth, wealth, (a, b) => {
      const learnt = { aliceIsRicher: a > b, equal: a === b };
      const inputs = { alice: { wealth: String(a) }, bob: { wealth: b } };
      expect(run(program, inputs)).toEqual({ alice: learnt, bob: learnt });
    }),
  );
});

test('second-price auction', () => {
  const program = example('second-price-auction');
  const bid = fc.oneof(small, word);
  fc.assert(
    fc.property(bid, bid, bid, bid, (...bids) => {
      const [reserve, ann, ben, cem] = bids;
      const inputs = { seller: { reserve }, ann: { bid: ann }, ben: { bid: ben }, cem: { bid: cem } };
      const highest = Math.max(...bids);
      const winner = bids.indexOf(highest);
      const price = Math.max(...bids.toSpliced(winner, 1));
      const toPay = (bidder: number): number => (winner === bidder ? price : 0);
      expect(run(program, inputs)).toEqual({
        seller: { winner, price },
        ann: { winner, toPay: toPay(1) },
        ben: { winner, toPay: toPay(2) },
        cem: { winner, toPay: toPay(3) },
      });
    }),
  );
});

test('set intersection', () => {
  const program = example('set-intersection');
  const items = fc.array(fc.nat({ max: 30 }), { minLength: 16, maxLength: 16 });
  fc.assert(
    fc.property(items, items, (a, b) => {
      const shared = a.map((item) => item !== 0 && b.includes(item));
      const count = shared.filter((each) => each).length;
      const inputs = { alice: { items: a }, bob: { items: b } };
      expect(run(program, inputs)).toEqual({ alice: { shared }, bob: { count } });
    }),
    { numRuns: 30 },
  );
});

test('linear model', () => {
  const program = example('linear-model');
  const number = fc.integer({ min: -(2 ** 20), max: 2 ** 20 });
  const vector = fc.array(number, { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(
      vector,
      vector,
      number,
      number,
      fc.nat({ max: 15 }),
      (weights, features, bias, threshold, scale) => {
        const sum = weights.reduce((all, each, i) => all + BigInt(each) * BigInt(features[i]!), 1n << 15n);
        const score = Number(BigInt.asIntN(32, BigInt.asIntN(32, sum >> 16n) + BigInt(bias)));
        const inputs = { owner: { weights, bias, threshold }, client: { features, scale } };
        expect(run(program, inputs)).toEqual({
          owner: {},
          client: { score: score >> scale, isAbove: score > threshold },
        });
      },
    ),
    { numRuns: 30 },
  );
});

test('password check', () => {
  const program = example('password-check');
  const password = Buffer.alloc(24, 'correct horse');
  const salt = Buffer.alloc(16, 7);
  const digest = createHash('sha256').update('password:').update(salt).update(password).digest('hex');
  for (const [given, accepted] of [
    [password, true],
    [Buffer.alloc(24, 'other horse'), false],
  ] as const) {
    const inputs = { client: { password: given.toString('hex') }, server: { salt, digest } };
    expect(run(program, inputs)).toEqual({ client: { accepted }, server: { accepted } });
  }
});

test('median of three', () => {
  const program = example('median-of-three');
  const salary = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));
  fc.assert(
    fc.property(salary, salary, salary, (a, b, c) => {
      const median = [a, b, c].sort((x, y) => x - y)[1];
      const inputs = { alice: { salary: a }, bob: { salary: b }, carol: { salary: c } };
      expect(run(program, inputs)).toEqual({ alice: { median }, bob: { median }, carol: { median } });
    }),
  );
});

test('the example of the README', () => {
  const text = readFileSync(new URL('../README.md', folder), 'utf8');
  const [source] = [...text.matchAll(/```ts\n([^`]*)```/g)].map((match) => match[1]!);
  const program = compile(source!);
  expect(program.warnings).toEqual([]);
  expect(run(program, { alice: { bid: 7 }, bob: { bid: 5 } })).toEqual({
    alice: { winner: 0, toPay: 5 },
    bob: { winner: 0 },
  });
});

describe('to the compiler of TypeScript', () => {
  const root = new URL('../../../../../', import.meta.url);
  const tsc = fileURLToPath(new URL('node_modules/typescript/bin/tsc', root));

  test('the examples and the declarations are right', () => {
    execFileSync(process.execPath, [tsc, '--project', fileURLToPath(folder)], { stdio: 'pipe' });
  });
});
