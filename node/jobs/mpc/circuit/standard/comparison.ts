/** Two numbers: which is larger (Yao's millionaires, FOCS 1982), and whether they are equal. Unsigned or two's complement. */
import { CircuitBuilder } from '../builder.ts';
import { equal, lessThan, signedLessThan } from '../words/index.ts';
import { partiesParameter, recipientsParameter, standard } from './parameters.ts';

const numbers = {
  parties: partiesParameter(2, 2, 'whose numbers are compared'),
  bits: { kind: 'integer', min: 1, max: 4096, default: 32, description: 'width of the numbers' },
  to: recipientsParameter,
} as const;

const comparison = standard(
  'comparison',
  'Inputs `number` of two parties; output `less`: the number of the first is less than that of the second. `bits` AND gates.',
  { ...numbers, signed: { kind: 'flag', default: false, description: "numbers are two's complement" } },
  ({ parties, bits, to, signed }) => {
    const builder = new CircuitBuilder();
    const [a, b] = [builder.input(parties[0]!, 'number', bits), builder.input(parties[1]!, 'number', bits)];
    builder.output('less', to, [(signed ? signedLessThan : lessThan)(builder, a, b)]);
    return builder;
  },
);

const equality = standard(
  'equality',
  'Inputs `number` of two parties; output `equal`. `bits` - 1 AND gates.',
  numbers,
  ({ parties, bits, to }) => {
    const builder = new CircuitBuilder();
    const [a, b] = [builder.input(parties[0]!, 'number', bits), builder.input(parties[1]!, 'number', bits)];
    builder.output('equal', to, [equal(builder, a, b)]);
    return builder;
  },
);

export const comparisonCircuits = [comparison, equality];
