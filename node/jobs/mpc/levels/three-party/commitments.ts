/**
 * Commitments to the labels of input wires: SHA-256 of a context, the commitment's number, the label and 16 random bytes, 52 bytes
 * in all and one block of the hash. Binding as SHA-256 is collision-resistant, hiding in the random-oracle model.
 *
 * A wire has two, in the order of the lowest bits of its labels: which of them means 0 is random, and whoever opens one shows with
 * the label where its commitment stands. What a label means, the position and which random bytes belong to it are secrets: they are
 * selected with masks.
 */
import { hash } from 'node:crypto';
import { blockBytes, readWords, viewWords } from '../../block/words.ts';
import type { RunSecrets } from './seed.ts';

export const commitmentBytes = 32;
/** Both commitments of a label's wire. */
export const pairBytes = 2 * commitmentBytes;
/** A label and the random bytes. */
export const openingBytes = 2 * blockBytes;

const contextBytes = 16;
const messageBytes = contextBytes + 4 + openingBytes;
const numberAt = 4;
const labelAt = 5;
const randomAt = 9;

export class LabelCommitments {
  private readonly message = Buffer.from(new ArrayBuffer(messageBytes));
  private readonly words = viewWords(this.message);

  /** @param context public, of one run */
  constructor(context: Uint8Array) {
    this.message.set(context.subarray(0, contextBytes));
  }

  /** Both commitments of each label of a range, 64 bytes each. */
  make({ committed, delta, randomness }: RunSecrets, from: number, until: number): Buffer {
    const out = Buffer.alloc(pairBytes * (until - from));
    const [zero, difference, random] = [readWords(committed), readWords(delta), readWords(randomness)];
    for (let label = from; label < until; label++) {
      for (let position = 0; position < 2; position++) {
        const mask = -((zero[4 * label]! & 1) ^ position);
        for (let word = 0; word < 4; word++) {
          this.words[labelAt + word] = zero[4 * label + word]! ^ (difference[word]! & mask);
          this.words[randomAt + word] = random[4 * (2 * label + position) + word]!;
        }
        this.commit(2 * label + position).copy(out, pairBytes * (label - from) + commitmentBytes * position);
      }
    }
    return out;
  }

  /**
   * What opens the commitments of given bits, 32 bytes each.
   * @param bits 0 or 1 each, secret: of the labels from `from` on
   */
  open({ committed, delta, randomness }: RunSecrets, from: number, bits: Uint8Array): Buffer {
    const out = Buffer.from(new ArrayBuffer(openingBytes * bits.length));
    const words = viewWords(out);
    const [zero, difference, random] = [readWords(committed), readWords(delta), readWords(randomness)];
    for (let i = 0; i < bits.length; i++) {
      const label = from + i;
      const meaning = -(bits[i]! & 1);
      const position = -((zero[4 * label]! ^ (difference[0]! & meaning)) & 1);
      for (let word = 0; word < 4; word++) {
        const [first, second] = [random[8 * label + word]!, random[8 * label + 4 + word]!];
        words[8 * i + word] = zero[4 * label + word]! ^ (difference[word]! & meaning);
        words[8 * i + 4 + word] = first ^ ((first ^ second) & position);
      }
    }
    return out;
  }

  /**
   * @param pairs commitments of all labels
   * @param openings of the labels from `from` on
   * @returns whether each of them opens the commitment at the position that its label says
   */
  opened(pairs: Buffer, from: number, openings: Buffer): boolean {
    const given = readWords(openings);
    const expected = readWords(pairs);
    let different = 0;
    for (let i = 0; 8 * i < given.length; i++) {
      this.words.set(given.subarray(8 * i, 8 * i + 8), labelAt);
      const position = given[8 * i]! & 1;
      const made = readWords(this.commit(2 * (from + i) + position));
      const pair = 16 * (from + i);
      for (let word = 0; word < 8; word++) {
        const [first, second] = [expected[pair + word]!, expected[pair + 8 + word]!];
        different |= made[word]! ^ first ^ ((first ^ second) & -position);
      }
    }
    return different === 0;
  }

  private commit(number: number): Buffer {
    this.words[numberAt] = number;
    return hash('sha256', this.message, 'buffer');
  }
}
