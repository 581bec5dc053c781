/**
 * What a public message adds in each round of SHA-2 (FIPS 180-4, 5.1 and 6.2.2): computed in the clear, so that no gate is spent on
 * message schedules.
 */
import { bitsOfBytes } from '../../mpc/circuit/bits.ts';
import { blockBytes, roundConstants, type Sha2 } from '../../mpc/circuit/standard/sha2.ts';

const constantsOf = new Map<Sha2, readonly bigint[]>();

/** Blocks of the inner hash for a message of so many bytes: the key's block, which comes first, is not counted. */
export function innerBlocks(hash: Sha2, messageBytes: number): number {
  return Math.ceil((messageBytes + 1 + hash.wordBits / 4) / blockBytes(hash));
}

/**
 * @param message public
 * @returns by block: bits of message schedule plus constant, round after round, the least significant bit of each word first
 */
export function innerSchedules(hash: Sha2, message: Uint8Array): Uint8Array[] {
  const block = blockBytes(hash);
  const padded = Buffer.alloc(block * innerBlocks(hash, message.length));
  padded.set(message);
  padded[message.length] = 0x80;
  padded.writeBigUInt64BE(8n * BigInt(block + message.length), padded.length - 8);
  return Array.from({ length: padded.length / block }, (_, i) =>
    scheduleOf(hash, padded.subarray(block * i, block * (i + 1))),
  );
}

function scheduleOf(hash: Sha2, block: Buffer): Uint8Array {
  const { wordBits, rounds, small0, small1 } = hash;
  const constants = constantsOf.get(hash) ?? roundConstants(hash);
  constantsOf.set(hash, constants);
  const width = BigInt(wordBits);
  const rotate = (word: bigint, by: number) => (word >> BigInt(by)) | (word << (width - BigInt(by)));
  const small = (word: bigint, [r, s, t]: Sha2['small0']) =>
    BigInt.asUintN(wordBits, rotate(word, r) ^ rotate(word, s)) ^ (word >> BigInt(t));
  const read = (at: number) =>
    wordBits === 32 ? BigInt(block.readUInt32BE(4 * at)) : block.readBigUInt64BE(8 * at);
  const words = Array.from({ length: 16 }, (_, i) => read(i));
  const out = new Uint8Array(rounds * wordBits);
  const bytes = Buffer.alloc(8);
  for (let i = 0; i < rounds; i++) {
    if (i >= 16) {
      const sum =
        words[i - 16]! + small(words[i - 15]!, small0) + words[i - 7]! + small(words[i - 2]!, small1);
      words.push(BigInt.asUintN(wordBits, sum));
    }
    bytes.writeBigUInt64LE(BigInt.asUintN(wordBits, words[i]! + constants[i]!));
    out.set(bitsOfBytes(bytes, wordBits), i * wordBits);
  }
  return out;
}
