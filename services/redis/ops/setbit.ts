/** Single bits: SETBIT, GETBIT. */
import type { CommandRow } from '../engine/command.ts';
import { oneKey } from '../engine/command.ts';
import { RedisError } from '../engine/errors.ts';
import { asString, byteAt, writeBytes } from '../engine/types/string-changes.ts';
import { parseBitOffset } from './bit-range.ts';

const badBit = new RedisError('ERR bit is not an integer or out of range');

/** Byte strings of one byte, so that setting a bit makes none. */
const singleBytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));

export const setBitCommands: CommandRow[] = [
  {
    name: 'setbit',
    arity: 4,
    flags: ['write', 'denyoom'],
    categories: ['bitmap'],
    keys: oneKey('RW', 'access', 'update'),
    group: 'bitmap',
    since: '2.2.0',
    complexity: 'O(1)',
    summary: 'Sets or clears a bit of a string and gives what it was; the string grows as far as needed.',
    syntax: 'key offset value',
    run(call, args) {
      const { db } = call;
      const key = args[1]!;
      const offset = parseBitOffset(args[2]!, 0, db.engine.bulkBytesMax);
      const bit = args[3]!;
      if (bit !== '0' && bit !== '1') throw badBit;
      const value = asString(db.write(key));
      const index = Math.floor(offset / 8);
      const mask = 0x80 >> (offset & 7);
      const before = value === undefined ? 0 : byteAt(value, index);
      const after = bit === '1' ? before | mask : before & ~mask;
      if (after !== before || value === undefined || index >= value.length) {
        writeBytes(db, key, value, index, singleBytes[after]!);
        db.notify('$', 'setbit', key);
      }
      call.reply.integer((before & mask) === 0 ? 0 : 1);
    },
  },
  {
    name: 'getbit',
    arity: 3,
    flags: ['readonly', 'fast'],
    categories: ['bitmap'],
    keys: oneKey('RO', 'access'),
    group: 'bitmap',
    since: '2.2.0',
    complexity: 'O(1)',
    summary: 'Gives a bit of a string; behind its end all are 0.',
    syntax: 'key offset',
    run(call, args) {
      const offset = parseBitOffset(args[2]!, 0, call.engine.bulkBytesMax);
      const value = asString(call.db.read(args[1]!));
      const byte = value === undefined ? 0 : byteAt(value, Math.floor(offset / 8));
      call.reply.integer((byte >> (7 - (offset & 7))) & 1);
    },
  },
];
