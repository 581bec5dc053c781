/** Elements at secret places: a tree of choices to read, a decoder to write. */
import { type Bit, FALSE, TRUE, type Word } from '../../circuit/builder.ts';
import { anyOf } from '../../circuit/words/index.ts';
import type { CompileError } from '../errors.ts';
import { sizeOf, type Type } from '../types.ts';
import { choose, type Making, type Value, zeroValue } from './making.ts';

const noNumbers = (): CompileError => {
  throw new Error('numbers are not chosen by a secret index');
};

/** The element at an index; zero, or the like, where there is none. length - 1 choices, and one for each index that is too large. */
export function elementAt(making: Making, elements: readonly Value[], index: Word, element: Type): Value {
  const { builder } = making;
  making.count(making.at, elements.length + sizeOf(element).values);
  const zero = zeroValue(element);
  let level: readonly Value[] = elements;
  let used = 0;
  for (; used < index.length && level.length > 1; used++) {
    const bit = index[used]!;
    const below = level;
    level = Array.from({ length: (below.length + 1) >> 1 }, (_, i) =>
      choose(making, bit, below[2 * i + 1] ?? zero, below[2 * i]!, element, noNumbers),
    );
  }
  const tooFar = anyOf(builder, index.slice(used));
  return choose(making, tooFar, zero, level[0] ?? zero, element, noNumbers);
}

/** For each place whether it is the index; all false when the index is too large. */
export function decode(making: Making, index: Word, length: number): Bit[] {
  const { builder } = making;
  making.count(making.at, length);
  let used = 0;
  while (used < index.length && 2 ** used < length) used++;
  let level: Bit[] = [builder.not(anyOf(builder, index.slice(used)))];
  for (let i = used - 1; i >= 0; i--) {
    const bit = index[i]!;
    level = level.flatMap((whole) => {
      const high = builder.and(whole, bit);
      return [builder.xor(whole, high), high];
    });
    level.length = Math.min(level.length, Math.ceil(length / 2 ** i));
  }
  // An index of few bits does not reach the rest.
  return Array.from({ length }, (_, i) => level[i] ?? FALSE);
}

/** Whether a word is known, and which number it is. */
export function constantOf(word: Word): number | undefined {
  let value = 0;
  for (const [i, bit] of word.entries()) {
    if (bit === TRUE) value += 2 ** i;
    else if (bit !== FALSE) return undefined;
  }
  return value;
}
