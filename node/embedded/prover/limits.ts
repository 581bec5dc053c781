/** Limits of the prover's engine. */
export const proverLimits = {
  /** Threads that commit to branches when the machine has cores for them; the prover's own is one of them. */
  committerThreadsDefaultMax: 4,
  committerThreadsMax: 64,
  /** Fewer branches at once are committed to in the prover's own thread: messages and tables would cost more. */
  sharedBranchesMin: 8,
  /** Changed values that one thread takes at a time; 0.1 to 0.3 ms each. */
  valuesPerTask: 48,
  /** Tasks that another thread has at the same time: it need not wait while the prover's own thread is at one of its own. */
  tasksPerThread: 2,
  /** Frames without a large batch after which threads are ended; their tables take 30 MB each. */
  idleFramesMax: 6,
  /** Heap of a committing thread in MiB; tables are outside it. */
  committerHeapMegabytesMax: 128,
  committerYoungMegabytesMax: 6,
} as const;
