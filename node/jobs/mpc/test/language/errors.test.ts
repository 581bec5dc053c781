/** Every error says where it is, what is wrong and what to do. */
import { describe, expect, test } from 'vitest';
import { CompileError, type CompileLimits, compile } from '../../language/index.ts';
import { sourceOf } from './run.ts';

function errorOf(source: string, limits: Partial<CompileLimits> = {}): CompileError {
  try {
    compile(source, { fileName: 'a.mpc.ts', limits });
  } catch (error) {
    if (error instanceof CompileError) return error;
    throw error;
  }
  throw new Error('it was compiled');
}

const result = 'return { all: { result: x } };';

/** Body, code, what is marked, and a part of the text. */
describe('in a function', () => {
  test.each([
    ['const z = x + u16(y);', 'type-mismatch', 'x + u16(y)', /between u8 and u16.*u8\(x\) cuts it/],
    ['const z: u16 = x;', 'type-mismatch', 'x', /u8 where u16 has to be: u16\(x\) extends it/],
    ['const z: i8 = x;', 'type-mismatch', 'x', /i8\(x\) takes its bits as they are/],
    ['const z: bool = x;', 'type-mismatch', 'x', /compare it/],
    ['const z: u8 = x > y;', 'type-mismatch', 'x > y', /bool where u8/],
    ['const z = x + 256;', 'out-of-range', '256', /256 does not fit into u8, which holds 0 to 255/],
    ['const z = i8(-129);', 'out-of-range', '-129', /holds -128 to 127/],
    ['const z = u8(-1);', 'out-of-range', '-1', /does not fit/],
    ['for (let i = 250; i < 257; i++) { const z = x + i; }', 'out-of-range', 'i', /256 does not fit/],
    ['const z = x / 0;', 'division-by-zero', 'x / 0', /division by zero/],
    ['const n = 1 / 0;', 'division-by-zero', '1 / 0', /division by zero/],
    ['const z = [x, y][2];', 'index-out-of-range', '2', /no element 2: the length is 2/],
    [
      'const xs = [x]; for (let i = 0; i < 2; i++) { const z = xs[i]; }',
      'index-out-of-range',
      'i',
      /no element 1/,
    ],
    ['const z = nothing;', 'unknown-name', 'nothing', /there is no nothing/],
    ['const z = u24(x);', 'unknown-name', 'u24', /u24 is not imported: import/],
    ['const z = q; const q = x;', 'unknown-name', 'q', /further down/],
    ['const z = x; const z = y;', 'duplicate-name', 'z', /declared already/],
    ['x = 3;', 'not-assignable', 'x', /constant/],
    ['alice.x = 3;', 'not-assignable', 'alice', /make a copy/],
    ['const xs = [x, y]; const zs = xs; zs[0] = x;', 'not-assignable', 'zs[0]', /make a copy/],
    [
      'const xs = [x, y]; let zs = [y, x]; zs = x > y ? xs : zs; zs[0] = x;',
      'not-assignable',
      'zs[0]',
      /make a copy/,
    ],
    ['for (let i = 0; i < x; i++) {}', 'not-constant', 'i < x', /how often a loop runs/],
    ['while (x > 3) {}', 'not-constant', 'x > 3', /known while compiling/],
    ['for (let z = x; z < 3; z++) {}', 'not-constant', 'z < 3', /known while compiling/],
    ['let n = 0; if (x > y) n = 1;', 'number-under-secret', 'n = 1', /declare it with a type/],
    ['const z = x > y ? 1 : 2;', 'number-under-secret', 'x > y ? 1 : 2', /give them a type/],
    ['const xs = [1, 2]; const z = xs[x];', 'number-under-secret', 'xs[x]', /give the elements a type/],
    ['const xs = [x, y]; const z = xs[i8(x)];', 'type-mismatch', 'i8(x)', /unsigned/],
    [
      'const t: [u8, bool] = [x, true]; for (let i = 0; i < 2; i++) { const z = t[i]; }',
      'not-constant',
      'i',
      /tuple/,
    ],
    ['const xs = [x, y]; for (const z of xs) { xs[0] = z; }', 'not-assignable', 'xs', /goes through xs/],
    ['break;', 'misplaced', 'break', /loop/],
    ['x;', 'no-effect', 'x;', /no effect/],
    ['if (x) {}', 'type-mismatch', 'x', /compare it, as in x !== 0/],
    ['const z = x == y;', 'unsupported', '==', /===/],
    ['const z = (x: u8) => x;', 'unsupported', '(', /arrow/],
    ['const z = x as u16;', 'unsupported', 'as', /u32\(x\)/],
    ['const z = x = y;', 'unsupported', '=', /statement of its own/],
    ['const z = [x].map(y);', 'unsupported', '[x].map', /no methods/],
    ['const z = 1.5;', 'syntax', '1.5', /whole/],
    ['const z = 1e3;', 'syntax', '1e3', /whole/],
    ["const z = 'a';", 'unsupported', "'a'", /no strings/],
    ["const z = hex('0');", 'type-mismatch', "'0'", /pairs of hexadecimal/],
    ['const z = `a`;', 'syntax', '`', /templates/],
    ['switch (x) {}', 'unsupported', 'switch', /no switch/],
    ['let z: u8;', 'syntax', ';', /value from the beginning/],
    ['const z = { __proto__: x };', 'syntax', '__proto__', /cannot be a name/],
    ['const z: u8[] = [x];', 'unsupported', 'u8', /FixedArray<u8, 16>/],
    ['const z: u8 | u16 = x;', 'unsupported', '|', /unions/],
    ['const z: FixedArray<u8, x> = [x];', 'unknown-name', 'x', /no type x/],
    ['const z: uint<1025> = x;', 'limit', '1025', /from 1 to 1024/],
    ['const z = (x;', 'syntax', ';', /expected "\)"/],
    ['const z = 08;', 'syntax', '08', /no number/],
    ['const z = "a', 'syntax', '"a', /does not end/],
    ['const z = x << -1;', 'out-of-range', '-1', /less than zero/],
    ['const z = { a: x }.b;', 'unknown-name', '{ a: x }.b', /no field "b"/],
    ['const z: { a: u8; c: u8 } = { a: x };', 'type-mismatch', '{ a: x }', /field c is missing/],
    ['const z = [x, y] === [y, x];', 'type-mismatch', '[x, y]', /equal\(a, b\)/],
    ['const z = x & (x > y);', 'type-mismatch', 'x & (x > y)', /between u8 and bool/],
    ['const z = sha256(x);', 'type-mismatch', 'x', /an array of u8, not u8/],
    ['const z = min(x);', 'type-mismatch', 'min(x)', /two values or more/],
    ['const z = x ** 2;', 'unsupported', 'x', /multiply/],
  ])('%s', (body, code, marked, text) => {
    const error = errorOf(sourceOf(`${body} ${result}`));
    expect(error.message).toMatch(text);
    expect(error.code).toBe(code);
    expect(error.line).toBe(3);
    const line = `  ${body} ${result}`;
    expect(line.slice(error.column - 1, error.column - 1 + marked.length)).toBe(marked);
    expect(error.endLine).toBe(3);
    expect(error.message).toMatch(/^a\.mpc\.ts:3:\d+: .* \([a-z-]+\)$/);
  });
});

describe('at the top level', () => {
  const main = 'export default function main(a: { x: u8 }) { return { all: { x: a.x } }; }';
  const withImport = (text: string): string => `import { u8, FixedArray } from 'hypergate:mpc';\n${text}`;

  test.each([
    ['', 'entry-point', 1, 1, /no entry point/],
    [`${main}\n${main.replace('main', 'other')}`, 'duplicate-name', 3, 16, /two functions/],
    [
      'export default function main() { return { all: {} }; }',
      'entry-point',
      2,
      16,
      /parameter for each party/,
    ],
    [
      'export default function main(a: u8) { return { all: { a } }; }',
      'entry-point',
      2,
      33,
      /struct of its inputs/,
    ],
    [
      'export default function main(all: { x: u8 }) { return { all: { x: all.x } }; }',
      'entry-point',
      2,
      30,
      /means all/,
    ],
    ['export default function main(a: { x: u8 }) { return a.x; }', 'entry-point', 2, 53, /who learns what/],
    [
      'export default function main(a: { x: u8 }) { return { eve: { x: a.x } }; }',
      'entry-point',
      2,
      60,
      /no party "eve"/,
    ],
    [
      'export default function main(a: { x: u8 }) { return { all: { x: 1 } }; }',
      'entry-point',
      2,
      65,
      /give it a type/,
    ],
    [
      'export default function main(a: { x: u8 }) { return { all: a.x }; }',
      'entry-point',
      2,
      60,
      /needs a name/,
    ],
    [
      'export default function main(a: { x: u8 }, b: {}) { return { all: { x: a.x }, a: { x: a.x } }; }',
      'entry-point',
      2,
      87,
      /two outputs/,
    ],
    [`interface A { b: B }\ninterface B { a: A }\n${main}`, 'unsupported', 3, 18, /part of itself/],
    [`function f(x: u8): u8 { if (x > 1) return 1; }\n${main}`, 'missing-return', 2, 10, /in every case/],
    [`function f(x: u8) { return f(x); }\n${main}`, 'missing-return', 2, 28, /say what it returns/],
    [
      `function f(x: u8): u8 { return x > 3 ? f(x - 1) : x; }\n${main.replace('a.x }', 'f(a.x) }')}`,
      'limit',
      2,
      1,
      /end that is known/,
    ],
    [`const n: u8 = 300;\n${main}`, 'out-of-range', 2, 15, /300/],
    [`let n = 1;\n${main}`, 'unsupported', 2, 1, /global variables/],
    [`import { u16 } from 'other';\n${main}`, 'unsupported', 2, 1, /only "hypergate:mpc"/],
    [`import { nope } from 'hypergate:mpc';\n${main}`, 'unknown-name', 2, 10, /has no nope/],
    [`class A {}\n${main}`, 'syntax', 2, 1, /expected import/],
  ])('%s', (text, code, line, column, message) => {
    const error = errorOf(text === '' ? '' : withImport(text));
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
    if (code !== 'limit') expect([error.line, error.column]).toEqual([line, column]);
  });
});

describe('limits', () => {
  test.each<[string, Partial<CompileLimits>]>([
    [`for (let i = 0; i < 11; i++) {}`, { iterationsMax: 10 }],
    [`for (const z of fill<u8, 11>(x)) {}`, { iterationsMax: 10 }],
    [`const z = x * y * x * y;`, { andGatesMax: 50 }],
    [`const z = fill<u8, 11>(x);`, { arrayLengthMax: 10 }],
    [`const z = [...fill<u8, 6>(x), ...fill<u8, 6>(x)];`, { arrayLengthMax: 10 }],
    [`const z = zero<FixedArray<FixedArray<u8, 1000>, 1000>>();`, {}],
    [`for (let i = 0; i < 1000; i++) { for (const z of [x, y]) {} }`, { stepsMax: 500 }],
    [`const z = ${'-('.repeat(300)}x${')'.repeat(300)};`, {}],
    [`const z = x${' + y'.repeat(300)};`, {}],
    [`const z = ${'9'.repeat(5000)};`, {}],
    [`const z = ${'9'.repeat(4000)};`, {}],
    [`const z = 2 ** 5000;`, {}],
    [`let n = 3; for (let i = 0; i < 100; i++) n = n * n;`, {}],
  ])('%s', (body, limits) => {
    expect(errorOf(sourceOf(`${body} return { all: { result: x } };`), limits).code).toBe('limit');
  });

  test('the length of a source', () => {
    expect(errorOf(' '.repeat(100), { sourceCharsMax: 99 }).code).toBe('limit');
  });

  test('131,072 iterations are compiled', () => {
    const body = `let n: u8 = 0; for (let i = 0; i < 131072; i++) { n = n ^ x; } return { all: { result: n } };`;
    expect(compile(sourceOf(body)).circuit.ands).toBe(0);
    expect(errorOf(sourceOf(body.replace('131072', '131073'))).code).toBe('limit');
  });

  test('types that double at each step end early', () => {
    const types = Array.from({ length: 60 }, (_, i) => `interface T${i + 1} { a: T${i}; b: T${i} }`).join(
      '\n',
    );
    const source = `import { u8 } from 'hypergate:mpc';\ntype T0 = u8;\n${types}\nexport default function main(a: { x: T60 }) { return { all: a }; }`;
    expect(errorOf(source).code).toBe('limit');
  });

  test('functions for ever new types end', () => {
    const top = 'function f<T>(x: T): u8 { return f([x]); }';
    expect(errorOf(sourceOf('return { all: { result: f(x) } };', { top })).code).toBe('limit');
  });
});
