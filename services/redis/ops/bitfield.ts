/** BITFIELD and BITFIELD_RO: several reads and changes of integers within one string. */
import { addToField, type FieldType, type Overflow, readField, writeField } from '../engine/bit-field.ts';
import type { Call } from '../engine/call.ts';
import type { CommandRow } from '../engine/command.ts';
import { oneKey } from '../engine/command.ts';
import { notInteger, RedisError, syntaxError } from '../engine/errors.ts';
import { parseInteger } from '../engine/numbers.ts';
import { asString, extendString, recordBytes } from '../engine/types/string-changes.ts';
import { parseBitOffset } from './bit-range.ts';

const badType = new RedisError(
  'ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.',
);
const badOverflow = new RedisError('ERR Invalid OVERFLOW type specified');
const readOnly = new RedisError('ERR BITFIELD_RO only supports the GET subcommand');

interface FieldOperation {
  readonly kind: 'GET' | 'SET' | 'INCRBY';
  readonly type: FieldType;
  /** In bits. */
  readonly offset: number;
  /** Of SET and INCRBY. */
  readonly value: number | bigint;
  readonly overflow: Overflow;
}

/** `i8`, `u16`. @throws RedisError */
function parseType(text: string): FieldType {
  const letter = text[0];
  const bits = parseInteger(text.slice(1));
  const most = letter === 'i' ? 64 : letter === 'u' ? 63 : 0;
  if (typeof bits !== 'number' || bits < 1 || bits > most) throw badType;
  return { signed: letter === 'i', bits };
}

/** @throws RedisError */
function parseOperations(args: readonly string[], bytesMax: number): FieldOperation[] {
  const operations: FieldOperation[] = [];
  let overflow: Overflow = 'WRAP';
  for (let i = 2; i < args.length; ) {
    const word = args[i]!.toUpperCase();
    const left = args.length - i - 1;
    if (word === 'OVERFLOW' && left >= 1) {
      const policy = args[i + 1]!.toUpperCase();
      if (policy !== 'WRAP' && policy !== 'SAT' && policy !== 'FAIL') throw badOverflow;
      overflow = policy;
      i += 2;
      continue;
    }
    const known = word === 'GET' ? left >= 2 : (word === 'SET' || word === 'INCRBY') && left >= 3;
    if (!known) throw syntaxError;
    const kind = word as FieldOperation['kind'];
    const type = parseType(args[i + 1]!);
    const offset = parseBitOffset(args[i + 2]!, type.bits, bytesMax);
    const value = kind === 'GET' ? 0 : parseInteger(args[i + 3]!);
    if (value === undefined) throw notInteger;
    operations.push({ kind, type, offset, value, overflow });
    i += kind === 'GET' ? 3 : 4;
  }
  return operations;
}

function readAll(call: Call, key: string, operations: readonly FieldOperation[]): void {
  const value = asString(call.db.read(key)) ?? '';
  call.reply.array(operations.length);
  for (const { type, offset } of operations) call.reply.integer(readField(value, type, offset));
}

/** The string is as long as the furthest change needs it, even if that change is refused. */
function changeAll(call: Call, key: string, operations: readonly FieldOperation[]): void {
  const { db, reply } = call;
  const before = asString(db.write(key));
  let length = 0;
  for (const { kind, type, offset } of operations) {
    if (kind !== 'GET') length = Math.max(length, Math.ceil((offset + type.bits) / 8));
  }
  if (length > db.engine.bulkBytesMax)
    throw new RedisError('ERR bit offset is not an integer or out of range');
  const grows = length > (before?.length ?? 0);
  let changed = false;
  const raw = extendString(db, key, before, length);
  reply.array(operations.length);
  for (const { kind, type, offset, value, overflow } of operations) {
    const old = readField(raw, type, offset);
    if (kind === 'GET') {
      reply.integer(old);
      continue;
    }
    // SET takes any 64-bit value, of which an unsigned field sees the bits without a sign.
    const wanted = !type.signed && value < 0 ? BigInt.asUintN(64, BigInt(value)) : value;
    const after =
      kind === 'SET' ? addToField(type, wanted, 0, overflow) : addToField(type, old, value, overflow);
    if (after === undefined) {
      reply.null();
      continue;
    }
    if (old !== after) {
      writeField(raw, type, offset, after);
      recordBytes(db, key, raw, Math.floor(offset / 8), Math.ceil((offset + type.bits) / 8));
    }
    changed ||= grows || old !== after;
    reply.integer(kind === 'SET' ? old : after);
  }
  if (changed) db.notify('$', 'setbit', key);
}

export const bitFieldCommands: CommandRow[] = [
  {
    name: 'bitfield',
    arity: -2,
    flags: ['write', 'denyoom'],
    categories: ['bitmap'],
    keys: [
      {
        ...oneKey('RW', 'access', 'update', 'variable_flags')[0]!,
        notes: 'Reads and changes in one command.',
      },
    ],
    group: 'bitmap',
    since: '3.2.0',
    complexity: 'O(1) for each operation',
    summary: 'Reads and changes integers of any width within a string.',
    syntax:
      'key [GET encoding offset | [OVERFLOW <WRAP | SAT | FAIL>] <SET encoding offset value | INCRBY encoding offset increment> [GET encoding offset | [OVERFLOW <WRAP | SAT | FAIL>] <SET encoding offset value | INCRBY encoding offset increment> ...]]',
    run(call, args) {
      const operations = parseOperations(args, call.engine.bulkBytesMax);
      if (operations.every(({ kind }) => kind === 'GET')) readAll(call, args[1]!, operations);
      else changeAll(call, args[1]!, operations);
    },
  },
  {
    name: 'bitfield_ro',
    arity: -2,
    flags: ['readonly', 'fast'],
    categories: ['bitmap'],
    keys: oneKey('RO', 'access'),
    group: 'bitmap',
    since: '6.0.0',
    complexity: 'O(1) for each operation',
    summary: 'Reads integers of any width within a string.',
    syntax: 'key [GET encoding offset [GET encoding offset ...]]',
    run(call, args) {
      const operations = parseOperations(args, call.engine.bulkBytesMax);
      if (operations.some(({ kind }) => kind !== 'GET')) throw readOnly;
      readAll(call, args[1]!, operations);
    },
  },
];
