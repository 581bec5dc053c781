/** Two's complement numbers cut to fewer bits without wrapping around. */
import { type Bit, type CircuitBuilder, FALSE, type Word } from '../builder.ts';
import { anyOf } from './logic.ts';
import { signExtend } from './shape.ts';

/** The nearest number of so many bits, at least one. About as many AND gates as the word has bits. */
export function saturateSigned(builder: CircuitBuilder, word: Word, bits: number): Word {
  if (word.length <= bits) return signExtend(word, bits);
  const sign = word.at(-1) ?? FALSE;
  // It fits when every bit that is cut off, and the new sign, are the sign.
  const cut = word.slice(bits - 1, -1).map((bit): Bit => builder.xor(bit, sign));
  const tooLarge = anyOf(builder, cut);
  const low = word.slice(0, bits - 1).map((bit) => builder.mux(tooLarge, builder.not(sign), bit));
  return [...low, sign];
}
