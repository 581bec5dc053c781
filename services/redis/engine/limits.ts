/** Limits of the engine. Sizes in bytes unless the name says otherwise. */
export const engineLimits = {
  databases: 16,
  /** Longest string V8 holds; 24 bytes below the 512 MiB of Redis. */
  stringBytesMax: 536_870_888,
  /** Parts of a database's key table: each grows on its own, so none of 20 million keys stalls for long. */
  keyTableParts: 256,
  /** Entries of a dictionary that are searched one by one, without an index. */
  dictLinearMax: 8,
  /** Active expiry: keys looked at before it is decided whether to go on in this database. */
  expirySampleKeys: 20,
  /** Active expiry goes on while more than this share of a sample had expired. */
  expiredShareMax: 0.1,
  /** Active expiry: what one run may take. A run comes every 100 ms. */
  expiryMsPerRun: 25,
  expiryKeysPerRun: 50_000,
  /** Fields of hashes that one run of the cron may remove. */
  expiryFieldsPerRun: 10_000,
  /** Keys that one command, or one run of the cron, may evict; more is left to the next. */
  evictionsPerStep: 1024,
  /** Candidates for eviction that are remembered between samples. */
  evictionPoolSize: 16,
  /** RANDOMKEY gives up after as many keys that have expired and may not be removed. */
  randomKeyTries: 100,
  /** Elements and bytes of one chunk of a list: pushing and inserting move at most that many. A longer element has its own. */
  listChunkElements: 128,
  listChunkBytes: 16 * 1024,
  /** Picks at random, the same one any number of times, that are answered at once: more would not fit into memory. */
  repeatedPicksMax: 16 * 1024 * 1024,
  /** Answer of SRANDMEMBER with repeats, about: its length is the client's choice alone. */
  randomReplyBytesMax: 512 * 1024 * 1024,
  /**
   * A collection that takes more memory has its record in segments, until it takes less than half of that. Segments of dense
   * collections take about `segmentBytes` of memory (some quarter of it when stored, where elements are small).
   */
  segmentedBytes: 128 * 1024,
  segmentBytes: 32 * 1024,
  segmentElementsMax: 512,
  /** Groups and consumers of a stream in one segment. */
  streamGroupsPerSegment: 64,
  /** Effects are handed on when they reach this size, at the end of a command. */
  effectBatchBytes: 1024 * 1024,
  /** Memory of an engine without keys, counted in `used_memory`. */
  emptyEngineBytes: 1024 * 1024,
  /** Memory of a Lua machine, 20 MiB of them for itself: scripts and functions each have one. What needs more is an error. */
  luaMemoryBytes: 256 * 1024 * 1024,
  /** Longest string that a library makes for a script, all words of a command of it, and its answer. */
  luaTextBytesMax: 128 * 1024 * 1024,
  /** The machine of scripts is made anew after a script that made it grow beyond: its memory never shrinks. */
  luaMemoryKeptBytes: 64 * 1024 * 1024,
  /** Least that `maxmemory-clients` can be: with less nobody could say anything. */
  clientBytesLeast: 128 * 1024,
  /** What V8 takes beside the text, about: of a command queued by MULTI, a watched key, a channel or prefix. */
  queuedCommandBytes: 128,
  watchBytes: 256,
  subscriptionBytes: 256,
  /** Instructions of Lua after which a script is asked whether it goes on. */
  luaTickInstructions: 10_000,
  /** How long FUNCTION LOAD may run a library's code, in milliseconds. */
  libraryLoadMs: 500,
  /** Between two looks at the sockets while a script is slow, in milliseconds. */
  busyPollMs: 5,
} as const;
