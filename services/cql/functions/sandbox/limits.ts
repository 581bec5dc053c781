/** What a user-defined function may cost. Work is counted in steps and not in time, so that a result never depends on how fast a machine is. */
export const sandboxLimits = {
  /**
   * Steps of one call: turns of loops and calls of functions within the interpreter, and every 64 bytes that it moves at once.
   * Between 30 and 100 ms for most kinds of work on a machine of 2024; what misses its caches all the time takes half a second.
   */
  callStepsMax: 10_000_000,
  /** What a call takes besides, in steps: its state put back, and arguments and result. */
  callStepsLeast: 5000,
  /** Steps of compiling a function. */
  compileStepsMax: 10_000_000,
  /** Memory of an interpreter, its own included. It is not given back. */
  memoryBytesMax: 33_554_432,
  /** Memory that JavaScript may allocate: below the other, so that its end is an exception within and not the end of the interpreter. */
  heapBytesMax: 25_165_824,
  /** Stack that JavaScript may use, of the five megabytes that the build has. Node's own stack has to be enough for it. */
  stackBytesMax: 262_144,
  /** Of a function's text. */
  bodyCharactersMax: 65_536,
  /** Of the arguments of one call together. */
  argumentBytesMax: 4_194_304,
  /** Of a result in binary form, and of all that is read of it. */
  resultBytesMax: 8_388_608,
  /** Elements of a result, at all depths. */
  resultElementsMax: 500_000,
  /** Values within values. */
  depthMax: 64,
  /** Of the message of an error within a function. */
  messageCharactersMax: 500,
  /** Functions of a language that are kept compiled, at a few hundred kilobytes each. */
  programsMax: 64,
} as const;
