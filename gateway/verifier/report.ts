/** What a document that holds says: plain values, for people and for JSON. */
import { hex, type VerifiedFrame } from '@hypergate/node/verifier';
import type { ProofClaim, VerifiedDocument } from '@hypergate/table/verify';
import { verifierLimits } from './limits.ts';

export interface FrameReport {
  readonly number: number;
  /** When its changes were taken, by the clock of who signed it: ISO 8601, UTC. */
  readonly time: string;
  /** Of the log. */
  readonly position: number;
  readonly network: string;
  /** Hash of the header, 64 hex digits. */
  readonly header: string;
  /** So many of the `keys` frame keys signed. */
  readonly signers: number;
  readonly keys: number;
  /** Iterations of the delay function whose output was checked; null: the proof brings none. */
  readonly delayIterations: number | null;
  readonly discriminantBits: number;
  readonly testNetwork: boolean;
}

export interface ProofReport {
  /** What was asked for: `s3://bucket/key`. */
  readonly subject: string;
  /** One sentence. */
  readonly statement: string;
  /** In the order in which they are shown. */
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  /**
   * Every record was shown to stand in the slot of its name, where only one can be; else that is the word of the gateway, which
   * could keep another of the same name.
   */
  readonly namesBound: boolean;
  readonly frame: FrameReport;
}

export function reportOf(
  { subject, frame, namesBound }: VerifiedDocument,
  { statement, facts }: ProofClaim,
): ProofReport {
  return {
    subject,
    statement,
    facts: facts.map(([name, value]) => ({ name, value })),
    namesBound,
    frame: frameReport(frame),
  };
}

function frameReport(frame: VerifiedFrame): FrameReport {
  const { number, timeMs, position, network, hash, signers, keys, discriminantBits } = frame;
  return {
    number,
    time: new Date(timeMs).toISOString(),
    position,
    network,
    header: hex(hash),
    signers,
    keys,
    delayIterations: frame.delayIterations ?? null,
    discriminantBits,
    testNetwork: discriminantBits < verifierLimits.discriminantBitsSafe,
  };
}
