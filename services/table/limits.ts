/** Limits of tables and of the private index. Sizes in bytes. */
export const tableLimits = {
  /** Partition and sort key together. S3 needs 1,024 and an upload id; CQL allows 64 KiB and is held to this. */
  keyBytesMax: 8 * 1024,
  tableNameBytesMax: 64,
  projectionBytesMax: 8 * 1024,
  secondaryEntriesMax: 64,
  /** Keys and projections of one record's secondary entries together: escaped, they fit into one entry of the tree. */
  secondaryBytesMax: 20 * 1024,
  /** Configuration of a domain that the index keeps; those of this gateway are shorter. */
  domainPayloadBytesMax: 32 * 1024,
  /** Attempts of a transaction whose conditions still hold but whose reads were overtaken. */
  transactAttemptsMax: 64,
  writesMax: 12_000,
  chunkBytes: 8 * 1024 * 1024,
  /** Shorter data stands in its record: with its tag it would be no chunk of the node. */
  dataBytesMin: 64 * 1024,
  /** Chunks of one blob: members of its hyperedge. */
  blobChunksMax: 10_000,
  /** Members of one relation's hyperedge. */
  relationMembersMax: 10_000,
  /** Domains whose keys are kept in memory for transactions of others. */
  cachedDomainsMax: 10_000,
  /** New domains that wait for the proof of their epoch key; beyond, all domains are gone over. */
  unprovedDomainsMax: 1000,
} as const;

/** Settled by measuring with bench/index-tree.ts: smaller pages cost more calls, larger ones more bytes written per change. */
export const treeLimits = {
  pageBytes: 16 * 1024,
  /** Changes that a leaf collects before its page is written anew. */
  leafChangesBytesMax: 8 * 1024,
  /** Clean pages kept decoded. */
  cacheBytes: 32 * 1024 * 1024,
  /**
   * Bytes of redo blocks that still hold changes of unwritten leaves; bounds memory and the time to open. Keys come in no order, so of a large
   * tree each of them is of another leaf, and a page is written for few: then a share of the tree may wait, up to the second limit.
   */
  redoBytesMax: 24 * 1024 * 1024,
  redoBytesCeiling: 64 * 1024 * 1024,
  redoShare: 1 / 12,
  redoBlockBytes: 64 * 1024,
  /** Unsaved bytes that start a flush. */
  flushBytes: 4 * 1024 * 1024,
  /** Unsaved bytes beyond which the index gives up: its store does not take them. */
  unsavedBytesMax: 256 * 1024 * 1024,
  /** Leaves of one directory page. */
  directoryLeavesMax: 256,
  keyBytesMax: 24 * 1024,
  valueBytesMax: 60_000,
} as const;

/** When the private index is stored, beside `flushBytes`. */
export const indexLimits = {
  /** Payload bytes of the log that would have to be kept and replayed. */
  logBytesPerFlush: 32 * 1024 * 1024,
  /** About half a second of replay. */
  transactionsPerFlush: 20_000,
} as const;
