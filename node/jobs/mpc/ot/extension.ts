/**
 * Correlated transfers without end from 128 base transfers: the extension of Ishai, Kilian, Nissim and Petrank (CRYPTO 2003), secure
 * against malicious receivers by the consistency check of SoftSpokenOT (Roy, CRYPTO 2022) with k = 1, the repetition code.
 *
 * The receiver has two seeds for each of 128 columns, the sender one of them, by the bits of its delta. For n transfers the
 * receiver expands all its seeds and sends, for each column, the sum of both expansions and its choices x; then the sender's
 * column i is t_i ^ delta_i * x, and rows of the sender's and the receiver's matrices differ by x_j * delta.
 *
 * The check: the sender draws a linear hash (column-hash.ts) after it has all columns; the receiver answers with the hashes of x
 * and of all t_i, and the sender compares the hash of each of its columns with hash(t_i) ^ delta_i * hash(x). A column in which a
 * receiver used other choices passes only if their hashes collide (less than 2^-100 for a whole batch), or if the receiver guessed
 * that bit of delta, which ends the computation with probability 1/2 for each such bit and leaves all others unknown. The answer
 * says nothing of x: 128 random bits at the end of x, which are no transfers, cover its hash, and the hashes of the t_i follow
 * from it and what the sender knows. KOS15's aggregated check, whose proof does not hold, is not used.
 */
import { type Cipheriv, createCipheriv } from 'node:crypto';
import { equalConstantTime } from '../../../crypto/compare.ts';
import { giveBack } from '../block/give-back.ts';
import { blockBytes, readWords, viewWords } from '../block/words.ts';
import type { Channel, RandomSource } from '../channel.ts';
import { bitsOfBytes, bytesOfBits } from '../circuit/bits.ts';
import { MpcAbort } from '../errors.ts';
import { receiveExactly } from '../messages.ts';
import { receiveBase, sendBase } from './base.ts';
import { ColumnHash, columnHashBytes } from './column-hash.ts';
import type { CotReceiver, CotSender, SetupCotReceiver, SetupCotSender } from './correlated.ts';
import { otKind } from './kinds.ts';
import { columns, transposeColumns } from './transpose.ts';

/** Transfers of one batch: with it a message of columns is 1 MiB. */
export const batchTransfers = 64 * 1024;

/** Rows of random choices that cover the hash of the others. */
const coverRows = 128;

/** Base transfers with 128 choices, the bits of delta. */
export const setupCotSender: SetupCotSender = async (channel, { random, sessionId, delta }) => {
  const own = Buffer.from(delta ?? random(blockBytes));
  const keys = await receiveBase(channel, { random, sessionId }, deltaBits(own));
  return extendingSender(channel, random, own, keys);
};

export const setupCotReceiver: SetupCotReceiver = async (channel, { random, sessionId }) => {
  const [zeros, ones] = await sendBase(channel, { random, sessionId }, columns);
  return extendingReceiver(channel, random, zeros, ones);
};

/** The choices of the base transfers. @throws RangeError */
export function deltaBits(delta: Uint8Array): Uint8Array {
  if (delta.length !== blockBytes) throw new RangeError(`a delta of ${delta.length} bytes`);
  return bitsOfBytes(delta);
}

/** @param keys of 128 base transfers, 16 bytes each: those of the bits of delta */
export function extendingSender(
  channel: Channel,
  random: RandomSource,
  delta: Buffer,
  keys: Buffer,
): CotSender {
  return new Sender(channel, random, delta, deltaBits(delta), streams(keys));
}

/** @param zeros keys of 128 base transfers for the choice 0, 16 bytes each. @param ones those for 1 */
export function extendingReceiver(
  channel: Channel,
  random: RandomSource,
  zeros: Buffer,
  ones: Buffer,
): CotReceiver {
  return new Receiver(channel, random, streams(zeros), streams(ones));
}

class Sender implements CotSender {
  readonly delta: Buffer;
  private readonly channel: Channel;
  private readonly random: RandomSource;
  private readonly bits: Uint8Array;
  private readonly seeds: readonly Cipheriv[];
  private caught = false;

  constructor(
    channel: Channel,
    random: RandomSource,
    delta: Buffer,
    bits: Uint8Array,
    seeds: readonly Cipheriv[],
  ) {
    this.channel = channel;
    this.random = random;
    this.delta = delta;
    this.bits = bits;
    this.seeds = seeds;
  }

  async extend(count: number): Promise<Buffer> {
    // Another chance would be another guess at delta.
    if (this.caught) throw new MpcAbort('cheating', this.channel.peer, 'columns did not agree before');
    const keys = new Int32Array(4 * count);
    for (let at = 0; at < count; at += batchTransfers) {
      const size = Math.min(batchTransfers, count - at);
      const batch = await this.batch(size);
      keys.set(batch.subarray(0, 4 * size), 4 * at);
      giveBack(batch);
    }
    return Buffer.from(keys.buffer);
  }

  private async batch(size: number): Promise<Int32Array> {
    const rows = rowsFor(size);
    const columnBytes = rows >>> 3;
    const message = await receiveExactly(this.channel, otKind.columns, columns * columnBytes);
    const corrections = readWords(message);
    const columnWords = columnBytes >>> 2;
    const matrix = new Int32Array(columns * columnWords);
    const zeros = Buffer.alloc(columnBytes);
    for (let column = 0; column < columns; column++) {
      const expanded = viewWords(this.seeds[column]!.update(zeros));
      const select = -this.bits[column]!;
      const from = column * columnWords;
      for (let i = 0; i < columnWords; i++) {
        matrix[from + i] = expanded[i]! ^ (corrections[from + i]! & select);
      }
      giveBack(expanded);
    }
    await this.check(matrix, columnBytes);
    const out = new Int32Array(4 * rows);
    transposeColumns(matrix, columnWords, rows, out);
    giveBack(matrix);
    return out;
  }

  private async check(matrix: Int32Array, columnBytes: number): Promise<void> {
    const key = this.random(blockBytes);
    await this.channel.send(otKind.challenge, key);
    const hash = new ColumnHash(key);
    const own = Buffer.alloc(columns * columnHashBytes);
    for (let column = 0; column < columns; column++) {
      own.set(hash.of(columnOf(matrix, column, columnBytes)), column * columnHashBytes);
    }
    // The hash is affine: what the length and the key alone add.
    const constant = readWords(hash.of(Buffer.alloc(columnBytes)));
    const response = await receiveExactly(this.channel, otKind.response, (1 + columns) * columnHashBytes);
    const theirs = readWords(response);
    const expected = viewWords(own);
    for (let i = 0; i < expected.length; i++) {
      const word = i & 3;
      expected[i]! ^= (theirs[word]! ^ constant[word]!) & -this.bits[i >> 2]!;
    }
    if (!equalConstantTime(own, response.subarray(columnHashBytes))) {
      this.caught = true;
      throw new MpcAbort('cheating', this.channel.peer, 'columns of transfers that do not agree');
    }
  }
}

class Receiver implements CotReceiver {
  private readonly channel: Channel;
  private readonly random: RandomSource;
  private readonly zeros: readonly Cipheriv[];
  private readonly ones: readonly Cipheriv[];

  constructor(channel: Channel, random: RandomSource, zeros: readonly Cipheriv[], ones: readonly Cipheriv[]) {
    this.channel = channel;
    this.random = random;
    this.zeros = zeros;
    this.ones = ones;
  }

  async extend(choices: Uint8Array): Promise<Buffer> {
    const blocks = new Int32Array(4 * choices.length);
    for (let at = 0; at < choices.length; at += batchTransfers) {
      const part = choices.subarray(at, at + batchTransfers);
      const batch = await this.batch(part);
      blocks.set(batch.subarray(0, 4 * part.length), 4 * at);
      giveBack(batch);
    }
    return Buffer.from(blocks.buffer);
  }

  private async batch(choices: Uint8Array): Promise<Int32Array> {
    const rows = rowsFor(choices.length);
    const columnBytes = rows >>> 3;
    const columnWords = columnBytes >>> 2;
    const covered = this.cover(choices, columnBytes);
    const choiceWords = readWords(covered);
    const matrix = new Int32Array(columns * columnWords);
    const corrections = new Int32Array(columns * columnWords);
    const zeros = Buffer.alloc(columnBytes);
    for (let column = 0; column < columns; column++) {
      const whenZero = viewWords(this.zeros[column]!.update(zeros));
      const whenOne = viewWords(this.ones[column]!.update(zeros));
      const from = column * columnWords;
      for (let i = 0; i < columnWords; i++) {
        matrix[from + i] = whenZero[i]!;
        corrections[from + i] = whenZero[i]! ^ whenOne[i]! ^ choiceWords[i]!;
      }
      giveBack(whenZero);
      giveBack(whenOne);
    }
    await this.channel.send(otKind.columns, Buffer.from(corrections.buffer));
    await this.answer(matrix, covered, columnBytes);
    const out = new Int32Array(4 * rows);
    transposeColumns(matrix, columnWords, rows, out);
    giveBack(matrix);
    return out;
  }

  /** Choices as bits, then random ones up to the end of the column: no less than `coverRows`. */
  private cover(choices: Uint8Array, columnBytes: number): Buffer {
    const packed = bytesOfBits(choices);
    const covered = Buffer.concat([packed, this.random(columnBytes - packed.length)]);
    return covered;
  }

  private async answer(matrix: Int32Array, choices: Buffer, columnBytes: number): Promise<void> {
    const key = await receiveExactly(this.channel, otKind.challenge, blockBytes);
    const hash = new ColumnHash(key);
    const response = Buffer.alloc((1 + columns) * columnHashBytes);
    response.set(hash.of(choices));
    for (let column = 0; column < columns; column++) {
      response.set(hash.of(columnOf(matrix, column, columnBytes)), (1 + column) * columnHashBytes);
    }
    await this.channel.send(otKind.response, response);
  }
}

/** Whole blocks of rows for the hash, the last of them the cover. */
function rowsFor(transfers: number): number {
  return Math.ceil(transfers / 128) * 128 + coverRows;
}

function columnOf(matrix: Int32Array, column: number, columnBytes: number): Buffer {
  return Buffer.from(matrix.buffer, column * columnBytes, columnBytes);
}

/** AES-128 in counter mode for each key of 16 bytes: streams that go on from one batch to the next. */
function streams(keys: Buffer): Cipheriv[] {
  return Array.from({ length: columns }, (_, i) =>
    createCipheriv(
      'aes-128-ctr',
      keys.subarray(blockBytes * i, blockBytes * (i + 1)),
      Buffer.alloc(blockBytes),
    ),
  );
}
