/** A broken invariant of the arithmetic: a fault of the program or of the machine, never of the input. */
export class VdfInvariantError extends Error {
  constructor(message: string) {
    super(`VDF arithmetic: ${message}`);
    this.name = 'VdfInvariantError';
  }
}

export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new VdfInvariantError(message);
}
