/** Bits of version 1 of stored fragments. What is not named here is 0, and refused otherwise. */

/** Of a fragment. */
export const fragmentFlags = { deletion: 1, statics: 2, rows: 4, tombstones: 8, all: 15 } as const;

/** Of a row. */
export const rowFlags = { marker: 1, markerHasOwnStamp: 2, deletion: 4, columns: 8, all: 15 } as const;

/**
 * Of a column or of a cell in a collection. Without `ownTime` its time of writing is the base's; its ttl and local time are none, the
 * base's (`baseExpiry`) or its own (`ownExpiry`).
 */
export const cellFlags = {
  complex: 1,
  counter: 2,
  tombstone: 4,
  ownTime: 8,
  baseExpiry: 16,
  ownExpiry: 32,
  /** Of collections: it begins with a deletion. */
  deletion: 64,
} as const;

/** Bits that each kind may have. */
export const cellMasks = {
  cell: cellFlags.tombstone | cellFlags.ownTime | cellFlags.baseExpiry | cellFlags.ownExpiry,
  complex: cellFlags.complex | cellFlags.deletion,
  counter: cellFlags.counter | cellFlags.ownTime,
} as const;
