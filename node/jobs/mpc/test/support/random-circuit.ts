/**
 * Circuits that a seed determines, with all that a circuit may have: outputs that are inputs, negated inputs, constants or the same
 * wire twice; outputs of one party, some or all; layers with one AND gate or many; inputs that nothing reads, and of no bits.
 */
import type { RandomSource } from '../../channel.ts';
import { type Bit, CircuitBuilder, FALSE, TRUE } from '../../circuit/builder.ts';
import type { Circuit } from '../../circuit/circuit.ts';
import { seededRandom } from './seeded-random.ts';

export interface RandomCircuitOptions {
  readonly seed: string;
  /** Those of whom inputs and outputs are; `a` and `b` unless said otherwise. */
  readonly parties?: readonly string[];
  /** Most bits of one input: 12 unless said otherwise. Each party has one or two. */
  readonly inputBits?: number;
  /** AND gates, about: a few fold away. Up to 60 unless said otherwise. */
  readonly ands?: number;
  /** AND depth, about. Up to 8 unless said otherwise. */
  readonly depth?: number;
}

export interface RandomCase {
  readonly circuit: Circuit;
  /** Random bits for every input. */
  readonly inputs: readonly Uint8Array[];
}

export function randomCase(options: RandomCircuitOptions): RandomCase {
  const circuit = randomCircuit(options);
  const draw = new Draw(seededRandom(`${options.seed} inputs`));
  return { circuit, inputs: circuit.inputs.map(({ bits }) => draw.bits(bits)) };
}

export function randomCircuit(options: RandomCircuitOptions): Circuit {
  const { seed, parties = ['a', 'b'], inputBits = 12 } = options;
  const draw = new Draw(seededRandom(`${seed} circuit`));
  const { ands = draw.below(61), depth = 1 + draw.below(8) } = options;
  const builder = new CircuitBuilder();
  const inputs: Bit[] = [];
  for (const party of parties) {
    const count = 1 + draw.below(2);
    for (let i = 0; i < count; i++) {
      const bits = draw.below(20) === 0 && inputs.length > 0 ? 0 : 1 + draw.below(inputBits);
      inputs.push(...builder.input(party, `in${i}`, bits));
    }
  }
  const { all, last } = addLayers(builder, draw, inputs, ands, depth);
  addOutputs(builder, draw, parties, inputs, all, last);
  return builder.build();
}

/** Every AND gate reads something of the layer before, so that the depth is what was asked for. */
function addLayers(
  builder: CircuitBuilder,
  draw: Draw,
  inputs: readonly Bit[],
  ands: number,
  depth: number,
): { readonly all: Bit[]; readonly last: readonly Bit[] } {
  const all = [...inputs];
  let last: readonly Bit[] = inputs;
  for (let layer = 0; layer < depth && layer < ands; layer++) {
    const count = Math.ceil((ands * (layer + 1)) / depth) - Math.ceil((ands * layer) / depth);
    const made: Bit[] = [];
    for (let i = 0; i < count; i++) {
      const left = mixed(builder, draw, draw.of(last), all);
      const right = mixed(builder, draw, draw.of(all), all);
      made.push(draw.below(8) === 0 ? builder.or(left, right) : builder.and(left, right));
    }
    all.push(...made);
    if (made.length > 0) last = made;
  }
  return { all, last };
}

/** XORed with up to three others, perhaps negated. */
function mixed(builder: CircuitBuilder, draw: Draw, bit: Bit, all: readonly Bit[]): Bit {
  let mix = draw.below(2) === 1 ? builder.not(bit) : bit;
  for (let i = draw.below(4); i > 0; i--) mix = builder.xor(mix, draw.of(all));
  return mix;
}

function addOutputs(
  builder: CircuitBuilder,
  draw: Draw,
  parties: readonly string[],
  inputs: readonly Bit[],
  all: readonly Bit[],
  last: readonly Bit[],
): void {
  // So that no gate is left out.
  const sum = all.reduce((left, right) => builder.xor(left, right), FALSE);
  builder.output('sum', parties, [sum, ...last.slice(0, 8)]);
  const odd = [
    FALSE,
    TRUE,
    draw.of(inputs),
    builder.not(draw.of(inputs)),
    sum,
    builder.not(sum),
    draw.of(all),
  ];
  for (const [index, party] of parties.entries()) {
    if (draw.below(4) === 0) continue;
    const count = draw.below(20);
    const bits = Array.from({ length: count }, () => draw.of(draw.below(3) === 0 ? odd : all));
    const others = parties.slice(index + 1).filter(() => draw.below(3) === 0);
    // The same bit twice, with its negation.
    builder.output(
      `out${index}`,
      [party, ...others],
      [...bits, ...bits.slice(0, 2), ...bits.slice(0, 1).map((bit) => builder.not(bit))],
    );
  }
  if (draw.below(4) === 0) builder.output('constants', [draw.of(parties)], [TRUE, FALSE, TRUE]);
}

/** Numbers from a source of bytes; the small bias of a remainder does not matter here. */
class Draw {
  private readonly random: RandomSource;

  constructor(random: RandomSource) {
    this.random = random;
  }

  below(count: number): number {
    return Buffer.from(this.random(4)).readUInt32LE() % count;
  }

  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  bits(count: number): Uint8Array {
    return this.random(count).map((byte) => byte & 1);
  }
}
