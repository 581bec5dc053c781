/** Writes that were begun and are not answered: whoever changed what writes have to do waits for those that did not know. */
interface Bucket {
  count: number;
  done: (() => void) | undefined;
}

export class InFlight {
  #bucket: Bucket = { count: 0, done: undefined };
  #draining: Promise<unknown> = Promise.resolve();

  track(writing: Promise<unknown>): void {
    const bucket = this.#bucket;
    bucket.count += 1;
    const end = () => {
      bucket.count -= 1;
      if (bucket.count === 0) bucket.done?.();
    };
    writing.then(end, end);
  }

  /** Resolves when those that were begun before are answered. */
  async drained(): Promise<void> {
    const bucket = this.#bucket;
    this.#bucket = { count: 0, done: undefined };
    if (bucket.count > 0) {
      const emptied = new Promise<void>((resolve) => {
        bucket.done = resolve;
      });
      this.#draining = Promise.all([this.#draining, emptied]);
    }
    await this.#draining;
  }
}
