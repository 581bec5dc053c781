/** Bounds what a custodian does at once and what waits for it; what is more is turned away. In the order of arrival. */
export interface WorkloadLimits {
  readonly runningMax: number;
  readonly waitingMax: number;
  readonly waitingBytesMax: number;
}

interface Waiting {
  readonly bytes: number;
  readonly start: () => void;
}

export class Workload {
  readonly #limits: WorkloadLimits;
  #running = 0;
  #waiting: Waiting[] = [];
  /** Of `#waiting`, those before were started: an array's `shift` moves all that follow. */
  #next = 0;
  #bytes = 0;

  constructor(limits: WorkloadLimits) {
    this.#limits = limits;
  }

  /** @returns undefined when there is no room */
  run<Result>(bytes: number, work: () => Promise<Result>): Promise<Result> | undefined {
    if (this.#running < this.#limits.runningMax) return this.#start(work);
    const { waitingMax, waitingBytesMax } = this.#limits;
    const isFull = this.#waiting.length - this.#next >= waitingMax || this.#bytes + bytes > waitingBytesMax;
    if (isFull) return undefined;
    this.#bytes += bytes;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ bytes, start: () => void this.#start(work).then(resolve, reject) });
    });
  }

  async #start<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
      this.#startNext();
    }
  }

  #startNext(): void {
    const next = this.#waiting[this.#next];
    if (next === undefined) return;
    this.#next += 1;
    if (this.#next === this.#waiting.length) {
      this.#waiting = [];
      this.#next = 0;
    } else if (this.#next >= 1024) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    this.#bytes -= next.bytes;
    next.start();
  }
}
