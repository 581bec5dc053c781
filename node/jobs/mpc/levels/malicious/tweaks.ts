/** Tweaks of the hash: no two inputs under one delta and one key of the hash have the same, but for those that differ by the delta. */
import { allocateBlocks, viewWords } from '../../block/words.ts';

/** What a hash is for. */
export const domains = {
  /** Keys of the garbler in leaky ANDs. */
  garblerKeys: 0,
  evaluatorKeys: 1,
  /** Labels of the left and right input of AND gates. */
  left: 2,
  right: 3,
} as const;

export class Tweaks {
  readonly bytes: Buffer;
  private readonly words: Int32Array;

  constructor(blocks: number) {
    this.bytes = allocateBlocks(blocks);
    this.words = viewWords(this.bytes);
  }

  /** @param at block; of this one and the following `count` become those of `index` and the following */
  fill(at: number, count: number, domain: number, index: number): void {
    const { words } = this;
    for (let i = 0, word = 4 * at; i < count; i++, word += 4) {
      words[word] = (index + i) | 0;
      words[word + 1] = Math.floor((index + i) / 2 ** 32);
      words[word + 2] = domain;
    }
  }
}
