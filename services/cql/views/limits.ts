/** Limits of materialized views. */
export const viewLimits = {
  /** Rows of the base table whose view rows are written in one step while a view is built. */
  buildRows: 256,
} as const;
