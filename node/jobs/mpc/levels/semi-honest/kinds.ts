/** Messages of the level; those of oblivious transfer are in ot/kinds.ts. */
export const kinds = {
  /** Garbler: labels of its input bits. */
  inputLabels: 0,
  /** Garbler: tables of the AND gates. */
  tables: 1,
  /** Garbler: what the labels of the evaluator's outputs mean, a bit each. */
  decoding: 2,
  /** Evaluator: labels of the garbler's outputs. */
  outputLabels: 3,
} as const;
