/** Kinds of the messages of the three-party level, in the order in which they are sent. */
export const kinds = {
  /** Between the garblers, once: what each adds to the seed, then that both have the same one. */
  seedPart: 1,
  seedProof: 2,
  /** Evaluator to each garbler: a share of its own inputs. */
  share: 3,
  /** Between the garblers: the share has come. */
  ready: 4,
  /** First garbler to evaluator: the garbling's front. */
  commitments: 5,
  permutation: 6,
  commonLabels: 7,
  /** Second garbler to evaluator: digest of the front as it has it. */
  frontDigest: 8,
  /** Each garbler to evaluator. */
  openings: 9,
  /** First garbler to evaluator: the garbling's rear. */
  tables: 10,
  decoding: 11,
  /** Second garbler to evaluator: digest of the rear as it has it. */
  rearDigest: 12,
  /** Evaluator to each garbler: its outputs; of no bits too, to say that all checks have passed. */
  outputs: 13,
} as const;
