/**
 * Shifts and rotations, by constants without gates and by words with a logarithmic shifter: n AND gates for every bit of the amount
 * that counts. A shift by the width or more leaves no bit of the word.
 */
import { CircuitError } from '../../errors.ts';
import { type Bit, type CircuitBuilder, FALSE, type Word } from '../builder.ts';
import { anyOf, muxWord } from './logic.ts';

export function shiftLeft(word: Word, by: number): Word {
  checkAmount(by);
  return word.map((_, i) => word[i - by] ?? FALSE);
}

export function shiftRight(word: Word, by: number): Word {
  return shiftRightFilling(word, by, FALSE);
}

/** Repeats the highest bit. */
export function arithmeticShiftRight(word: Word, by: number): Word {
  return shiftRightFilling(word, by, word.at(-1) ?? FALSE);
}

/** Bit i goes to bit i + by modulo the width. */
export function rotateLeft(word: Word, by: number): Word {
  checkAmount(by);
  const { length } = word;
  return word.map((_, i) => word[(((i - by) % length) + length) % length]!);
}

export function rotateRight(word: Word, by: number): Word {
  checkAmount(by);
  return rotateLeft(word, word.length === 0 ? 0 : word.length - (by % word.length));
}

/** @param amount unsigned, of any width */
export function shiftLeftBy(builder: CircuitBuilder, word: Word, amount: Word): Word {
  return shiftStages(builder, word, amount, FALSE, (value, by) => shiftLeft(value, by));
}

/** @param amount unsigned, of any width */
export function shiftRightBy(builder: CircuitBuilder, word: Word, amount: Word): Word {
  return shiftStages(builder, word, amount, FALSE, (value, by) => shiftRight(value, by));
}

/** @param amount unsigned, of any width */
export function arithmeticShiftRightBy(builder: CircuitBuilder, word: Word, amount: Word): Word {
  const sign = word.at(-1) ?? FALSE;
  return shiftStages(builder, word, amount, sign, (value, by) => shiftRightFilling(value, by, sign));
}

/** @param amount unsigned, of any width, counts modulo the width of the word */
export function rotateLeftBy(builder: CircuitBuilder, word: Word, amount: Word): Word {
  let value = word;
  let by = 1 % word.length;
  for (const bit of amount) {
    if (by !== 0) value = muxWord(builder, bit, rotateLeft(value, by), value);
    by = (2 * by) % word.length;
  }
  return value;
}

/** @param amount unsigned, of any width, counts modulo the width of the word */
export function rotateRightBy(builder: CircuitBuilder, word: Word, amount: Word): Word {
  return rotateLeftBy(builder, word.toReversed(), amount).toReversed();
}

function shiftStages(
  builder: CircuitBuilder,
  word: Word,
  amount: Word,
  fill: Bit,
  shift: (value: Word, by: number) => Word,
): Word {
  let value = word;
  let stage = 0;
  for (; stage < amount.length && 2 ** stage < word.length; stage++) {
    value = muxWord(builder, amount[stage]!, shift(value, 2 ** stage), value);
  }
  const tooFar = anyOf(builder, amount.slice(stage));
  return value.map((bit) => builder.mux(tooFar, fill, bit));
}

function shiftRightFilling(word: Word, by: number, fill: Bit): Word {
  checkAmount(by);
  return word.map((_, i) => word[i + by] ?? fill);
}

function checkAmount(by: number): void {
  if (!Number.isSafeInteger(by) || by < 0) throw new CircuitError(`no shift by ${by}`);
}
