/** How an invocation fails, as its caller sees it: `errorType` is `Mpc.` with one of these, `errorMessage` one sentence. */
import { type ComputationEnd, ComputationRefused } from '@hypergate/kit';
import { NodeError } from '@hypergate/node/api';
import { lambdaError } from '../engine/errors.ts';
import { tooMany } from './places.ts';

const ofReason = {
  malformed: 'Malformed',
  cheating: 'Cheating',
  'peer-aborted': 'PeerAborted',
  disconnected: 'Disconnected',
  timeout: 'Timeout',
  cancelled: 'Cancelled',
  disagreement: 'Disagreement',
  refused: 'LevelRefused',
  internal: 'Internal',
  'cannot-listen': 'CannotListen',
} as const satisfies Record<ComputationEnd['reason'], string>;

const ofStatus = {
  400: 'InvalidRequest',
  404: 'CircuitUnavailable',
  409: 'Internal',
  413: 'TooLarge',
} as const;

export type MpcFailureType =
  | (typeof ofReason)[keyof typeof ofReason]
  | (typeof ofStatus)[keyof typeof ofStatus]
  | 'AddressRefused'
  | 'InputUnavailable';

export class MpcFailure extends Error {
  override readonly name = 'MpcFailure';
  readonly type: MpcFailureType;

  /** @param message for the caller alone: it may name what is wrong with an input */
  constructor(type: MpcFailureType, message: string, options?: ErrorOptions) {
    super(message, options);
    this.type = type;
  }

  get errorType(): string {
    return `Mpc.${this.type}`;
  }

  /** As functions of Node.js answer an error. */
  get body(): Uint8Array {
    const { errorType, message: errorMessage } = this;
    return Buffer.from(JSON.stringify({ errorType, errorMessage, trace: [] }));
  }
}

/** No fault of a function. */
export function unavailable(sentence: string): Error {
  return lambdaError('ServiceException', `Circuits cannot be reached: ${sentence}`, { Type: 'Service' });
}

/** @returns what to throw: MpcFailure, or AwsError when it is no fault of the function */
export function failureOf(error: unknown): unknown {
  if (!(error instanceof ComputationRefused)) return error;
  const { status, ended, message, cause } = error;
  if (ended !== undefined) return new MpcFailure(ofReason[ended.reason], message, { cause: error });
  if (status !== 503) return new MpcFailure(ofStatus[status], message, { cause: error });
  if (!(cause instanceof NodeError && cause.code === 'overloaded')) return unavailable(message);
  return tooMany();
}
