/** Limits of the functions that one statement calls, in steps of the sandbox (sandbox/limits.ts): ten million are 30 to 100 ms. */
export const functionLimits = {
  /** Of all calls of a statement. */
  statementStepsMax: 2_000_000_000,
  /** Without others having their turn: of the calls for one row, and of those of a statement that changes rows. */
  turnStepsMax: 50_000_000,
  /** After which others have their turn, between two rows. */
  turnSteps: 500_000,
} as const;
