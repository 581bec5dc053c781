/** The functions of the language as gates. */
import type { Word } from '../../circuit/builder.ts';
import { encryptBlock, expandKey } from '../../circuit/standard/aes.ts';
import { hmac } from '../../circuit/standard/hmac.ts';
import { digest, sha256, sha512 } from '../../circuit/standard/sha2.ts';
import * as words from '../../circuit/words/index.ts';
import type { BuiltinName } from '../check/builtins.ts';
import type { BuiltinCall } from '../check/tree.ts';
import { bitsOf, sizeOf, type Type } from '../types.ts';
import { asNumber, asParts, asWord, fromBits, type Making, toBits, type Value, zeroValue } from './making.ts';

type Row = (making: Making, call: BuiltinCall, args: readonly Value[]) => Value;

const rows: Readonly<Record<BuiltinName, Row>> = {
  min: (making, { type }, args) => extreme(making, type, args, false),
  max: (making, { type }, args) => extreme(making, type, args, true),
  abs({ builder }, { type }, [value]) {
    if (type.kind === 'number') return asNumber(value!) < 0n ? -asNumber(value!) : value!;
    return words.absolute(builder, asWord(value!));
  },
  popcount({ builder }, { type }, [value]) {
    const count = words.popcount(builder, asWord(value!));
    const bits = bitsOf(type);
    return count.length > bits ? count.slice(0, bits) : words.zeroExtend(count, bits);
  },
  rotateLeft: (making, call, args) => rotate(making, call, args, words.rotateLeft, words.rotateLeftBy),
  rotateRight: (making, call, args) => rotate(making, call, args, words.rotateRight, words.rotateRightBy),
  reverseBytes: (_, __, [value]) => words.reverseBytes(asWord(value!)),
  concatBits: (_, __, [high, low]) => [...asWord(low!), ...asWord(high!)],
  equal({ builder }, call, [a, b]) {
    const { type } = call.arguments[0]!;
    return words.equal(builder, toBits(type, a!), toBits(type, b!));
  },
  zero: (_, { type }) => zeroValue(type),
  fill: (_, { type }, [value]) => Array<Value>(lengthOf(type)).fill(value!),
  slice(_, { type }, [array, from]) {
    const start = Number(asNumber(from!));
    return asParts(array!).slice(start, start + lengthOf(type));
  },
  toBits: (_, __, [value]) => value!,
  fromBits: (_, __, [bits]) => bits!,
  toBytesBE: (_, __, [value]) => words.wordToBytes(asWord(value!), 'big'),
  toBytesLE: (_, __, [value]) => words.wordToBytes(asWord(value!), 'little'),
  fromBytesBE: (_, __, [bytes]) => words.bytesToWord(bytes as readonly Word[], 'big'),
  fromBytesLE: (_, __, [bytes]) => words.bytesToWord(bytes as readonly Word[], 'little'),
  utf8: literal,
  hex: literal,
  sha256: ({ builder }, call, [bytes]) => toBytes(call, digest(builder, sha256, wordOf(bytes!))),
  sha512: ({ builder }, call, [bytes]) => toBytes(call, digest(builder, sha512, wordOf(bytes!))),
  hmacSha256({ builder }, call, [key, message]) {
    return toBytes(call, hmac(builder, sha256, wordOf(key!), wordOf(message!)));
  },
  aes128: encrypt,
  aes256: encrypt,
};

function encrypt({ builder }: Making, call: BuiltinCall, [key, block]: readonly Value[]): Value {
  return toBytes(call, encryptBlock(builder, expandKey(builder, wordOf(key!)), wordOf(block!)));
}

export function makeBuiltin(making: Making, call: BuiltinCall, args: readonly Value[]): Value {
  making.count(call, costOf(call));
  const value = rows[call.name](making, call, args);
  making.count(call, 1);
  return value;
}

/** Bytes of a block and steps for it, also of constants, of which no gates are left; blocks that come to those of the message. */
const blocks: Partial<Record<BuiltinName, readonly [bytes: number, steps: number, more: number]>> = {
  sha256: [64, 60_000, 1],
  hmacSha256: [64, 60_000, 4],
  sha512: [128, 150_000, 1],
  aes128: [32, 15_000, 0],
  aes256: [48, 21_000, 0],
};

function costOf({ name, type, arguments: args }: BuiltinCall): number {
  const given = args.map((each) => sizeOf(each.type));
  const bits = given.reduce((sum, each) => sum + each.bits, 0);
  const values = given.reduce((sum, each) => sum + each.values, sizeOf(type).values + bitsOf(type));
  const block = blocks[name];
  if (block === undefined) return values + bits;
  return values + bits + Math.ceil(bits / 8 / block[0] + block[2]) * block[1];
}

function literal(): Value {
  throw new Error('the checker makes bytes of these');
}

function extreme({ builder }: Making, type: Type, args: readonly Value[], isMax: boolean): Value {
  if (type.kind === 'number') {
    return args.map(asNumber).reduce((a, b) => (isMax === a < b ? b : a));
  }
  const isSigned = type.kind === 'integer' && type.isSigned;
  const lessThan = isSigned ? words.signedLessThan : words.lessThan;
  return words.tree(args.map(asWord), [], (a, b) => {
    const isLess = lessThan(builder, a, b);
    return isMax ? words.muxWord(builder, isLess, b, a) : words.muxWord(builder, isLess, a, b);
  });
}

function rotate(
  { builder }: Making,
  call: BuiltinCall,
  [value, by]: readonly Value[],
  byNumber: (word: Word, by: number) => Word,
  byWord: (builder: Making['builder'], word: Word, by: Word) => Word,
): Value {
  const word = asWord(value!);
  if (call.arguments[1]!.type.kind !== 'number') return byWord(builder, word, asWord(by!));
  const width = BigInt(word.length);
  return byNumber(word, Number(((asNumber(by!) % width) + width) % width));
}

function lengthOf(type: Type): number {
  return type.kind === 'array' ? type.length : 0;
}

/** Bytes as one word, the first byte in its lowest bits. */
function wordOf(bytes: Value): Word {
  return asParts(bytes).flatMap((each) => asWord(each));
}

function toBytes({ type }: BuiltinCall, word: Word): Value {
  return fromBits(type, word);
}
