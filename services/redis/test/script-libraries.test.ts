/** cjson, cmsgpack, struct and bit, and the small tools they stand on. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generalNumber, numberAt } from '../engine/scripting/number-format.ts';
import { sha1Hex } from '../engine/scripting/sha1.ts';
import { errorOf, scriptSetting } from './script-kit.ts';

const on = scriptSetting();
const hex = (bytes: string) => Buffer.from(bytes, 'latin1').toString('hex');
const bytes = fc.uint8Array({ maxLength: 80 }).map((array) => Buffer.from(array).toString('latin1'));

describe('cjson', () => {
  it('reads what JSON.stringify writes and writes what JSON.parse reads', () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 });
    const value = fc.letrec((tie) => ({
      any: fc.oneof(text, fc.integer(), fc.boolean(), tie('list'), tie('object')),
      list: fc.array(tie('any'), { minLength: 1, maxLength: 5 }),
      object: fc.dictionary(text, tie('any'), { minKeys: 1, maxKeys: 5, noNullPrototype: true }),
    })).object;
    fc.assert(
      fc.property(value, (object) => {
        const json = Buffer.from(JSON.stringify(object), 'utf8').toString('latin1');
        const again = on.eval('return cjson.encode(cjson.decode(ARGV[1]))', json) as string;
        const read: unknown = JSON.parse(Buffer.from(again, 'latin1').toString('utf8'));
        expect(read).toEqual(normal(object));
      }),
      { numRuns: 80 },
    );
  });

  /** As Lua has it: keys in no order, an object whose keys are 1 to n is a list only if they are numbers. */
  const normal = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

  it('escapes what it must, and leaves all other bytes', () => {
    expect(on.eval('return cjson.encode("a\\"b\\\\c/\\b\\f\\n\\r\\t\\1\\127\\200")')).toBe(
      '"a\\"b\\\\c\\/\\b\\f\\n\\r\\t\\u0001\\u007f\xc8"',
    );
    expect(on.eval('return cjson.decode(ARGV[1])', '"\\u00e9\\u20ac\\ud83d\\ude00\\/"')).toBe(
      Buffer.from('é€😀/').toString('latin1'),
    );
  });

  it('writes empty tables as objects, sparse ones not at all, and null', () => {
    expect(on.eval('return cjson.encode({{}, cjson.null, {[3] = 1}, {[1.5] = 1}})')).toBe(
      '[{},null,[null,null,1],{"1.5":1}]',
    );
    expect(errorOf(on.eval('return cjson.encode({[50] = 1})'))).toContain('excessively sparse array');
    expect(errorOf(on.eval('return cjson.encode({[true] = 1})'))).toContain('table key must be');
    expect(errorOf(on.eval('return cjson.encode(print and 1 or type)'))).toContain("variable 'print'");
    expect(errorOf(on.eval('return cjson.encode(type)'))).toContain('type not supported');
  });

  it('has settings, an instance each', () => {
    expect(
      on.eval(`local own = cjson.new()
        own.encode_max_depth(1)
        local ok, e = pcall(own.encode, {{}})
        return {e, cjson.encode({{}}), own.encode_max_depth(), cjson.encode_max_depth()}`),
    ).toEqual(['Cannot serialise, excessive nesting (2)', '[{}]', 1, 1000]);
    expect(errorOf(on.eval('cjson.encode_max_depth(0)'))).toContain(
      'expected integer between 1 and 2147483647',
    );
    expect(errorOf(on.eval('cjson.encode_keep_buffer("maybe")'))).toContain("invalid option 'maybe'");
  });

  it('says what it found and where', () => {
    const failures: [string, string][] = [
      ['', 'Expected value but found T_END at character 1'],
      ['[1 2]', 'Expected comma or array end but found T_NUMBER at character 4'],
      ['{"a" 1}', 'Expected colon but found T_NUMBER at character 6'],
      ['{1:2}', 'Expected object key string but found T_NUMBER at character 2'],
      ['"abc', 'Expected value but found unexpected end of string at character 5'],
      ['"a\\x"', 'Expected value but found invalid escape code at character 3'],
      ['"\\ud800"', 'Expected value but found invalid unicode escape code at character 2'],
      ['[-]', 'Expected value but found invalid number at character 2'],
      ['true x', 'Expected the end but found invalid token at character 6'],
    ];
    for (const [json, message] of failures) {
      expect(errorOf(on.eval('return cjson.decode(ARGV[1])', json)), json).toContain(message);
    }
  });
});

describe('cmsgpack', () => {
  it('gives the fewest bytes', () => {
    const packed: [string, string][] = [
      ['1', '01'],
      ['-1', 'ff'],
      ['-33', 'd0df'],
      ['200', 'ccc8'],
      ['70000', 'ce00011170'],
      ['2^40', 'cf0000010000000000'],
      ['-2^40', 'd3ffffff0000000000'],
      ['1.5', 'ca3fc00000'],
      ['0.1', 'cb3fb999999999999a'],
      ['"x"', 'a178'],
      ['{}', '90'],
      ['{1, 2}', '920102'],
      ['{a = true}', '81a161c3'],
      ['nil', 'c0'],
    ];
    for (const [value, expected] of packed) {
      expect(hex(on.eval(`return cmsgpack.pack(${value})`) as string), value).toBe(expected);
    }
  });

  it('gives back what it was given', () => {
    fc.assert(
      fc.property(fc.array(bytes, { minLength: 1, maxLength: 20 }), fc.maxSafeInteger(), (texts, number) => {
        expect(
          on.eval(
            `local t = {}
            for i = 2, #ARGV do t[i - 1] = ARGV[i] end
            local packed = cmsgpack.pack({list = t, n = tonumber(ARGV[1]), nested = {t, {t}}})
            local back = cmsgpack.unpack(packed)
            if back.n ~= tonumber(ARGV[1]) or #back.nested[2][1] ~= #t then return "differs" end
            return back.list`,
            String(number),
            ...texts,
          ),
        ).toEqual(texts);
      }),
      { numRuns: 100 },
    );
  });

  it('reads one value after the other', () => {
    expect(on.eval('return {cmsgpack.unpack_one("\\1\\2\\3")}')).toEqual([1, 1]);
    expect(on.eval('return {cmsgpack.unpack_limit("\\1\\2\\3", 2, 1)}')).toEqual([-1, 2, 3]);
    expect(errorOf(on.eval('return cmsgpack.unpack("\\193")'))).toContain('Bad data format in input.');
    expect(errorOf(on.eval('return cmsgpack.unpack("\\204")'))).toContain('Missing bytes in input.');
  });

  it('takes any bytes for input', () => {
    fc.assert(
      fc.property(bytes, (input) => {
        expect(on.eval('local ok = pcall(cmsgpack.unpack, ARGV[1]) return 1', input)).toBe(1);
      }),
      { numRuns: 300 },
    );
  });
});

describe('struct', () => {
  it('packs as C does', () => {
    expect(hex(on.eval('return struct.pack(">i3<I2h", -5, 70000, -3)') as string)).toBe('fffffb7011fdff');
    expect(hex(on.eval('return struct.pack("!8 b d s", 1, 2.5, "hey")') as string)).toBe(
      '0100000000000000000000000000044068657900',
    );
    expect(on.eval('return {struct.size("!8bhil"), struct.size("i3I5 c7x")}')).toEqual([16, 16]);
    expect(on.eval('return {struct.unpack("bc0", "\\2abc")}')).toEqual(['ab', 4]);
  });

  it('unpacks what it packed', () => {
    fc.assert(
      fc.property(fc.integer(), bytes, fc.constantFrom('<', '>'), (number, text, order) => {
        expect(
          on.eval(
            'local f = ARGV[3] .. "i8c0l" return {struct.unpack(f, struct.pack(f, #ARGV[2], ARGV[2], ARGV[1]))}',
            String(number),
            text,
            order,
          ),
        ).toEqual([text, number, text.length + 17]);
      }),
      { numRuns: 100 },
    );
  });

  it('refuses formats it does not know', () => {
    expect(errorOf(on.eval('return struct.pack("z", 1)'))).toContain("invalid format option 'z'");
    expect(errorOf(on.eval('return struct.pack("!3i", 1)'))).toContain('alignment 3 is not a power of 2');
    expect(errorOf(on.eval('return struct.unpack("s", "abc")'))).toContain('unfinished string in data');
  });
});

it('bit works on 32 bits', () => {
  expect(
    on.eval(`return {bit.tobit(2^32 + 5), bit.tobit(2.5), bit.bnot(0), bit.band(15, 9, 3), bit.bxor(1, 2, 4),
      bit.lshift(1, 31), bit.rshift(-1, 28), bit.arshift(-256, 8), bit.rol(0x12345678, 12), bit.ror(0x12345678, 12),
      bit.bswap(0x12345678), bit.tohex(255, -4)}`),
  ).toEqual([5, 2, -1, 1, 7, -2147483648, 15, -1, 0x45678123, 0x67812345, 0x78563412, '00FF']);
});

it('prints and reads numbers as C does', () => {
  expect([0.1, 1e15, 1e14, 123456789012345, -0, 1 / 3, 1e-5, 1e300].map((n) => generalNumber(n, 14))).toEqual(
    ['0.1', '1e+15', '1e+14', '1.2345678901234e+14', '-0', '0.33333333333333', '1e-05', '1e+300'],
  );
  expect(numberAt('x-0x1.8p1y', 1)).toEqual({ value: -3, end: 9 });
  expect(numberAt('1e', 0)).toEqual({ value: 1, end: 1 });
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(numberAt(generalNumber(value, 17), 0).value).toBe(value);
    }),
  );
});

it('digests as SHA-1', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (array) => {
      const text = Buffer.from(array).toString('latin1');
      expect(sha1Hex(text)).toBe(createHash('sha1').update(array).digest('hex'));
    }),
  );
});
