/** Limits of the engine. Sizes in bytes unless the name says otherwise. */
export const engineLimits = {
  databases: 16,
  /** Longest string V8 holds; 24 bytes below the 512 MiB of Redis. */
  stringBytesMax: 536_870_888,
  /** Parts of a database's key table: each grows on its own, so none of 20 million keys stalls for long. */
  keyTableParts: 256,
  /** Entries of a dictionary that are searched one by one, without an index. */
  dictLinearMax: 8,
  /** Effects are handed on when they reach this size, at the end of a command. */
  effectBatchBytes: 1024 * 1024,
  /** Memory of a Lua machine, 20 MiB of them for itself: scripts and functions each have one. What needs more is an error. */
  luaMemoryBytes: 256 * 1024 * 1024,
  /** Longest string that a library makes for a script, all words of a command of it, and its answer. */
  luaTextBytesMax: 128 * 1024 * 1024,
  /** The machine of scripts is made anew after a script that made it grow beyond: its memory never shrinks. */
  luaMemoryKeptBytes: 64 * 1024 * 1024,
  /** Instructions of Lua after which a script is asked whether it goes on. */
  luaTickInstructions: 10_000,
  /** How long FUNCTION LOAD may run a library's code, in milliseconds. */
  libraryLoadMs: 500,
  /** Between two looks at the sockets while a script is slow, in milliseconds. */
  busyPollMs: 5,
} as const;
