/** Limits of the schema. What the original has no bound for is bounded here, as all of it is held in memory and walked by changes. */
export const schemaLimits = {
  /** Characters of the names of keyspaces, tables, views and indexes. */
  nameLength: 48,
  /** Bytes of any other name. */
  identifierBytes: 32 * 1024,
  columnsPerTable: 4096,
  fieldsPerType: 1024,
  argumentsPerFunction: 256,
  /** Elements of the tree that a type is with all its user types written out: types that nest twice each would double with each step. */
  typeNodes: 1024,
  typeDepth: 64,
  vectorDimension: 8192,
  tablesPerKeyspace: 10_000,
  keyspaces: 10_000,
  /** Seconds: 20 years, as in Cassandra. */
  ttl: 630_720_000,
  /** Bytes of one keyspace's stored form. */
  storedBytes: 64 * 1024 * 1024,
} as const;
