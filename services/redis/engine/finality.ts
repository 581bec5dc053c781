/**
 * What the durability layer tells of batches of effects (engine/effects/effect-log.ts): given to the engine so that WAIT and
 * WAITAOF can answer.
 */
export interface Finality {
  /** Whether the batch is in this node's log, safe from the loss of power. */
  isDurable(batch: number): boolean;
  /** Other nodes that hold the batch: 0 until the frame it is in is final, then all that took part. */
  replicas(batch: number): number;
  /** Called after either grew. */
  onProgress(listener: () => void): void;
}
