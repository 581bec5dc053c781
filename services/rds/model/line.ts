/** Work that is done one after the other, in the order in which it was asked for. */
export class Line {
  private tail: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  get isBusy(): boolean {
    return this.waiting > 0;
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    this.waiting++;
    const done = this.tail.then(work).finally(() => {
      this.waiting--;
    });
    this.tail = done.catch(() => undefined);
    return done;
  }
}
