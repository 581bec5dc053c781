/** Expected failures of checkpoints. */

export type CheckpointReason =
  /** No checkpoint with whose help the point can be reached. */
  | 'no-such-point'
  /** The data directory holds what a checkpoint cannot: tablespaces, links. */
  | 'not-supported'
  /** Restoring needs an empty folder. */
  | 'not-empty'
  /** Stored data contradicts itself. */
  | 'damaged';

export class CheckpointError extends Error {
  readonly reason: CheckpointReason;
  constructor(reason: CheckpointReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CheckpointError';
    this.reason = reason;
  }
}
