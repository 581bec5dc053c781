/** The functions of the language on values; of the cryptographic ones, those of node:crypto. */
import { createCipheriv, createHash, createHmac } from 'node:crypto';
import type { BuiltinName } from '../check/builtins.ts';
import type { BuiltinCall } from '../check/tree.ts';
import { bitsOf, type IntegerType, type Type } from '../types.ts';
import { type ClearValue, isEqual, wrap, zeroOf } from './values.ts';

type Row = (call: BuiltinCall, args: readonly ClearValue[]) => ClearValue;

const rows: Readonly<Record<BuiltinName, Row>> = {
  min: (_, args) => args.reduce((a, b) => (b < a ? b : a)),
  max: (_, args) => args.reduce((a, b) => (b > a ? b : a)),
  abs({ type }, [value]) {
    const magnitude = integer(value) < 0n ? -integer(value) : integer(value);
    return type.kind === 'integer' ? wrap(type, magnitude) : magnitude;
  },
  popcount(call, [value]) {
    let count = 0n;
    for (let rest = unsigned(call, 0, value); rest > 0n; rest >>= 1n) count += rest & 1n;
    return count;
  },
  rotateLeft: (call, [value, by]) => rotate(call, value, integer(by)),
  rotateRight: (call, [value, by]) => rotate(call, value, -integer(by)),
  reverseBytes(call, [value]) {
    const bytes = bytesOf(unsigned(call, 0, value), bitsOf(call.type) / 8).reverse();
    return wrap(call.type as IntegerType, integerOf(bytes));
  },
  concatBits(call, [high, low]) {
    const lowBits = BigInt(bitsOf(call.arguments[1]!.type));
    return (unsigned(call, 0, high) << lowBits) | unsigned(call, 1, low);
  },
  equal: (_, [a, b]) => isEqual(a!, b!),
  zero: ({ type }) => zeroOf(type),
  fill: ({ type }, [value]) => Array.from({ length: lengthOf(type) }, () => value!),
  slice({ type }, [array, from]) {
    return list(array).slice(Number(from), Number(from) + lengthOf(type));
  },
  toBits(call, [value]) {
    const number = unsigned(call, 0, value);
    return Array.from({ length: lengthOf(call.type) }, (_, i) => ((number >> BigInt(i)) & 1n) === 1n);
  },
  fromBits({ type }, [bits]) {
    const number = list(bits).reduce(
      (sum: bigint, bit, i) => (bit === true ? sum + (1n << BigInt(i)) : sum),
      0n,
    );
    return wrap(type as IntegerType, number);
  },
  toBytesBE: (call, [value]) => bytesOf(unsigned(call, 0, value), lengthOf(call.type)).reverse(),
  toBytesLE: (call, [value]) => bytesOf(unsigned(call, 0, value), lengthOf(call.type)),
  fromBytesBE: ({ type }, [bytes]) => wrap(type as IntegerType, integerOf(list(bytes).toReversed())),
  fromBytesLE: ({ type }, [bytes]) => wrap(type as IntegerType, integerOf(list(bytes))),
  utf8: literal,
  hex: literal,
  sha256: (_, [bytes]) => fromBuffer(createHash('sha256').update(toBuffer(bytes)).digest()),
  sha512: (_, [bytes]) => fromBuffer(createHash('sha512').update(toBuffer(bytes)).digest()),
  hmacSha256: (_, [key, text]) => {
    return fromBuffer(createHmac('sha256', toBuffer(key)).update(toBuffer(text)).digest());
  },
  aes128: (_, [key, block]) => encrypted('aes-128-ecb', key, block),
  aes256: (_, [key, block]) => encrypted('aes-256-ecb', key, block),
};

export function callBuiltin(call: BuiltinCall, args: readonly ClearValue[]): ClearValue {
  return rows[call.name](call, args);
}

function encrypted(name: string, key: ClearValue | undefined, block: ClearValue | undefined): ClearValue {
  const cipher = createCipheriv(name, toBuffer(key), null).setAutoPadding(false);
  return fromBuffer(cipher.update(toBuffer(block)));
}

function literal(): ClearValue {
  throw new Error('the checker makes bytes of these');
}

function integer(value: ClearValue | undefined): bigint {
  if (typeof value !== 'bigint') throw new Error('an integer was checked for');
  return value;
}

function list(value: ClearValue | undefined): readonly ClearValue[] {
  if (typeof value !== 'object') throw new Error('an array was checked for');
  return value;
}

/** The bits of an argument as a number that is not negative. */
function unsigned(call: BuiltinCall, argument: number, value: ClearValue | undefined): bigint {
  return BigInt.asUintN(bitsOf(call.arguments[argument]!.type), integer(value));
}

function rotate(call: BuiltinCall, value: ClearValue | undefined, left: bigint): bigint {
  const type = call.type as IntegerType;
  const width = BigInt(type.bits);
  const by = ((left % width) + width) % width;
  const bits = unsigned(call, 0, value);
  return wrap(type, (bits << by) | (bits >> (width - by)));
}

function lengthOf(type: Type): number {
  return type.kind === 'array' ? type.length : 0;
}

/** The least significant first. */
function bytesOf(value: bigint, count: number): bigint[] {
  return Array.from({ length: count }, (_, i) => (value >> BigInt(8 * i)) & 255n);
}

function integerOf(bytes: readonly ClearValue[]): bigint {
  return bytes.reduce((sum: bigint, byte, i) => sum + (integer(byte) << BigInt(8 * i)), 0n);
}

function toBuffer(bytes: ClearValue | undefined): Buffer {
  return Buffer.from(list(bytes).map(Number));
}

function fromBuffer(bytes: Buffer): bigint[] {
  return Array.from(bytes, BigInt);
}
