import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CommandParser, ProtocolError } from '../wire/command-parser.ts';
import { splitInline } from '../wire/inline.ts';
import { wireLimits } from '../wire/limits.ts';

const encode = (args: readonly string[]) =>
  `*${args.length}\r\n${args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join('')}`;

interface Parsed {
  readonly commands: string[][];
  readonly error: string | undefined;
}

/**
 * Offers the bytes in the pieces given, each in a buffer that is overwritten afterwards, as the shared one is.
 * @param login after so many commands; `false` is never
 */
function parse(pieces: readonly string[], login: boolean | number = true): Parsed {
  const loginAfter = login === true ? 0 : login === false ? Number.POSITIVE_INFINITY : login;
  const parser = new CommandParser();
  parser.authenticated = loginAfter === 0;
  const commands: string[][] = [];
  for (const piece of pieces) {
    const shared = Buffer.from(piece, 'latin1');
    parser.feed(shared, shared.length);
    try {
      for (let args = parser.next(); args !== undefined; args = parser.next()) {
        commands.push(args);
        parser.authenticated = commands.length >= loginAfter;
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return { commands, error: error.message };
    }
    parser.keep();
    shared.fill(0x55);
  }
  return { commands, error: undefined };
}

function cut(text: string, cuts: readonly number[]): string[] {
  const places = [...new Set(cuts.map((at) => at % (text.length + 1)))].sort((a, b) => a - b);
  const pieces: string[] = [];
  let from = 0;
  for (const at of [...places, text.length]) {
    pieces.push(text.slice(from, at));
    from = at;
  }
  return pieces;
}

const byteString = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
const command = fc.array(byteString, { minLength: 1, maxLength: 6 });

describe('commands', () => {
  test('are the same however their bytes are split', () => {
    fc.assert(
      fc.property(
        fc.array(command, { maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 30 }),
        (commands, cuts) => {
          const text = commands.map(encode).join('');
          expect(parse(cut(text, cuts))).toEqual({ commands, error: undefined });
        },
      ),
    );
  });

  test('are the same however their bytes are split and whenever the login comes, damaged or not', () => {
    fc.assert(
      fc.property(
        fc.array(command, { maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 30 }),
        fc.nat(9),
        fc.option(fc.nat()),
        (commands, cuts, loginAfter, damage) => {
          let text = `${commands.map(encode).join('inline a\r\n')}`;
          if (damage !== null) {
            const at = damage % (text.length + 1);
            text = `${text.slice(0, at)}$${text.slice(at + 1)}`;
          }
          const whole = parse([text]);
          expect(parse(cut(text, cuts), loginAfter)).toEqual(whole);
          expect(parse([...text], loginAfter)).toEqual(whole);
        },
      ),
    );
  });

  test('with arguments longer than the read buffer arrive whole, in any split', () => {
    const long = `${'x'.repeat(wireLimits.largeBulkBytes * 3)}\r\n$`;
    const text = encode(['set', 'key', long]) + encode(['get', 'key']);
    for (const size of [1000, 4096, 65_536, text.length]) {
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
        text.slice(i * size, (i + 1) * size),
      );
      expect(parse(pieces).commands).toEqual([
        ['set', 'key', long],
        ['get', 'key'],
      ]);
    }
  });

  test('of any bytes end in commands or one error, the same in any split', () => {
    const pieces = fc.oneof(
      fc.constantFrom('*', '$', '\r\n', '\n', '-1', '0', '3', '10', 'GET', '"', "'", ' ', '\\x41', '\0'),
      byteString,
    );
    fc.assert(
      fc.property(
        fc.array(pieces, { maxLength: 20 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        (parts, cuts) => {
          const text = parts.join('');
          expect(parse(cut(text, cuts))).toEqual(parse([text]));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('of no arguments are passed over', () => {
    expect(parse(['*0\r\n*-1\r\n\r\n', encode(['ping'])]).commands).toEqual([['ping']]);
  });
});

describe('what makes no sense ends the connection with the error of redis-server', () => {
  test.each([
    ['*x\r\n', 'invalid multibulk length'],
    ['*+1\r\n', 'invalid multibulk length'],
    ['*2147483648\r\n', 'invalid multibulk length'],
    ['*1\r\nx\r\n', "expected '$', got 'x'"],
    ['*1\r\n$-1\r\n', 'invalid bulk length'],
    ['*1\r\n$x\r\n', 'invalid bulk length'],
    ['*1\r\n$536870889\r\n', 'invalid bulk length'],
    ['"abc\r\n', 'unbalanced quotes in request'],
    ['"a"b\r\n', 'unbalanced quotes in request'],
    [`*${'1'.repeat(70_000)}`, 'too big mbulk count string'],
    [`*1\r\n$${'1'.repeat(70_000)}`, 'too big bulk count string'],
    ['x'.repeat(70_000), 'too big inline request'],
  ])('%.20s', (text, error) => {
    expect(parse([text])).toEqual({ commands: [], error: `ERR Protocol error: ${error}` });
  });

  test('and nothing after it is taken', () => {
    const parser = new CommandParser();
    parser.authenticated = true;
    const bytes = Buffer.from(`*x\r\n${encode(['ping'])}`);
    parser.feed(bytes, bytes.length);
    expect(() => parser.next()).toThrow(ProtocolError);
    expect(parser.next()).toBeUndefined();
  });
});

describe('before login', () => {
  test('ten arguments of 16 KiB are the most', () => {
    const ten = Array.from({ length: 10 }, () => 'a');
    expect(parse([encode(ten)], false).commands).toEqual([ten]);
    expect(parse(['*11\r\n'], false).error).toBe('ERR Protocol error: unauthenticated multibulk length');
    const big = 'x'.repeat(16 * 1024);
    expect(parse([encode(['auth', big])], false).commands).toEqual([['auth', big]]);
    expect(parse(['*2\r\n$4\r\nauth\r\n$16385\r\n'], false).error).toBe(
      'ERR Protocol error: unauthenticated bulk length',
    );
  });

  test('no memory is taken for what was only announced', () => {
    const parser = new CommandParser();
    parser.authenticated = true;
    const bytes = Buffer.from('*1000000\r\n$20\r\nabc');
    parser.feed(bytes, bytes.length);
    expect(parser.next()).toBeUndefined();
    parser.keep();
    expect(parser.heldBytes).toBe(3);
  });
});

describe('inline commands', () => {
  test.each<[string, string[] | undefined]>([
    ['  set  a   b ', ['set', 'a', 'b']],
    ['set "a b" \'c d\'', ['set', 'a b', 'c d']],
    ['"\\x41\\n\\"\\q"', ['A\n"q']],
    ["'it\\'s' x", ["it's", 'x']],
    ['""', ['']],
    ['"open', undefined],
    ["'open", undefined],
    ['', []],
  ])('%j', (line, words) => {
    expect(splitInline(line)).toEqual(words);
  });
});
