/** Time as a session sees it: it measures silence and the length of a job, and nothing else depends on it. */
export interface SessionClock {
  /** Milliseconds from any fixed moment; never goes back. */
  monotonic(): number;
  /** Calls once after the delay, unless the returned function was called before. Keeps the process alive: a session ends, or is closed. */
  timer(delayMs: number, callback: () => void): () => void;
}

export const systemClock: SessionClock = {
  monotonic: () => performance.now(),
  timer(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
