/**
 * Boolean circuits of XOR, AND and NOT gates, in layers of equal AND depth: all AND gates of a layer can be garbled or evaluated
 * in one batch. Wires are numbered: the bits of the inputs first, in their order, then gate g writes wire `inputBits + g`.
 * Numbers are little-endian: bit 0 of a port is the least significant.
 */
export const gateKind = { xor: 0, not: 1, and: 2 } as const;

export interface CircuitInput {
  /** Who knows it: a party, or several as `holdersOf` says. */
  readonly party: string;
  readonly name: string;
  readonly bits: number;
}

export interface CircuitOutput {
  readonly name: string;
  /** Parties that learn it. */
  readonly to: readonly string[];
  readonly wires: Uint32Array;
}

/** Gates from `linearFrom` to `andFrom` are XOR and NOT, in an order in which they can be evaluated; up to `end` AND. */
export interface Layer {
  readonly linearFrom: number;
  readonly andFrom: number;
  readonly end: number;
}

export interface Circuit {
  readonly inputs: readonly CircuitInput[];
  readonly inputBits: number;
  readonly outputs: readonly CircuitOutput[];
  /** Parties of the inputs and outputs, in the order in which they first appear; joint ones as they are written. */
  readonly parties: readonly string[];
  /** By gate. Of NOT, `right` equals `left`. */
  readonly kinds: Uint8Array;
  readonly left: Uint32Array;
  readonly right: Uint32Array;
  readonly layers: readonly Layer[];
  readonly wires: number;
  readonly ands: number;
}

/** First wire of each input. */
export function inputOffsets(circuit: Circuit): readonly number[] {
  let at = 0;
  return circuit.inputs.map(({ bits }) => {
    const from = at;
    at += bits;
    return from;
  });
}
