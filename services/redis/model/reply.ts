/**
 * Where a command puts its answer. One value of the protocol per call; an aggregate is announced with its length and
 * followed by that many values. Implemented by the wire (RESP2 and RESP3, wire/resp-writer.ts) and by scripts, which turn
 * the answer into Lua values. Strings are byte strings: one character per byte, U+0000 to U+00FF.
 * Source: the RESP3 specification.
 */
export interface ReplySink {
  /** Version of the protocol the reader asked for. */
  readonly resp: 2 | 3;
  /** A simple string: no CR or LF. */
  simple(text: string): void;
  /** With its code: `ERR syntax error`. CR and LF become spaces. */
  error(text: string): void;
  integer(value: number | bigint): void;
  bulk(bytes: string): void;
  /** RESP2: the null bulk string. */
  null(): void;
  /** RESP2: the null array, where Redis answers so. */
  nullArray(): void;
  array(length: number): void;
  /** RESP2: an array of twice as many. `pairs` keys and values follow. */
  map(pairs: number): void;
  /** RESP2: an array. */
  set(length: number): void;
  /** Out-of-band data. RESP2: an array. */
  push(length: number): void;
  /** RESP3 only, where the reader knows them: `pairs` keys and values follow, then the value they are about. */
  attribute?(pairs: number): void;
  /** RESP2: a bulk string with the shortest form. */
  double(value: number): void;
  /** RESP2: 1 or 0. */
  boolean(value: boolean): void;
  /** Decimal digits. RESP2: a bulk string. */
  bigNumber(digits: string): void;
  /** `format` has three letters. RESP2: a bulk string. */
  verbatim(format: string, bytes: string): void;
}
