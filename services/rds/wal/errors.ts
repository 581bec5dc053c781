/** Expected failures of the write-ahead log, and what those of the node mean for it. */
import { NodeError, type NodeErrorCode } from '@hypergate/node/api';
import { ConditionFailed, StaleTerm } from '@hypergate/table';

export type WalErrorCode =
  /** Bytes do not begin where the log ends. */
  | 'gap'
  /** Bytes that were never there or are removed by now. */
  | 'missing'
  /** What is stored does not fit together. */
  | 'damaged'
  /** The log takes no more: another gateway has the instance, or the node is gone. */
  | 'ended'
  /** A timeline that cannot begin there. */
  | 'timeline';

export class WalError extends Error {
  readonly code: WalErrorCode;
  constructor(code: WalErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'WalError';
    this.code = code;
  }
}

const passing: readonly NodeErrorCode[] = ['overloaded', 'storage-full'];

/** Nothing was applied, and the same may be applied later. */
export function mayPass(error: unknown): boolean {
  return error instanceof NodeError && passing.includes(error.code);
}

/** What a transaction was to hold is held by nothing; of other failures it is not known. */
export function nothingApplied(error: unknown): boolean {
  return mayPass(error) || error instanceof StaleTerm || error instanceof ConditionFailed;
}
