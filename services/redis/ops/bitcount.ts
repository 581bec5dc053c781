/** BITCOUNT: how many bits are set. */
import { countBits } from '../engine/bits.ts';
import type { CommandRow } from '../engine/command.ts';
import { oneKey } from '../engine/command.ts';
import { syntaxError } from '../engine/errors.ts';
import { asString, byteAt, type StringValue } from '../engine/types/string-changes.ts';
import { bitsOfRange, isReversed, parseBitRange } from './bit-range.ts';

/** Both ends belong to the range. */
function countRange(value: StringValue, first: number, last: number): number {
  const start = Math.floor(first / 8);
  const end = Math.floor(last / 8);
  // Whole bytes, less the bits of the first and the last that stand outside.
  const before = byteAt(value, start) & ~(0xff >> (first & 7)) & 0xff;
  const behind = byteAt(value, end) & (0x7f >> (last & 7));
  let outside = 0;
  for (let bits = (before << 8) | behind; bits !== 0; bits &= bits - 1) outside++;
  return countBits(value, start, end + 1) - outside;
}

export const bitCountCommands: CommandRow[] = [
  {
    name: 'bitcount',
    arity: -2,
    flags: ['readonly'],
    categories: ['bitmap'],
    keys: oneKey('RO', 'access'),
    group: 'bitmap',
    since: '2.6.0',
    complexity: 'O(N) for N bytes',
    summary: 'Counts the bits that are set in a string or a part of it.',
    syntax: 'key [start end [BYTE | BIT]]',
    run(call, args) {
      if (args.length === 3) throw syntaxError;
      const range = parseBitRange(args, 2);
      const value = asString(call.db.read(args[1]!));
      const bits = value === undefined || isReversed(range) ? undefined : bitsOfRange(range, value.length);
      call.reply.integer(bits === undefined ? 0 : countRange(value!, bits.first, bits.last));
    },
  },
];
