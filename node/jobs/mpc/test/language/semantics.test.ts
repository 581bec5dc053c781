/** What the language promises, case by case; each is computed as a circuit and statement by statement. */
import { createCipheriv, createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { compile } from '../../language/index.ts';
import { resultOf, sourceOf } from './run.ts';

const returns = (expression: string): string => `return { all: { result: ${expression} } };`;

describe('integers', () => {
  test.each([
    ['u8(x + y)', { x: 200, y: 100 }, 44],
    ['x - y', { x: 1, y: 2 }, 255],
    ['x * y', { x: 16, y: 17 }, 16],
    ['-x', { x: 1 }, 255],
    ['~x', { x: 1 }, 254],
    ['x / y', { x: 200, y: 7 }, 28],
    ['x % y', { x: 200, y: 7 }, 4],
    ['x / y', { x: 200, y: 0 }, 255],
    ['x % y', { x: 200, y: 0 }, 200],
    ['i8(x) / i8(y)', { x: 249, y: 2 }, -3],
    ['i8(x) % i8(y)', { x: 249, y: 2 }, -1],
    ['i8(x) / i8(y)', { x: 128, y: 255 }, -128],
    ['i8(x) % i8(y)', { x: 128, y: 255 }, 0],
    ['i8(x) / i8(y)', { x: 249, y: 0 }, -1],
    ['i8(x) % i8(y)', { x: 249, y: 0 }, -7],
    ['i16(i8(x))', { x: 255 }, -1],
    ['u16(i8(x))', { x: 255 }, 65535],
    ['u4(x)', { x: 0xab }, 11],
    ['u16(true)', {}, 1],
    ['bool(x)', { x: 2 }, true],
    ['i8(x) < i8(y)', { x: 255, y: 0 }, true],
    ['x < y', { x: 255, y: 0 }, false],
    ['int<7>(x)', { x: 64 }, -64],
    ['uint<200>(x) << 190', { x: 255 }, String(255n << 190n)],
  ])('%s of %o is %s', (expression, values, expected) => {
    expect(resultOf(returns(expression), values)).toBe(
      typeof expected === 'string' ? String(BigInt.asUintN(200, BigInt(expected))) : expected,
    );
  });
});

describe('shifts', () => {
  test.each([
    ['x << 3', { x: 0xff }, 0xf8],
    ['x >> 3', { x: 0xff }, 0x1f],
    ['i8(x) >> 3', { x: 0x80 }, -16],
    ['i8(x) >>> 3', { x: 0x80 }, 16],
    ['x << 8', { x: 0xff }, 0],
    ['i8(x) >> 100', { x: 0x80 }, -1],
    ['x << y', { x: 0xff, y: 7 }, 0x80],
    ['x << y', { x: 0xff, y: 8 }, 0],
    ['x >> y', { x: 0xff, y: 255 }, 0],
    ['i8(x) >> y', { x: 0x80, y: 9 }, -1],
    ['u32(1) << y', { y: 31 }, 2 ** 31],
    ['rotateLeft(x, 3)', { x: 0b1000_0001 }, 0b0000_1100],
    ['rotateRight(x, y)', { x: 0b1000_0001, y: 9 }, 0b1100_0000],
  ])('%s of %o is %d', (expression, values, expected) => {
    expect(resultOf(returns(expression), values)).toBe(expected);
  });
});

describe('control flow on secrets', () => {
  test('an early return', () => {
    const top =
      'function first(a: u8, b: u8): u8 { if (a > b) return a; if (a === b) { return 0; } return b - a; }';
    const run = (x: number, y: number): unknown => resultOf(returns('first(x, y)'), { x, y }, { top });
    expect([run(5, 2), run(5, 5), run(2, 9)]).toEqual([5, 0, 7]);
  });

  test('break, continue and return in loops within each other', () => {
    const top = `function count(xs: FixedArray<u8, 6>, stop: u8): u8 {
      let sum: u8 = 0;
      for (const a of xs) {
        if (a === stop) break;
        for (const b of xs) {
          if (b === a) continue;
          if (b === 9) return 100 + sum;
          if (b > a) break;
          sum++;
        }
        sum += 10;
      }
      return sum;
    }`;
    const options = { top, inputs: 'xs: FixedArray<u8, 6>; stop: u8' };
    const count = (xs: readonly number[], stop: number): number => {
      let sum = 0;
      for (const a of xs) {
        if (a === stop) break;
        for (const b of xs) {
          if (b === a) continue;
          if (b === 9) return 100 + sum;
          if (b > a) break;
          sum++;
        }
        sum += 10;
      }
      return sum;
    };
    for (const [xs, stop] of [
      [[3, 2, 1, 4, 5, 6], 4],
      [[3, 2, 9, 4, 5, 6], 6],
      [[1, 1, 1, 1, 1, 1], 0],
      [[6, 5, 4, 3, 2, 1], 1],
    ] as const) {
      expect(resultOf(returns('count(xs, stop)'), { xs, stop }, options)).toBe(count(xs, stop));
    }
  });

  test('a counter of a loop goes on after a secret break', () => {
    const body = `let last: u8 = 0; for (let i = 0; i < 5; i++) { if (x === u8(i)) break; last = u8(i) + 1; } ${returns('last')}`;
    expect([resultOf(body, { x: 3 }), resultOf(body, { x: 9 })]).toEqual([3, 5]);
  });

  test('while with numbers that are known', () => {
    const body = `let n = 40; let steps: u8 = 0; while (n > 1) { n = n % 2 === 0 ? n / 2 : 3 * n + 1; steps++; } ${returns('steps + x')}`;
    expect(resultOf(body, { x: 1 })).toBe(9);
  });

  test('nothing is made of a branch that is known not to be taken', () => {
    const body = `let sum: u8 = 0; const xs = [x, y]; for (let i = 0; i < 3; i++) { if (i > 0) sum += xs[i - 1]; } ${returns('sum')}`;
    expect(resultOf(body, { x: 3, y: 4 })).toBe(7);
    const guarded = `let same = true; const xs = [x, y]; for (let i = 0; i < 2; i++) { same = same && (i === 0 || xs[i - 1] === xs[i]); } ${returns('same')}`;
    expect(resultOf(guarded, { x: 3, y: 3 })).toBe(true);
  });
});

describe('arrays, structs and tuples', () => {
  test('reading at a secret place, and zero where nothing is', () => {
    const body = `const xs = [u8(10), 20, 30]; ${returns('xs[x]')}`;
    expect([0, 1, 2, 3, 4, 255].map((x) => resultOf(body, { x }))).toEqual([10, 20, 30, 0, 0, 0]);
  });

  test('writing at a secret place, and nothing where none is', () => {
    const body = `const xs = [u8(10), 20, 30]; xs[x] = y; xs[u4(y)] += 1; ${returns('xs')}`;
    expect(resultOf(body, { x: 1, y: 2 })).toEqual([10, 2, 31]);
    expect(resultOf(body, { x: 3, y: 0 })).toEqual([11, 20, 30]);
    expect(resultOf(body, { x: 255, y: 255 })).toEqual([10, 20, 30]);
  });

  test('structs within arrays within structs', () => {
    const top =
      'interface Point { x: u8; y: u8 } type Path = { points: FixedArray<Point, 2>; closed: bool };';
    const body = `const path: Path = { closed: b > 1, points: [{ y: 1, x: 2 }, { x, y }] };
      path.points[b].y = 7; path.points[1] = { ...path.points[1], x: 9 }; const { points: [p] } = path;`.replace(
      'const { points: [p] } = path;',
      `const { points } = path; const [p] = points; ${returns('[p, path.points[1]]')}`,
    );
    expect(resultOf(body, { x: 3, y: 4, b: 0 }, { top })).toEqual([
      { x: 2, y: 7 },
      { x: 9, y: 4 },
    ]);
    expect(resultOf(body, { x: 3, y: 4, b: 1 }, { top })).toEqual([
      { x: 2, y: 1 },
      { x: 9, y: 7 },
    ]);
  });

  test('arrays and structs are values', () => {
    const top =
      'function changed(xs: FixedArray<u8, 2>): FixedArray<u8, 2> { const copy = [...xs]; copy[0] = 9; return copy; }';
    const body = `const xs = [x, y]; const other = [...xs]; other[1] = 5; ${returns('[...xs, ...other, ...changed(xs)]')}`;
    expect(resultOf(body, { x: 1, y: 2 }, { top })).toEqual([1, 2, 1, 5, 9, 2]);
  });

  test('tuples', () => {
    const top = 'function divide(a: u8, b: u8): [u8, bool] { return [a / b, b !== 0]; }';
    const body = `const [quotient, ok] = divide(x, y); const both = divide(y, x); ${returns('ok ? quotient : both[0]')}`;
    expect(resultOf(body, { x: 9, y: 2 }, { top })).toBe(4);
  });

  test('parts, pieces and copies', () => {
    const body = returns(
      '[...slice([...utf8("hi"), x, ...hex("00ff")], 1, 4), ...fill<u8, 2>(y), ...zero<FixedArray<u8, 1>>()]',
    );
    expect(resultOf(body, { x: 7, y: 8 })).toEqual([105, 7, 0, 8, 8, 0]);
  });
});

describe('functions', () => {
  test('for any length and any type', () => {
    const top = `function total<T extends number, N extends number>(xs: FixedArray<T, N>): T {
      let sum = zero<T>(); for (const x of xs) sum += x; return sum; }`;
    const body = `const wide: FixedArray<u16, 2> = [300, u16(x)]; ${returns('u16(total([x, y, 1])) + total(wide)')}`;
    expect(resultOf(body, { x: 5, y: 6 }, { top })).toBe(12 + 305);
  });

  test('that call themselves as often as is known', () => {
    const top =
      'function power(x: u32, n: number): u32 { if (n === 0) return 1; const half = power(x, n / 2); return n % 2 === 0 ? half * half : half * half * x; }';
    expect(resultOf(returns('power(u32(x), 11)'), { x: 3 }, { top })).toBe(3 ** 11);
  });

  test('with constants of the top level and types that depend on them', () => {
    const top =
      'const n = 2 ** 2 - 1; type Triple<T> = FixedArray<T, typeof n>; const weights: Triple<u8> = [1, 2, 3]; const limits = [10, 20];';
    const body = `let sum: u8 = 0; for (let i = 0; i < n; i++) sum += weights[i] * x; ${returns('min(sum, limits[0])')}`;
    expect([resultOf(body, { x: 1 }, { top }), resultOf(body, { x: 9 }, { top })]).toEqual([6, 10]);
  });

  test('with types that take types and sizes', () => {
    const top =
      'type N = 2; interface Box<T, M extends number> { items: FixedArray<T, M>; count: T } type Boxes = FixedArray<Box<u8, N>, 2>;';
    const body = `const boxes: Boxes = [{ items: [x, y], count: 1 }, { count: b, items: [3, 4] }];
      let sum = zero<u8>(); for (const { items, count: n } of boxes) { for (const item of items) sum += item * n; } ${returns('sum')}`;
    expect(resultOf(body, { x: 1, y: 2, b: 10 }, { top })).toBe(3 + 70);
  });

  test('names that mean something to JavaScript mean nothing here', () => {
    const top =
      'interface constructor { toString: u8; hasOwnProperty: u8 } function valueOf(prototype: constructor): u8 { return prototype.toString; }';
    const body = `const constructor = x; const s = { toString: constructor, hasOwnProperty: y }; ${returns('valueOf(s)')}`;
    expect(resultOf(body, { x: 3, y: 4 }, { top })).toBe(3);
  });
});

describe('what comes with the language', () => {
  test.each([
    ['min(x, y, 3)', { x: 9, y: 8 }, 3],
    ['max(i8(x), i8(y))', { x: 255, y: 1 }, 1],
    ['abs(i8(x))', { x: 251 }, 5],
    ['abs(i8(x))', { x: 128 }, -128],
    ['popcount(x)', { x: 255 }, 8],
    ['popcount(u1(x))', { x: 1 }, 1],
    ['reverseBytes(u16(x))', { x: 1 }, 256],
    ['concatBits(x, u4(y))', { x: 0xab, y: 0xc }, 0xabc],
    ['equal([x, 1], [y, 1])', { x: 2, y: 2 }, true],
    ['equal({ x, y }, { y, x: b })', { x: 2, y: 2, b: 3 }, false],
    ['toBits(u4(x))', { x: 6 }, [false, true, true, false]],
    ['fromBits<u2>([x > 1, y > 1])', { x: 0, y: 2 }, 2],
    ['toBytesBE(u16(x) << 4)', { x: 0xab }, [0x0a, 0xb0]],
    ['toBytesLE(u16(x) << 4)', { x: 0xab }, [0xb0, 0x0a]],
    ['fromBytesBE<u16>([x, y])', { x: 1, y: 2 }, 0x0102],
    ['fromBytesLE<i16>([x, y])', { x: 1, y: 0x80 }, 1 - 0x8000],
  ])('%s', (expression, values, expected) => {
    expect(resultOf(returns(expression), values)).toEqual(expected);
  });

  const key = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
  const block = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
  const inputs = 'key: FixedArray<u8, 16>; block: FixedArray<u8, 16>';

  test.each([
    ['sha256(block)', () => createHash('sha256').update(block).digest()],
    ['sha256([])', () => createHash('sha256').digest()],
    ['sha512([...key, ...block])', () => createHash('sha512').update(key).update(block).digest()],
    ['hmacSha256(key, block)', () => createHmac('sha256', key).update(block).digest()],
    ['aes128(key, block)', () => createCipheriv('aes-128-ecb', key, null).update(block)],
    [
      'aes256([...key, ...block], block)',
      () => createCipheriv('aes-256-ecb', Buffer.concat([key, block]), null).update(block),
    ],
  ])('%s', (expression, expected) => {
    const values = { key: key.toString('hex'), block: [...block] };
    expect(resultOf(returns(expression), values, { inputs })).toEqual([...expected()]);
  });
});

describe('outputs', () => {
  const source = sourceOf(
    `return { all: { sum: x + b }, alice: { mine: y + b }, 'alice, bob': { same: x === b } };`,
  );

  test('two groups of the same parties are refused', () => {
    expect(() => compile(source)).toThrow(/two groups of alice, bob/);
  });

  test('go to those that they are for', () => {
    const three = `import { u8 } from 'hypergate:mpc';
      type In = { x: u8 };
      export default function main(alice: In, bob: In, carol: {}) {
        return { 'bob,carol': { sum: alice.x + bob.x }, alice: { sum: bob.x - alice.x } };
      }`;
    const { circuit, interface: schema } = compile(three);
    expect(circuit.outputs.map(({ name, to }) => [name, to])).toEqual([
      ['bob-carol.sum', ['bob', 'carol']],
      ['alice.sum', ['alice']],
    ]);
    expect(schema.parties).toEqual(['alice', 'bob', 'carol']);
  });
});

describe('costs', () => {
  const ands = (expression: string): number => compile(sourceOf(returns(expression))).circuit.ands;

  test('are those of the gates that are needed', () => {
    expect(ands('x + b')).toBe(7);
    expect(ands('x > b')).toBe(8);
    expect(ands('x === b')).toBe(7);
    expect(ands('x > b ? x : b')).toBeLessThanOrEqual(16);
    expect(ands('(x ^ b) << 3')).toBe(0);
    expect(ands('x * 4')).toBe(0);
  });
});
