/** Limits of what is bound to statements. */
export const termLimits = {
  /** Values of one list of IN: as many combinations as a SELECT may ask for. */
  inValuesMax: 100_000,
} as const;
