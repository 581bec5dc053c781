/** Time as the node sees it. Only leases look at it; nothing that is ordered or stored depends on it. */
export interface NodeClock {
  /** Milliseconds from any fixed moment; never goes back. */
  monotonic(): number;
  /** Calls once after the delay, unless the returned function was called before. Does not keep the process alive. */
  timer(delayMs: number, callback: () => void): () => void;
}

export const systemClock: NodeClock = {
  monotonic: () => performance.now(),
  timer: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs).unref();
    return () => clearTimeout(timer);
  },
};
