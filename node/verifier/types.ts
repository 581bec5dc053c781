/** What a checked proof says. */
import type { ProvenItem } from '../proving/format/v1/proof.ts';

export interface VerifiedFrame {
  /** Name of the network in its genesis document. */
  readonly network: string;
  readonly number: number;
  /** When its changes were taken, by the clock of who signed it. */
  readonly timeMs: number;
  /** Position of the log that it shows. */
  readonly position: number;
  /** Of its header. */
  readonly hash: Uint8Array;
  readonly discriminantBits: number;
  /** Iterations of the delay function whose output was checked; undefined: the proof brings none. */
  readonly delayIterations: number | undefined;
  readonly signers: number;
  readonly keys: number;
}

export type VerifiedItem = ProvenItem & { readonly domain: Uint8Array };

export interface VerifiedProof {
  readonly frame: VerifiedFrame;
  readonly items: readonly VerifiedItem[];
}

export interface Verifier {
  /**
   * @param proof of a node (`NodePorts.prove`)
   * @param trustRoot hash of the genesis document, 32 bytes
   * @throws ProofRefused with the reason, whatever the bytes are
   */
  verify(proof: Uint8Array, trustRoot: Uint8Array): VerifiedProof;
}
