/** What passes between a prover and its thread. */

/** One proof to make; every value can be sent to a thread. */
export interface ProofJob {
  /** k, 32 bytes. */
  readonly secret: Uint8Array;
  readonly domain: Uint8Array;
  readonly epoch: number;
  /** R, 32 bytes. */
  readonly readKey: Uint8Array;
  /** 32 fresh bytes. */
  readonly random: Uint8Array;
}

export type ProofAnswer =
  | { readonly ok: true; readonly proof: Uint8Array }
  | { readonly ok: false; readonly message: string };
