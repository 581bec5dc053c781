/** What the engine knows of frames: for WAIT and WAITAOF. The gateway tells it (store/finality-notes.ts). */
import type { Finality } from '../engine/finality.ts';

/** One other that holds a batch: the frame it is in, for which the network's nodes have signed. */
export class Framed implements Finality {
  private upTo = -1;
  private readonly listeners: (() => void)[] = [];

  replicas(batch: number): number {
    return batch <= this.upTo ? 1 : 0;
  }

  onProgress(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Frames show every batch up to this one. */
  advance(batch: number): void {
    this.upTo = batch;
    for (const listener of this.listeners) listener();
  }
}
