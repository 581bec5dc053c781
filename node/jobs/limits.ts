/** Limits of jobs. Bytes, milliseconds, counts. */
export const jobLimits = {
  /** Jobs that wait for the one under way; each holds its payload. */
  waitingMax: 4,
  /** Until a job is at work, on a machine that does much else. */
  startMs: 20_000,
  /** And so much for each KiB of its payload. */
  msPerKibibyte: 2,
  /** Heap of the thread in MiB; typed arrays stand outside of it. */
  heapMegabytesMax: 512,
  /** Canonical encoding of a circuit. */
  circuitBytesMax: 32 * 1024 * 1024,
  /** Inputs and outputs of a circuit that is recorded: all are named in its record. */
  circuitPortsMax: 1024,
  /** Source of a circuit in UTF-8. */
  sourceBytesMax: 256 * 1024,
  /** A short source may stand for much: the compiler has bounds of its own, and this is for its worst. */
  compileMs: 120_000,
} as const;
