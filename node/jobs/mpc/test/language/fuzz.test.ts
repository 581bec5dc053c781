/** Whatever a source is, it is compiled or refused with an error that says where; nothing else comes out, and nothing of it runs. */
import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CompileError, compile } from '../../language/index.ts';
import { Choices } from './choices.ts';
import { randomProgram } from './random-program.ts';

const limits = { iterationsMax: 500, stepsMax: 300_000, andGatesMax: 20_000, arrayLengthMax: 200 };

/** What is compiled is TypeScript to another parser too. @returns the code of the error, or nothing */
function attempt(source: string): string | undefined {
  try {
    compile(source, { limits });
    expect(() => stripTypeScriptTypes(source), source).not.toThrow();
    return undefined;
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    const lines = source.split(/\r\n|[\n\r\u2028\u2029]/);
    expect(error.line, source).toBeGreaterThanOrEqual(1);
    expect(error.line, source).toBeLessThanOrEqual(lines.length);
    expect(error.column, source).toBeGreaterThanOrEqual(1);
    expect(error.column, source).toBeLessThanOrEqual(lines[error.line - 1]!.length + 2);
    expect(error.text.length, source).toBeGreaterThan(5);
    return error.code;
  }
}

const folder = new URL('../../language/examples/', import.meta.url);
const corpus = [
  ...readdirSync(folder)
    .filter((name) => name.endsWith('.mpc.ts'))
    .map((name) => readFileSync(new URL(name, folder), 'utf8')),
  ...Array.from({ length: 20 }, (_, i) => randomProgram(`corpus ${i}`, i % 2 === 0).source),
];

const tokenPattern = /[A-Za-z_$][\w$]*|[0-9]\w*|\s+|'[^'\n]*'|=>|[=!]==|[<>&|*+-]{1,3}|[^\s\w]/g;
const tokens = corpus.map((source) => source.match(tokenPattern) ?? []);
const words = [...new Set(tokens.flat())];
const strange = [
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'valueOf',
    'this',
    'eval',
    'globalThis',
    'process',
    'require',
  ],
  ...[
    '0',
    '-1',
    '999999999999999999999999',
    '0x',
    '1n',
    '\u0000',
    '\u2028',
    '💥',
    '`a`',
    '/*',
    '//',
    '"',
    "'",
    '\\',
  ],
  ...[
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '<',
    '>',
    '>>',
    '>>>',
    '...',
    '?',
    ':',
    ';',
    ',',
    '.',
    '=',
    '=>',
    '!',
    '@',
    '#',
  ],
  ...[
    'number',
    'boolean',
    'typeof',
    'as',
    'type',
    'interface',
    'readonly',
    'extends',
    'async',
    'await',
    'yield',
    'of',
  ],
];

function mutated(choices: Choices, of: readonly string[]): string {
  const list = [...of];
  for (let i = 1 + choices.below(3); i > 0; i--) {
    const at = choices.below(list.length);
    const count = 1 + choices.below(4);
    const other = tokens[choices.below(tokens.length)]!;
    const from = choices.below(other.length);
    const changes = [
      () => list.splice(at, count),
      () => list.splice(at, 1, choices.one(words)),
      () => list.splice(at, 0, choices.one(words)),
      () => list.splice(at, choices.below(2), choices.one(strange)),
      () => list.splice(at, count, ...other.slice(from, from + count * 4)),
      () => list.splice(at, 0, ...list.slice(at, at + count)),
    ];
    choices.one(changes)();
    if (list.length === 0) list.push(';');
  }
  return list.join('');
}

/** Names for names, numbers for numbers, operators for operators: what is left is mostly TypeScript without a meaning. */
function confused(choices: Choices, of: readonly string[]): string {
  const list = [...of];
  for (let i = 1 + choices.below(3); i > 0; i--) {
    const at = choices.below(list.length);
    const like = kinds.find((kind) => kind.test(list[at]!));
    if (like !== undefined) list[at] = choices.one([...words, ...strange].filter((word) => like.test(word)));
  }
  return list.join('');
}

const kinds = [
  /^[A-Za-z]\w*$/,
  /^-?[0-9]+$/,
  /^(?:[-+*/%&|^]|<<|>>|&&|\|\||[<>]=?|[=!]==)$/,
  /^[-+*&|]?=$/,
  /^[[\](){}]$/,
];

describe('sources with', () => {
  test('words confused', () => {
    const codes = new Set<string | undefined>();
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const choices = new Choices(`confusion ${seed}`);
        codes.add(attempt(confused(choices, choices.one(tokens))));
      }),
      { numRuns: 600 },
    );
    expect(codes.size).toBeGreaterThan(6);
  });

  test('some tokens changed', () => {
    const codes = new Set<string | undefined>();
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const choices = new Choices(`mutation ${seed}`);
        codes.add(attempt(mutated(choices, choices.one(tokens))));
      }),
      { numRuns: 600 },
    );
    // Faults of many kinds were made.
    expect(codes.size).toBeGreaterThan(4);
  });

  test('some characters changed', () => {
    fc.assert(
      fc.property(fc.nat(), fc.string({ unit: 'binary', maxLength: 3 }), (seed, text) => {
        const choices = new Choices(`characters ${seed}`);
        const source = choices.one(corpus);
        const at = choices.below(source.length);
        attempt(source.slice(0, at) + text + source.slice(at + choices.below(4)));
        attempt(source.slice(0, at));
      }),
      { numRuns: 200 },
    );
  });

  test('nothing but tokens in any order', () => {
    const sequence = fc.array(fc.constantFrom(...words, ...strange), { maxLength: 60 });
    fc.assert(
      fc.property(sequence, sequence, (before, body) => {
        attempt(before.join(' '));
        const head =
          "import { u8 } from 'hypergate:mpc'; export default function main(alice: { x: u8 }) { const x = alice.x;";
        attempt(`${head} ${body.join(' ')} return { all: { x } }; }`);
      }),
      { numRuns: 500 },
    );
  });
});

test('nothing of a source runs', () => {
  const touched: string[] = [];
  Object.defineProperty(globalThis, 'touched', {
    value: (what: string) => touched.push(what),
    configurable: true,
  });
  for (const text of [
    'touched("a")',
    '(() => touched("b"))()',
    '[].constructor.constructor("touched()")()',
    'import("data:text/javascript,touched()")',
    'touched`c`',
    '({ get x() { return touched("d"); } }).x',
    '({ valueOf() { return touched("e"); } }) + 1',
  ]) {
    expect(attempt(`${text};`)).toBeDefined();
    expect(
      attempt(`export default function main(a: { x: bool }) { return { all: { y: ${text} } }; }`),
    ).toBeDefined();
  }
  Reflect.deleteProperty(globalThis, 'touched');
  expect(touched).toEqual([]);
  expect(Object.keys(Object.prototype)).toEqual([]);
});
