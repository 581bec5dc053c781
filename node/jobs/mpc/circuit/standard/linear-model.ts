/**
 * A linear model on fixed-point numbers. All numbers are two's complement with the same number of fraction bits. Products and sums are
 * exact, as wide as they need; then the score is rounded to the nearest number, halves up, and saturated: one too large for the
 * width becomes the largest there is, one too small the least. With 16 features of 16 bits: 8,471 AND gates, held by a test.
 */
import { CircuitError } from '../../errors.ts';
import { CircuitBuilder, type Word } from '../builder.ts';
import {
  constantWord,
  negate,
  saturateSigned,
  shiftLeft,
  signExtend,
  signedMultiplyFull,
  sumSigned,
  widthOf,
} from '../words/index.ts';
import { partiesParameter, recipientsParameter, standard } from './parameters.ts';

/**
 * sum of features[i] weights[i] + bias, rounded: floor(exact score * 2^fractionBits + 1/2).
 * @param extra another number to be added, such as the opposite of a threshold
 * @returns two's complement, as wide as it needs; bit 0 weighs 2^-fractionBits
 */
export function roundedScore(
  builder: CircuitBuilder,
  features: readonly Word[],
  weights: readonly Word[],
  fractionBits: number,
  ...extra: readonly Word[]
): Word {
  if (features.length !== weights.length) throw new CircuitError('there are not as many weights as features');
  const products = features.map((feature, i) => signedMultiplyFull(builder, feature, weights[i]!));
  const others = extra.map((word) => shiftLeft(signExtend(word, word.length + fractionBits), fractionBits));
  const terms = [...products, ...others];
  // Every term, and the half, is at most 2^(n - 1) in size where the widest has n bits.
  const width = Math.max(...terms.map(({ length }) => length)) + widthOf(terms.length + 1);
  // Half of the last place, so that cutting off rounds.
  const half = constantWord(fractionBits === 0 ? 0n : 1n << BigInt(fractionBits - 1), fractionBits + 1);
  return sumSigned(builder, [...terms, half], width).slice(fractionBits);
}

const model = standard(
  'linear-model',
  'Inputs `features` of the first party, `weights` and `bias` of the second. Output `score`, rounded and saturated to `bits`; or with `threshold`, an input of the second, only `reached`: the rounded score, before it is saturated, is at least the threshold.',
  {
    parties: partiesParameter(2, 2, 'who has the features, who the model'),
    features: { kind: 'integer', min: 1, max: 1024, description: 'features, and weights' },
    bits: {
      kind: 'integer',
      min: 2,
      max: 64,
      default: 16,
      description: "width of every number, two's complement",
    },
    fractionBits: {
      kind: 'integer',
      min: 0,
      max: 63,
      default: 8,
      description: 'of these bits, less than `bits`',
    },
    threshold: {
      kind: 'flag',
      default: false,
      description: 'tells whether a threshold is reached, not the score',
    },
    to: recipientsParameter,
  },
  (values) => {
    const { parties, bits, fractionBits, to } = values;
    if (fractionBits >= bits) throw new CircuitError('linear-model: fractionBits is less than bits');
    const builder = new CircuitBuilder();
    const numbers = (party: string, name: string) => {
      const all = builder.input(party, name, values.features * bits);
      return Array.from({ length: values.features }, (_, i) => all.slice(i * bits, (i + 1) * bits));
    };
    const features = numbers(parties[0]!, 'features');
    const weights = numbers(parties[1]!, 'weights');
    const bias = builder.input(parties[1]!, 'bias', bits);
    if (values.threshold) {
      const threshold = signExtend(builder.input(parties[1]!, 'threshold', bits), bits + 1);
      const above = roundedScore(builder, features, weights, fractionBits, bias, negate(builder, threshold));
      builder.output('reached', to, [builder.not(above.at(-1)!)]);
    } else {
      const score = roundedScore(builder, features, weights, fractionBits, bias);
      builder.output('score', to, saturateSigned(builder, score, bits));
    }
    return builder;
  },
);

export const linearModelCircuits = [model];
