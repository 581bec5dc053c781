/** What is known of batches of effects (engine/effects/effect-log.ts) at other nodes: given to the engine for WAIT and WAITAOF. */
export interface Finality {
  /** Other nodes that hold the batch: 0 until the frame it is in is final, then all that took part. */
  replicas(batch: number): number;
  /** Called after it grew. */
  onProgress(listener: () => void): void;
}
