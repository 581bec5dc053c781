/**
 * SHA-256 and SHA-512 (FIPS 180-4). Sums of several words are added column by column, so that there is less depth than in a row of
 * adders and fewer AND gates where constants and the lowest bits are. Compression: 22,271 AND gates of depth 1,607 for SHA-256, 57,572
 * of depth 3,303 for SHA-512, held by a test.
 */
import { CircuitError } from '../../errors.ts';
import { CircuitBuilder, type Word } from '../builder.ts';
import {
  type AdderOptions,
  add,
  bytesToWord,
  constantBytes,
  constantWord,
  rotateRight,
  shiftRight,
  sumWords,
  wordToBytes,
  xorWord,
} from '../words/index.ts';
import {
  partiesParameter,
  recipientsParameter,
  secretInput,
  sharedParameter,
  standard,
} from './parameters.ts';

type Three = readonly [number, number, number];

export interface Sha2 {
  readonly name: string;
  readonly wordBits: number;
  readonly rounds: number;
  /** Rotations of the large sums; rotations of the small ones, of which the last is a shift. */
  readonly large0: Three;
  readonly large1: Three;
  readonly small0: Three;
  readonly small1: Three;
}

export const sha256: Sha2 = {
  name: 'sha-256',
  wordBits: 32,
  rounds: 64,
  large0: [2, 13, 22],
  large1: [6, 11, 25],
  small0: [7, 18, 3],
  small1: [17, 19, 10],
};

export const sha512: Sha2 = {
  name: 'sha-512',
  wordBits: 64,
  rounds: 80,
  large0: [28, 34, 39],
  large1: [14, 18, 41],
  small0: [1, 8, 7],
  small1: [19, 61, 6],
};

export const blockBytes = ({ wordBits }: Sha2) => 2 * wordBits;
export const digestBytes = ({ wordBits }: Sha2) => wordBits;

/** FIPS 180-4, 5.3: square roots of the first eight primes. */
export function initialState(hash: Sha2): Word[] {
  return primes(8).map((prime) => constantWord(rootFraction(prime, 2, hash.wordBits), hash.wordBits));
}

/**
 * Of the truncated hashes, SHA-224 and SHA-384 (FIPS 180-4, 5.3.2 and 5.3.4): square roots of the ninth to sixteenth prime, the second 32
 * bits of the fraction for SHA-224, the first 64 for SHA-384.
 */
export function truncatedInitialState({ wordBits }: Sha2): Word[] {
  return primes(16)
    .slice(8)
    .map((prime) => constantWord(rootFraction(prime, 2, 64), wordBits));
}

/**
 * FIPS 180-4, 6.2.2 and 6.4.2.
 * @param state eight words
 * @param block sixteen words
 */
export function compress(
  builder: CircuitBuilder,
  hash: Sha2,
  state: readonly Word[],
  block: readonly Word[],
  options?: AdderOptions,
): Word[] {
  const schedule = expand(builder, hash, block, options);
  const constants = roundConstants(hash);
  const addends = schedule.map((word, round) => [constantWord(constants[round]!, hash.wordBits), word]);
  return rounds(builder, hash, state, addends, options);
}

/**
 * The same for a block that all parties know: without the schedule's gates.
 * @param schedule one word for each round: that of the message schedule plus the round's constant, see `roundConstants`
 */
export function compressScheduled(
  builder: CircuitBuilder,
  hash: Sha2,
  state: readonly Word[],
  schedule: readonly Word[],
  options?: AdderOptions,
): Word[] {
  if (schedule.length !== hash.rounds) throw new CircuitError('a schedule has one word for each round');
  return rounds(
    builder,
    hash,
    state,
    schedule.map((word) => [word]),
    options,
  );
}

/** FIPS 180-4, 4.2.2 and 4.2.3: cube roots of the first primes, one for each round. */
export function roundConstants({ rounds, wordBits }: Sha2): bigint[] {
  return primes(rounds).map((prime) => rootFraction(prime, 3, wordBits));
}

/** @param addends by round: what is added beside the state */
function rounds(
  builder: CircuitBuilder,
  hash: Sha2,
  state: readonly Word[],
  addends: readonly (readonly Word[])[],
  options?: AdderOptions,
): Word[] {
  const { wordBits, large0, large1 } = hash;
  const sum = (...terms: Word[]) => sumWords(builder, terms, wordBits, options);
  let [a, b, c, d, e, f, g, h] = state as readonly [Word, Word, Word, Word, Word, Word, Word, Word];
  for (const added of addends) {
    const chosen = e.map((bit, i) => builder.mux(bit, f[i]!, g[i]!));
    const most = a.map((bit, i) => majorityOf(builder, bit, b[i]!, c[i]!));
    const first = sum(h, rotations(builder, e, large1), chosen, ...added);
    const next = sum(first, rotations(builder, a, large0), most);
    [h, g, f, e, d, c, b, a] = [g, f, e, add(builder, d, first, options), c, b, a, next];
  }
  return [a, b, c, d, e, f, g, h].map((word, i) => add(builder, word, state[i]!, options));
}

/**
 * Digest of a message of a fixed length.
 * @param message bits of whole bytes, those of the first byte first
 * @returns bits of the digest in the same order
 */
export function digest(builder: CircuitBuilder, hash: Sha2, message: Word, options?: AdderOptions): Word {
  return digestFrom(builder, hash, initialState(hash), 0, message, options);
}

/** @param before bytes that the state has taken already: whole blocks */
export function digestFrom(
  builder: CircuitBuilder,
  hash: Sha2,
  state: readonly Word[],
  before: number,
  message: Word,
  options?: AdderOptions,
): Word {
  if (message.length % 8 !== 0) throw new CircuitError('a message has whole bytes');
  const padded = [...message, ...constantBytes(padding(hash, before + message.length / 8))];
  const blockBits = 8 * blockBytes(hash);
  let chained = state;
  for (let at = 0; at < padded.length; at += blockBits) {
    chained = compress(builder, hash, chained, wordsOf(hash, padded.slice(at, at + blockBits)), options);
  }
  return bytesOfState(chained);
}

/** Words of a block or a state from its bytes, which are big-endian. */
export function wordsOf({ wordBits }: Sha2, bytes: Word): Word[] {
  return Array.from({ length: bytes.length / wordBits }, (_, i) =>
    bytesToWord(wordToBytes(bytes.slice(i * wordBits, (i + 1) * wordBits), 'little'), 'big'),
  );
}

export function bytesOfState(state: readonly Word[]): Word {
  return state.flatMap((word) => wordToBytes(word, 'big').flat());
}

/** FIPS 180-4, 5.1: what follows a message of so many bytes. */
function padding(hash: Sha2, bytes: number): Uint8Array {
  const lengthBytes = hash.wordBits / 4;
  const block = blockBytes(hash);
  const out = Buffer.alloc(block - ((bytes + lengthBytes) % block) + lengthBytes);
  out[0] = 0x80;
  out.writeBigUInt64BE(8n * BigInt(bytes), out.length - 8);
  return out;
}

function expand(builder: CircuitBuilder, hash: Sha2, block: readonly Word[], options?: AdderOptions): Word[] {
  const words = [...block];
  for (let i = 16; i < hash.rounds; i++) {
    const small0 = shiftedRotations(builder, words[i - 15]!, hash.small0);
    const small1 = shiftedRotations(builder, words[i - 2]!, hash.small1);
    words.push(sumWords(builder, [words[i - 16]!, small0, words[i - 7]!, small1], hash.wordBits, options));
  }
  return words;
}

function rotations(builder: CircuitBuilder, word: Word, [r, s, t]: Three): Word {
  return xorWord(builder, xorWord(builder, rotateRight(word, r), rotateRight(word, s)), rotateRight(word, t));
}

function shiftedRotations(builder: CircuitBuilder, word: Word, [r, s, t]: Three): Word {
  return xorWord(builder, xorWord(builder, rotateRight(word, r), rotateRight(word, s)), shiftRight(word, t));
}

/** Of a, b and c, where a ^ b is wanted by the next round as its b ^ c and so is one gate. */
function majorityOf(builder: CircuitBuilder, a: number, b: number, c: number): number {
  return builder.xor(b, builder.and(builder.xor(a, b), builder.xor(b, c)));
}

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}

/** First bits of the fraction of the k-th root: floor(root(n) * 2^bits) modulo 2^bits. */
function rootFraction(n: number, k: 2 | 3, bits: number): bigint {
  const target = BigInt(n) << BigInt(k * bits);
  let root = 0n;
  for (let bit = BigInt(bits + 8); bit >= 0n; bit--) {
    const next = root | (1n << bit);
    if (next ** BigInt(k) <= target) root = next;
  }
  return BigInt.asUintN(bits, root);
}

const compression = (hash: Sha2) =>
  standard(
    `${hash.name}-compression`,
    `The compression function of ${hash.name}: input \`state\` of the first party and \`block\` of the second, output \`state\`, all as bytes.`,
    {
      parties: partiesParameter(1, 16, 'who gives the state, who the block; others give shares or learn'),
      shared: sharedParameter,
      to: recipientsParameter,
    },
    (values) => {
      const builder = new CircuitBuilder();
      const state = secretInput(builder, values, 0, 'state', 8 * hash.wordBits);
      const block = secretInput(builder, values, 1, 'block', 16 * hash.wordBits);
      const next = compress(builder, hash, wordsOf(hash, state), wordsOf(hash, block));
      builder.output('state', values.to, bytesOfState(next));
      return builder;
    },
  );

const whole = (hash: Sha2) =>
  standard(
    hash.name,
    `The ${hash.name} digest of a message of a fixed length: input \`message\` of the first party, output \`digest\`.`,
    {
      parties: partiesParameter(1, 16, 'who gives the message; others give shares or learn'),
      messageBytes: { kind: 'integer', min: 1, max: 16_384, description: 'length of the message' },
      shared: sharedParameter,
      to: recipientsParameter,
    },
    (values) => {
      const builder = new CircuitBuilder();
      const message = secretInput(builder, values, 0, 'message', 8 * values.messageBytes);
      builder.output('digest', values.to, digest(builder, hash, message));
      return builder;
    },
  );

export const sha2Circuits = [sha256, sha512].flatMap((hash) => [compression(hash), whole(hash)]);
