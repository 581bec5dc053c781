/** The libraries of scripts: cjson, cmsgpack, struct and bit encode and decode as redis-server's, mistakes and all. */
import { expect, test } from 'vitest';
import { SeededRandom } from '../../lib/random.ts';
import type { RedisCommand } from '../../lib/redis-pair.ts';
import { pairSuite, seed } from './suite.ts';

const pair = pairSuite();

const run = (body: string, ...args: string[]): RedisCommand => ['EVAL', body, '0', ...args];

/** JSON with mistakes, as a parser may meet it. */
function randomJson(random: SeededRandom, depth: number): string {
  const scalar = [
    '1',
    '-5',
    '0.1',
    '1e5',
    '1E-3',
    '12345678901234567890',
    '-0',
    '01',
    '0x1f',
    'nan',
    'inf',
    '-Infinity',
    '+1',
    '1.',
    '.5',
    '-',
    'true',
    'false',
    'null',
    'tru',
    '""',
    '"abc"',
    '"\\u00e9\\n\\/"',
    '"\\ud83d\\ude00"',
    '"\\ud83d"',
    '"\\x"',
    '"open',
    '"\t"',
    '',
    'x',
  ];
  if (depth === 0 || random.next() < 0.4) return random.pick(scalar);
  const space = () => random.pick(['', '', '', ' ', '\n']);
  const items = Array.from({ length: random.between(0, 3) }, () => randomJson(random, depth - 1));
  const separator = random.next() < 0.95 ? ',' : ' ';
  if (random.next() < 0.5)
    return `[${space()}${items.join(`${space()}${separator}${space()}`)}${random.next() < 0.97 ? ']' : ''}`;
  const pairs = items.map((item, i) => `${random.next() < 0.95 ? `"k${i}"` : i}${space()}:${item}`);
  return `{${pairs.join(separator)}${random.next() < 0.97 ? '}' : ''}`;
}

/** A Lua expression without functions; tables have one key at most, as the order of more is nobody's. */
function randomValue(random: SeededRandom, depth: number): string {
  const scalar = [
    '1',
    '-1',
    '127',
    '128',
    '-32',
    '-33',
    '255',
    '256',
    '-128',
    '-129',
    '65535',
    '65536',
    '-32768',
    '-32769',
    '2^31',
    '2^32',
    '-2^31',
    '-2^31 - 1',
    '2^53',
    '2^63',
    '-2^63',
    '1.5',
    '0.1',
    '1/3',
    '1e100',
    '-0.25',
    '1/0',
    '0/0',
    'true',
    'false',
    '""',
    '"x"',
    '("x"):rep(31)',
    '("x"):rep(32)',
    '("y"):rep(300)',
    '("z"):rep(70000)',
    '"\\0\\200\\255"',
    'cjson.null',
  ];
  if (depth === 0 || random.next() < 0.4) return random.pick(scalar);
  const items = Array.from({ length: random.between(0, 20) }, () => randomValue(random, depth - 1));
  if (random.next() < 0.6) return `{${items.join(', ')}}`;
  const key = random.pick(['a', '"two words"', '5', '1.5', 'true', '-1', '1000']);
  return `{[${key === 'a' ? '"a"' : key}] = ${randomValue(random, depth - 1)}}`;
}

test('cjson decodes alike, and finds the same mistakes', async () => {
  const random = new SeededRandom(`json ${seed}`);
  const body =
    'local ok, v = pcall(cjson.decode, ARGV[1]) if not ok then return v end return cmsgpack.pack(v)';
  const commands: RedisCommand[] = [];
  for (let i = 0; i < 1500; i++) commands.push(run(body, randomJson(random, 3)));
  // Objects of several keys have no order of their own: their members are compared, not their bytes.
  const flat = commands.filter((command) => !/\{[^}]*,/.test(command[3]!));
  expect(flat.length).toBeGreaterThan(500);
  await pair.agree(flat);
});

test('cjson, cmsgpack and struct encode alike', async () => {
  const random = new SeededRandom(`values ${seed}`);
  const commands: RedisCommand[] = [];
  for (let i = 0; i < 400; i++) {
    const value = randomValue(random, 3);
    commands.push(run(`local ok, v = pcall(cjson.encode, ${value}) return v`));
    commands.push(run(`return cmsgpack.pack(${value})`));
    commands.push(run(`return cmsgpack.pack(cmsgpack.unpack(cmsgpack.pack(${value})))`));
  }
  await pair.agree(commands);
});

test('struct formats', async () => {
  const random = new SeededRandom(`struct ${seed}`);
  const letters = [
    'b',
    'B',
    'h',
    'H',
    'l',
    'L',
    'i',
    'I',
    'i3',
    'I5',
    'i8',
    'i16',
    'f',
    'd',
    's',
    'c3',
    'c0',
    'x',
    '<',
    '>',
    '!',
    '!4',
    ' ',
    'T',
    'i33',
    '!3',
    'z',
  ];
  const commands: RedisCommand[] = [];
  for (let i = 0; i < 400; i++) {
    const format = Array.from({ length: random.between(1, 6) }, () => random.pick(letters)).join('');
    const args = Array.from({ length: 6 }, () =>
      random.pick(['1', '-1', '200', '-70000', '2^33', '1.5', '"abc"', '"12"']),
    );
    commands.push(
      run(`return struct.pack("${format}", ${args.join(', ')})`),
      run(`return struct.size("${format}")`),
    );
    // A length that is no size is whatever a C compiler makes of it.
    if (/[fd].*c0/.test(format)) continue;
    const data = Array.from({ length: random.between(0, 24) }, () => `\\${random.between(0, 255)}`).join('');
    commands.push(
      run(`local t = {struct.unpack("${format}", "${data}")}
        for i, v in ipairs(t) do t[i] = type(v) == "number" and string.format("%.17g", v) or v end return t`),
    );
  }
  await pair.agree(commands);
});

test('bytes that are no MessagePack', async () => {
  const random = new SeededRandom(`bytes ${seed}`);
  const commands: RedisCommand[] = [];
  for (let i = 0; i < 500; i++) {
    const bytes = Array.from({ length: random.between(0, 12) }, () =>
      String.fromCharCode(random.next() < 0.6 ? random.between(0x80, 0xdf) : random.between(0, 255)),
    ).join('');
    commands.push(
      run('local t = {pcall(cmsgpack.unpack, ARGV[1])} t[1] = tostring(t[1]) return t', bytes),
      run('local t = {pcall(cmsgpack.unpack_one, ARGV[1], 1)} t[1] = tostring(t[1]) return t', bytes),
    );
  }
  await pair.agree(commands);
});

test('bit operations', async () => {
  const random = new SeededRandom(`bit ${seed}`);
  const number = () =>
    random.pick([
      '0',
      '-1',
      '0x7fffffff',
      '2^31',
      '2^40 + 5',
      '1.5',
      '2.5',
      '-0.5',
      '"3"',
      '1e300',
      String(random.between(-(2 ** 31), 2 ** 32)),
    ]);
  const commands = Array.from({ length: 300 }, () => {
    const name = random.pick([
      'band',
      'bor',
      'bxor',
      'lshift',
      'rshift',
      'arshift',
      'rol',
      'ror',
      'tohex',
      'tobit',
      'bnot',
      'bswap',
    ]);
    const shift = ['lshift', 'rshift', 'arshift', 'rol', 'ror', 'tohex'].includes(name);
    return run(`return bit.${name}(${number()}${shift ? `, ${random.between(-8, 40)}` : ''})`);
  });
  await pair.agree(commands);
});
