/**
 * AES (FIPS 197), encryption of one block with the key schedule in the circuit. 32 AND gates for each S-box and none else: with keys of
 * 128 bits 160 + 40 S-boxes, 6,400 gates; of 256 bits 224 + 52, 8,832; of depth 60 and
 * 84. Held by a test.
 */
import { CircuitError } from '../../errors.ts';
import { CircuitBuilder, FALSE, type Word } from '../builder.ts';
import { constantWord, wordToBytes, xorWord } from '../words/index.ts';
import { subByte } from './aes-sbox.ts';
import {
  partiesParameter,
  recipientsParameter,
  secretInput,
  sharedParameter,
  standard,
} from './parameters.ts';

/** Sixteen bytes of eight bits, column by column as in the standard. */
type State = readonly Word[];

/**
 * @param key 128, 192 or 256 bits, those of the first byte first
 * @returns the round keys, sixteen bytes each
 */
export function expandKey(builder: CircuitBuilder, key: Word): State[] {
  const words = key.length / 32;
  if (![4, 6, 8].includes(words)) throw new CircuitError(`AES has no keys of ${key.length} bits`);
  const rounds = words + 6;
  const bytes = wordToBytes(key, 'little');
  const schedule: Word[][] = Array.from({ length: words }, (_, i) => bytes.slice(4 * i, 4 * i + 4));
  let roundConstant = 1;
  for (let i = words; i < 4 * (rounds + 1); i++) {
    let previous = schedule[i - 1]!;
    if (i % words === 0) {
      const [first, ...rest] = previous;
      previous = [...rest, first!].map((byte) => subByte(builder, byte));
      previous[0] = xorWord(builder, previous[0]!, constantWord(roundConstant, 8));
      roundConstant = (roundConstant << 1) ^ (roundConstant & 0x80 ? 0x11b : 0);
    } else if (words > 6 && i % words === 4) {
      previous = previous.map((byte) => subByte(builder, byte));
    }
    schedule.push(previous.map((byte, j) => xorWord(builder, byte, schedule[i - words]![j]!)));
  }
  return Array.from({ length: rounds + 1 }, (_, round) => schedule.slice(4 * round, 4 * round + 4).flat());
}

/**
 * @param block 128 bits, those of the first byte first
 * @returns 128 bits in the same order
 */
export function encryptBlock(builder: CircuitBuilder, roundKeys: readonly State[], block: Word): Word {
  if (block.length !== 128) throw new CircuitError('a block of AES has 128 bits');
  let state = addRoundKey(builder, wordToBytes(block, 'little'), roundKeys[0]!);
  for (const [round, key] of roundKeys.entries()) {
    if (round === 0) continue;
    const shifted = shiftRows(state.map((byte) => subByte(builder, byte)));
    const isLast = round === roundKeys.length - 1;
    state = addRoundKey(builder, isLast ? shifted : mixColumns(builder, shifted), key);
  }
  return state.flat();
}

function addRoundKey(builder: CircuitBuilder, state: State, key: State): State {
  return state.map((byte, i) => xorWord(builder, byte, key[i]!));
}

/** Row r, the bytes r, r + 4, ..., turns left by r columns. */
function shiftRows(state: State): State {
  return state.map((_, i) => state[(i + 4 * (i % 4)) % 16]!);
}

/** Byte i of a column becomes 2 b_i + 3 b_(i+1) + b_(i+2) + b_(i+3). */
function mixColumns(builder: CircuitBuilder, state: State): State {
  const xor = (a: Word, b: Word) => xorWord(builder, a, b);
  return state.map((byte, i) => {
    const at = (step: number) => state[(i & ~3) + ((i + step) % 4)]!;
    const others = xor(at(1), xor(at(2), at(3)));
    return xor(double(builder, xor(byte, at(1))), others);
  });
}

/** Times x in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1. */
function double(builder: CircuitBuilder, byte: Word): Word {
  const high = byte[7]!;
  const shifted = [FALSE, ...byte.slice(0, 7)];
  return shifted.map((bit, i) => ((0x1b >> i) & 1 ? builder.xor(bit, high) : bit));
}

const circuitOf = (keyBits: number) =>
  standard(
    `aes-${keyBits}`,
    `AES-${keyBits} encryption: inputs \`key\` of the first party and \`block0\`, ... of the second, outputs of the same names.`,
    {
      parties: partiesParameter(1, 16, 'who gives the key, who the blocks; others give shares or learn'),
      blocks: { kind: 'integer', min: 1, max: 1024, default: 1, description: 'blocks, each by itself' },
      shared: {
        ...sharedParameter,
        description:
          'every party gives a share of the key, of which the XOR is the key; the blocks stay with the second',
      },
      to: recipientsParameter,
    },
    (values) => {
      const builder = new CircuitBuilder();
      const roundKeys = expandKey(builder, secretInput(builder, values, 0, 'key', keyBits));
      const open = { parties: values.parties, shared: false };
      for (let i = 0; i < values.blocks; i++) {
        const block = secretInput(builder, open, 1, `block${i}`, 128);
        builder.output(`block${i}`, values.to, encryptBlock(builder, roundKeys, block));
      }
      return builder;
    },
  );

export const aesCircuits = [circuitOf(128), circuitOf(256)];
