/** Whoever waits for a position of the write-ahead log to be certified. */
import type { Lsn } from '../model/lsn.ts';
import type { WalLog } from '../wal/wal-log.ts';

interface Waiter {
  readonly lsn: Lsn;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class Certification {
  private readonly log: WalLog;
  private readonly off: () => void;
  private waiters: Waiter[] = [];
  private failure: Error | undefined;

  constructor(log: WalLog) {
    this.log = log;
    this.off = log.onCertified((certified) => this.reached(certified));
  }

  /** Rejects when it never will be. */
  async until(lsn: Lsn, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.failure !== undefined) throw this.failure;
    if (this.log.certified >= lsn) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { lsn, resolve, reject };
    this.waiters.push(waiter);
    const giveUp = () => {
      this.waiters = this.waiters.filter((each) => each !== waiter);
      reject(signal!.reason);
    };
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      await promise;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  /** Nothing more is certified. */
  end(failure: Error): void {
    this.failure ??= failure;
    this.off();
    for (const { reject } of this.waiters.splice(0)) reject(this.failure);
  }

  private reached(certified: Lsn): void {
    if (this.waiters.length === 0) return;
    const done = this.waiters.filter(({ lsn }) => lsn <= certified);
    this.waiters = this.waiters.filter(({ lsn }) => lsn > certified);
    for (const { resolve } of done) resolve();
  }
}
