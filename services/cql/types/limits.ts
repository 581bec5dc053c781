/** What bounds the work on one value. Lengths are checked before memory is taken. */
export const typeLimits = {
  /** Of a varint, and of a decimal's unscaled value: arithmetic and texts of longer ones would take whole seconds. */
  numberBytesMax: 65_536,
  /** As in `MathContext` of Cassandra's decimal arithmetic: results are rounded to this. */
  decimalDigitsMax: 10_000,
  /** Of a number written as text. */
  numberCharactersMax: 160_000,
  /** Types within types, and JSON within JSON. */
  depthMax: 128,
  /** Of the text of a type or of a class name. */
  typeCharactersMax: 65_536,
  /** Elements of a vector, as Cassandra 5. */
  vectorDimensionMax: 8_192,
  /** Bytes of an encoded key that are kept between calls for the next one. */
  scratchBytesMax: 65_536,
} as const;
