/** BITPOS: the first bit that is set or clear. */
import { firstBit, skipBytes } from '../engine/bits.ts';
import type { CommandRow } from '../engine/command.ts';
import { oneKey } from '../engine/command.ts';
import { notInteger, RedisError } from '../engine/errors.ts';
import { parseInteger } from '../engine/numbers.ts';
import { asString, byteAt, type StringValue } from '../engine/types/string-changes.ts';
import { bitsOfRange, parseBitRange } from './bit-range.ts';

const badBit = new RedisError('ERR The bit argument must be 1 or 0.');

/** @returns position of the first such bit from `first` to `last`, or -1 */
function findBit(value: StringValue, bit: 0 | 1, first: number, last: number): number {
  const start = Math.floor(first / 8);
  const end = Math.floor(last / 8) + 1;
  const other = bit === 1 ? 0 : 0xff;
  // The first byte may have such bits before the range: they are taken as the other kind.
  const outside = ~(0xff >> (first & 7)) & 0xff;
  const head = bit === 1 ? byteAt(value, start) & ~outside : byteAt(value, start) | outside;
  let at = start;
  let byte = head;
  if (head === other) {
    at = skipBytes(value, other, start + 1, end);
    if (at >= end) return -1;
    byte = byteAt(value, at);
  }
  const position = at * 8 + firstBit(byte, bit);
  return position > last ? -1 : position;
}

export const bitPosCommands: CommandRow[] = [
  {
    name: 'bitpos',
    arity: -3,
    flags: ['readonly'],
    categories: ['bitmap'],
    keys: oneKey('RO', 'access'),
    group: 'bitmap',
    since: '2.8.7',
    complexity: 'O(N) for N bytes',
    summary: 'Finds the first bit of a kind in a string or a part of it.',
    syntax: 'key bit [start [end [BYTE | BIT]]]',
    run(call, args) {
      const { reply } = call;
      const wanted = parseInteger(args[2]!);
      if (wanted === undefined) throw notInteger;
      if (wanted !== 0 && wanted !== 1) throw badBit;
      const range = parseBitRange(args, 3);
      const value = asString(call.db.read(args[1]!));
      // A missing key is a string of zeros without an end.
      if (value === undefined) return reply.integer(wanted === 1 ? -1 : 0);
      const bits = bitsOfRange(range, value.length);
      if (bits === undefined) return reply.integer(-1);
      const position = findBit(value, wanted, bits.first, bits.last);
      // So is what follows a string of ones, unless the range has an end.
      if (position < 0 && wanted === 0 && !range.endGiven) return reply.integer(value.length * 8);
      reply.integer(position);
    },
  },
];
