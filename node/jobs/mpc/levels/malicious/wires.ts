/**
 * What a party knows of the wires that are alive, by slot. A wire's value is its masked bit plus both parties' parts of its mask.
 * The garbler's label is that of a masked bit of 0; the evaluator's that of the masked bit it found.
 */
import type { Circuit } from '../../circuit/circuit.ts';
import type { Plan } from './plan.ts';

export interface Wires {
  readonly circuit: Circuit;
  readonly plan: Plan;
  /** This party's part of each mask. */
  readonly bits: Uint8Array;
  /** Four words for each: MAC of that part, key of the other party's. */
  readonly macs: Int32Array;
  readonly keys: Int32Array;
  readonly labels: Int32Array;
  readonly masked: Uint8Array;
}

export function allocateWires(circuit: Circuit, plan: Plan): Wires {
  const { slots } = plan;
  return {
    circuit,
    plan,
    bits: new Uint8Array(slots),
    masked: new Uint8Array(slots),
    macs: new Int32Array(4 * slots),
    keys: new Int32Array(4 * slots),
    labels: new Int32Array(4 * slots),
  };
}

/** The four words of a slot become those of a block. */
export function setBlock(to: Int32Array, slot: number, from: Int32Array, block: number): void {
  for (let word = 0; word < 4; word++) to[4 * slot + word] = from[4 * block + word]!;
}
