import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RedisError } from '../engine/errors.ts';
import { addLongDoubles, longDoubleText, parseLongDouble } from '../engine/long-double.ts';
import { parseTimeout } from '../engine/timeouts.ts';

/** As HINCRBYFLOAT: undefined where it refuses. */
function add(a: string, b: string): string | undefined {
  const [x, y] = [parseLongDouble(a), parseLongDouble(b)];
  const sum = x === undefined || y === undefined ? undefined : addLongDoubles(x, y);
  return sum === undefined ? undefined : longDoubleText(sum);
}

describe('a sum of long doubles', () => {
  // What redis-server 7.0.15 on x86-64 answers.
  it.each([
    ['10.5', '0.1', '10.6'],
    ['3', '1.23456789', '4.23456789'],
    ['5.0e3', '200', '5200'],
    ['0.1', '0.2', '0.3'],
    ['1000.1', '0', '1000.09999999999999998'],
    ['1e4', '0.00001', '10000.00000999999999962'],
    ['-0', '0', '0'],
    ['-1e-20', '0', '0'],
    ['-5', '5', '0'],
    ['9223372036854775807', '1', '9223372036854775808'],
    ['18446744073709551615', '1', '18446744073709551616'],
    ['18446744073709551616', '1', '18446744073709551616'],
    ['36893488147419103232', '3', '36893488147419103236'],
    ['0x1.8p1', '0', '3'],
    ['0x10', '-.5', '15.5'],
    ['1.', '+2', '3'],
    ['17179869184', '1.5', '17179869185.5'],
  ])('%s + %s is %s', (a, b, sum) => expect(add(a, b)).toBe(sum));

  it.each([
    '',
    ' 1',
    '1 ',
    'nan',
    'abc',
    '1e',
    '.',
    '--1',
    '1e5000',
    '1e-5000',
    '0x',
    '1_0',
    '1'.repeat(5120),
  ])('of %j is refused', (text) => expect(parseLongDouble(text)).toBeUndefined());

  it('is refused when it is infinite', () => {
    expect([add('inf', '1'), add('1e4932', '1e4932'), add('-inf', 'inf')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(add('1.18e4932', '0')?.length).toBe(4933);
  });

  it('of integers below 2^63 is exact', () => {
    const integer = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n });
    fc.assert(
      fc.property(integer, integer, (a, b) => {
        expect(add(`${a}`, `${b}`)).toBe(`${a + b}`);
      }),
    );
  });

  it('of a short decimal and zero is that decimal', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -99_999, max: 99_999 }),
        fc.integer({ min: 1, max: 99 }),
        (whole, part) => {
          const text = `${whole === 0 ? 1 : whole}.${String(part).padStart(2, '0')}`;
          const sum = Number(add(text, '0'));
          expect(sum).toBe(Number(text));
        },
      ),
    );
  });
});

describe('a timeout', () => {
  const now = 1_700_000_000_000;
  const refusal = (text: string): string => {
    try {
      return String(parseTimeout(text, now) - now);
    } catch (error) {
      if (error instanceof RedisError) return error.message;
      throw error;
    }
  };
  it.each([
    ['5', '5000'],
    ['0.1', '100'],
    ['0.001', '1'],
    ['0.0001', '1'],
    ['1.0001', '1001'],
    ['0x10', '16000'],
    ['1e15', String(1e18 - 0)],
    ['-1', 'ERR timeout is negative'],
    ['-0.5', 'ERR timeout is negative'],
    ['-inf', 'ERR timeout is negative'],
    ['abc', 'ERR timeout is not a float or out of range'],
    ['', 'ERR timeout is not a float or out of range'],
    ['nan', 'ERR timeout is not a float or out of range'],
    ['inf', 'ERR timeout is out of range'],
    ['9223372036854775807', 'ERR timeout is out of range'],
    ['9223372036854775.807', 'ERR timeout is out of range'],
  ])('of %j is %s', (text, expected) => expect(refusal(text)).toBe(expected));

  it.each(['0', '0.0', '-0', '-0.0001'])('of %s never ends', (text) =>
    expect(parseTimeout(text, now)).toBe(0),
  );
});
