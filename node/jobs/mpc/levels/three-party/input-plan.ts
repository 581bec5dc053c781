/**
 * Which labels the inputs of a circuit need. An input is one part, known to one garbler or to both, or two: the shares of an input
 * that only the evaluator knows, whose labels are XORed to those of the circuit. All three parties make the same plan.
 */
import { type Circuit, inputOffsets } from '../../circuit/circuit.ts';
import { everybodyOf, holdersOf } from '../../circuit/holders.ts';
import { CircuitError } from '../../errors.ts';
import { threePartyLimits } from './limits.ts';

/** First garbler, second garbler, evaluator. */
export type Roles = readonly [string, string, string];

/** 0 is the first, who sends the garbling; 1 the second, who sends digests. */
export type GarblerRole = 0 | 1;

export interface Part {
  /** Of the circuit. */
  readonly input: number;
  /** First wire of the input. */
  readonly wire: number;
  readonly bits: number;
  /** Who opens commitments to labels; `both` when both know the bits, so that the labels belong to the garbling itself. */
  readonly opener: GarblerRole | 'both';
  /** First label among the committed ones, or among those of `both`. */
  readonly label: number;
  /** First bit among all shares of one garbler, for a share of an input of the evaluator. */
  readonly share: number | undefined;
  /** The evaluator knows the bits and sees that the opener uses them. First among all bits of which this is so. */
  readonly checked: number | undefined;
}

export interface InputPlan {
  readonly parts: readonly Part[];
  readonly inputBits: number;
  /** Labels with commitments. */
  readonly committed: number;
  /** Labels that both garblers know. */
  readonly common: number;
  /** Bits of the inputs that only the evaluator knows. */
  readonly shared: number;
  readonly checked: number;
}

/** @throws CircuitError for parties without a role, and for too many bits */
export function planInputs(circuit: Circuit, roles: Roles): InputPlan {
  for (const party of everybodyOf(circuit)) {
    if (!roles.includes(party)) throw new CircuitError(`${party} has no role in the computation`);
  }
  const parts: Part[] = [];
  const total = { committed: 0, common: 0, shared: 0, checked: 0 };
  const offsets = inputOffsets(circuit);
  for (const [input, { party, bits }] of circuit.inputs.entries()) {
    const holders = holdersOf(party);
    const [first, second, evaluator] = roles.map((role) => holders.includes(role));
    const part = { input, wire: offsets[input]!, bits };
    const committed = (opener: GarblerRole, share: number | undefined) => {
      const checked = evaluator ? total.checked : undefined;
      parts.push({ ...part, opener, label: total.committed, share, checked });
      total.committed += bits;
      if (evaluator) total.checked += bits;
    };
    if (first && second) {
      parts.push({ ...part, opener: 'both', label: total.common, share: undefined, checked: undefined });
      total.common += bits;
    } else if (first || second) {
      committed(first ? 0 : 1, undefined);
    } else {
      committed(0, total.shared);
      committed(1, total.shared);
      total.shared += bits;
    }
  }
  if (total.committed + total.common > threePartyLimits.inputLabelsMax) {
    throw new CircuitError(`inputs of ${total.committed + total.common} labels are too large`);
  }
  const outputBits = circuit.outputs.reduce((sum, { wires }) => sum + wires.length, 0);
  if (outputBits > threePartyLimits.outputBitsMax) {
    throw new CircuitError(`outputs of ${outputBits} bits are too large`);
  }
  return { parts, inputBits: circuit.inputBits, ...total };
}

/**
 * The inputs that this party holds, all of them and of the right length.
 * @throws CircuitError
 */
export function checkInputs(circuit: Circuit, inputs: readonly (Uint8Array | undefined)[], me: string): void {
  if (inputs.length !== circuit.inputs.length) {
    throw new CircuitError(`the circuit has ${circuit.inputs.length} inputs, not ${inputs.length}`);
  }
  for (const [index, { party, name, bits }] of circuit.inputs.entries()) {
    if (!holdersOf(party).includes(me)) continue;
    const given = inputs[index];
    if (given?.length !== bits) {
      throw new CircuitError(`input ${name} has ${bits} bits, not ${given?.length ?? 'none'}`);
    }
  }
}
