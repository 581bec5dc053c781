/** Work at a later time. Passed in, so that tests decide when that is. */
export interface Timers {
  /** Keeps no process alive. @returns what takes it back */
  later(ms: number, work: () => void): () => void;
}

export const systemTimers: Timers = {
  later(ms, work) {
    const timer = setTimeout(work, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
