/** Limits of polynomial commitments. */
export const kzgLimits = {
  /** The scalar field has roots of one of order 2^10, no more. */
  widthMax: 1024,
  widthMin: 2,
  /** Openings in one proof of many. */
  openingsMax: 65_536,
} as const;
