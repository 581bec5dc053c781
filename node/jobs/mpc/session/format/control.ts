/** Messages of the session itself, version 1: kind (1) ‖ body. They have records of their own and are in no transcript. */
import type { AbortReason } from '../../errors.ts';
import { sessionLimits } from '../limits.ts';

export const controlKind = {
  ping: 1,
  /** Who sends it ends the session: reason (1) ‖ text. */
  abort: 2,
  /** This party's part of the session's id. */
  nonce: 3,
  /** The session's id as this party computed it. */
  session: 4,
  /** Id of the run that this party begins. */
  run: 5,
  /** Hash of all data that this party sent on this channel. */
  chain: 6,
  /** What this party saw of the transcripts of its channels. */
  links: 7,
  /** The transcript of the run as this party computed it. */
  transcript: 8,
  /** This party's signature of the statement about the run. */
  signature: 9,
} as const;

const reasons: readonly AbortReason[] = [
  'malformed',
  'cheating',
  'peer-aborted',
  'disconnected',
  'timeout',
  'cancelled',
  'disagreement',
  'refused',
  'internal',
];

export interface AbortMessage {
  readonly reason: AbortReason;
  readonly text: string;
}

export function encodeAbort({ reason, text }: AbortMessage): Buffer {
  const bytes = Buffer.from(printable(text), 'ascii').subarray(0, sessionLimits.abortTextBytesMax);
  return Buffer.concat([Buffer.of(1 + reasons.indexOf(reason)), bytes]);
}

/** Undefined for what is no such message. */
export function decodeAbort(body: Buffer): AbortMessage | undefined {
  const reason = reasons[(body[0] ?? 0) - 1];
  if (reason === undefined || body.length > 1 + sessionLimits.abortTextBytesMax) return undefined;
  return { reason, text: printable(body.toString('latin1', 1)) };
}

/** What others wrote goes to logs: nothing in it may steer a terminal or begin a line. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}
