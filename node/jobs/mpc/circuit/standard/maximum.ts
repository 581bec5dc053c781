/**
 * The largest of several numbers, where it is, and the second largest: a tournament, in which ties go to the earlier one. The second
 * largest is the loser of the last match or the second of the winner's side (Knuth, The Art of Computer Programming 3, 5.3.3).
 * Of eight numbers of 32 bits: 452 AND gates for the largest and its index, 740 for an auction, held by a test.
 */
import { CircuitError } from '../../errors.ts';
import { type Bit, CircuitBuilder, type Word } from '../builder.ts';
import { constantWord, lessThan, maximum, muxWord, tree, widthOf, xorWord } from '../words/index.ts';
import { partiesParameter, recipientsParameter, standard } from './parameters.ts';

export interface Largest {
  readonly value: Word;
  /** Of the first that has it, in as many bits as the largest index needs. */
  readonly index: Word;
}

export interface TwoLargest extends Largest {
  /** Without the one at `index`: equal to the value in a tie. Undefined for a single number. */
  readonly second: Word | undefined;
}

/** 2 b AND gates a match for unsigned numbers of b bits, and one for a bit of the index where the sides differ. */
export function largest(builder: CircuitBuilder, numbers: readonly Word[]): Largest {
  return tournament(builder, numbers, false);
}

/** 2 b more for the matches of the first round, 3 b more for the others. */
export function twoLargest(builder: CircuitBuilder, numbers: readonly Word[]): TwoLargest {
  return tournament(builder, numbers, true);
}

function tournament(builder: CircuitBuilder, numbers: readonly Word[], wantsSecond: boolean): TwoLargest {
  if (numbers.length === 0) throw new CircuitError('of no numbers none is the largest');
  const indexBits = widthOf(numbers.length - 1);
  const entries = numbers.map(
    (value, i): TwoLargest => ({ value, index: constantWord(i, indexBits), second: undefined }),
  );
  return tree(entries, entries[0]!, (a, b) => {
    const later = lessThan(builder, a.value, b.value);
    const value = muxWord(builder, later, b.value, a.value);
    return {
      value,
      index: muxWord(builder, later, b.index, a.index),
      second: wantsSecond ? secondOf(builder, later, a, b, value) : undefined,
    };
  });
}

function secondOf(builder: CircuitBuilder, later: Bit, a: TwoLargest, b: TwoLargest, winner: Word): Word {
  const loser = xorWord(builder, xorWord(builder, a.value, b.value), winner);
  // The second of one side alone counts also when that side loses: it is no larger than the loser then.
  if (a.second === undefined || b.second === undefined) {
    const second = a.second ?? b.second;
    return second === undefined ? loser : maximum(builder, loser, second);
  }
  return maximum(builder, loser, muxWord(builder, later, b.second, a.second));
}

const numbersOfAll = {
  parties: partiesParameter(2, 16, 'whose numbers are compared'),
  bits: { kind: 'integer', min: 1, max: 1024, default: 32, description: 'width of the numbers, unsigned' },
  to: recipientsParameter,
} as const;

const maximumCircuit = standard(
  'maximum',
  'Inputs `number` of all parties; outputs `value`, the largest, and `index`, the first party that has it, counted from 0.',
  numbersOfAll,
  ({ parties, bits, to }) => {
    const builder = new CircuitBuilder();
    const found = largest(
      builder,
      parties.map((party) => builder.input(party, 'number', bits)),
    );
    builder.output('value', to, found.value);
    builder.output('index', to, found.index);
    return builder;
  },
);

const auction = standard(
  'second-price-auction',
  'Sealed bids, inputs `bid` of all parties (Vickrey 1961). Outputs `winner`, the first party with the highest bid, counted from 0, and `price`, the highest bid of the others: in a tie the winner pays its own bid. Nothing else of the bids is learned.',
  numbersOfAll,
  ({ parties, bits, to }) => {
    const builder = new CircuitBuilder();
    const found = twoLargest(
      builder,
      parties.map((party) => builder.input(party, 'bid', bits)),
    );
    builder.output('winner', to, found.index);
    builder.output('price', to, found.second!);
    return builder;
  },
);

export const maximumCircuits = [maximumCircuit, auction];
