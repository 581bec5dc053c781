/** Limits of sessions. Sizes in bytes. */
export const sessionLimits = {
  /** Prepared statements, by what they and their texts take, about. */
  preparedBytesMax: 64 * 1024 * 1024,
  /** Statements of QUERY that are kept prepared by their text. */
  queriesBytesMax: 16 * 1024 * 1024,
  /** A character of a statement's text, and a statement: measured on trees and plans, rounded up. */
  bytesPerCharacter: 48,
  bytesPerStatement: 2048,
  /** A marker or a column of its answers, beside what describes it on the wire. */
  bytesPerColumn: 256,
  /** A statement that takes more than this part of a cache is not kept among those of QUERY. */
  shareMax: 1 / 16,
  /** Statements of one BATCH. */
  batchStatementsMax: 65_535,
  /** How long traces are kept, in seconds. */
  traceTtl: 86_400,
  /** Text of a statement in a trace, in characters. */
  traceTextMax: 4096,
  traceEventsMax: 64,
  /** Traces that are being written; more requests are answered without one. */
  tracesAtOnce: 64,
} as const;
