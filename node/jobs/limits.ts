/** Limits of jobs. Bytes, milliseconds, counts. */
export const jobLimits = {
  /** Jobs of a lane that wait for those under way; each holds its payload. */
  waitingMax: 4,
  /** Circuits are looked at and compiled one after another. Parties wait for others, and for one another. */
  workersMax: 1,
  partiesMax: 8,
  /** Computations whose parties are all played here: two or three processes each. */
  allPartiesMax: 2,
  /** Until a job is at work, on a machine that does much else. */
  startMs: 20_000,
  /** Until the thread of a job that has answered is stopped. */
  endMs: 5_000,
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
  /** What a party is told beside the circuit: session, interface and inputs as JSON in UTF-8. */
  partyTextBytesMax: 4 * 1024 * 1024,
  /** Longest that a party may wait for the others and compute. */
  partyMsMax: 60 * 60_000,
} as const;
