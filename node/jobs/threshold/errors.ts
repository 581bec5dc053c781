/** How a threshold protocol ends when it does not end well. */

export type ThresholdReason =
  /** A proof failed, or two messages of one custodian do not agree: `custodian` is to blame. */
  | 'cheater'
  /** Too few custodians answer, or this one does not. */
  | 'unavailable'
  /** A custodian refuses: the call is not allowed, the key is not in a state for it. */
  | 'refused'
  /** It has no share of the key. */
  | 'unknown-key'
  /** Round state that is gone, or was used: begin again with fresh randomness. */
  | 'stale'
  | 'malformed';

export class ThresholdAbort extends Error {
  readonly reason: ThresholdReason;
  /** Index of the custodian that is meant, from 1. */
  readonly custodian: number | undefined;

  constructor(
    reason: ThresholdReason,
    custodian: number | undefined,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'ThresholdAbort';
    this.reason = reason;
    this.custodian = custodian;
  }
}

/** @returns never: for checks of what a peer sent */
export function malformed(custodian: number | undefined, what: string): never {
  throw new ThresholdAbort('malformed', custodian, what);
}

export function cheater(custodian: number, what: string): never {
  throw new ThresholdAbort('cheater', custodian, what);
}
