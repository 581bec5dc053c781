/** Failures of the ports. A refusal of a transaction is an outcome, not an error. */
export type NodeErrorCode =
  | 'aborted'
  | 'chunk-too-large'
  | 'chunk-unknown'
  | 'closed'
  | 'compacted'
  | 'corrupt'
  | 'malformed'
  | 'not-supported'
  | 'overloaded'
  | 'storage-full';

export class NodeError extends Error {
  readonly code: NodeErrorCode;
  constructor(code: NodeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NodeError';
    this.code = code;
  }
}
