/**
 * Codes of what a payload holds.
 * Source: src/rdb.h of redis-server 7.2.
 */
export const rdbTypes = {
  string: 0,
  list: 1,
  set: 2,
  /** Scores as text. */
  zsetText: 3,
  hash: 4,
  /** Scores as doubles. */
  zset: 5,
  hashZipmap: 9,
  listZiplist: 10,
  setIntset: 11,
  zsetZiplist: 12,
  hashZiplist: 13,
  listQuicklist: 14,
  stream1: 15,
  hashListpack: 16,
  zsetListpack: 17,
  listQuicklist2: 18,
  /** 7.0: with entries added, the highest deleted id, and entries read of groups. */
  stream2: 19,
  setListpack: 20,
  /** 7.2: with the time consumers were active. */
  stream3: 21,
} as const;

/** Forms of a string that is not plain, by the low six bits of its first byte. */
export const stringForms = { int8: 0, int16: 1, int32: 2, lzf: 3 } as const;
