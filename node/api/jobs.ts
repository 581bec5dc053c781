/**
 * Jobs that an embedded node runs (`NodePorts.job`), by kind:
 *
 *   mpc.inspect  canonical encoding of a circuit -> `CircuitInspection` as JSON in UTF-8
 *   mpc.compile  source in UTF-8 -> length (4) of a `CircuitCompilation` as JSON in UTF-8, that JSON, canonical encoding
 *
 * `malformed` says in its message what is wrong with what was sent.
 */

export interface CircuitInspection {
  /** Of the encoding (node/jobs/mpc/circuit/encode.ts): 66 hex digits with its tag. */
  readonly commitment: string;
  /** Bits in the order of the wires. */
  readonly inputs: readonly { readonly party: string; readonly name: string; readonly bits: number }[];
  readonly outputs: readonly {
    readonly name: string;
    /** Parties that learn it. */
    readonly to: readonly string[];
    readonly bits: number;
  }[];
  readonly ands: number;
  readonly gates: number;
  /** Those with AND gates: the depth. */
  readonly layers: number;
}

export interface CircuitCompilation {
  readonly inspection: CircuitInspection;
  /** Types of inputs and outputs in the source's language. */
  readonly interface: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
}
