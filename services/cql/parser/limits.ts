/** Limits of the parser. The first is the protocol's, the others keep a statement from costing more than it may. */
export const parserLimits = {
  /** Bind markers are numbered with two bytes on the wire. */
  markersMax: 65_535,
  /** Of a statement's text, in UTF-16 units: what one frame of the protocol may carry is less than that. */
  textCharsMax: 256 * 1024 * 1024,
  /** Parentheses, collections, calls and types inside one another: whoever walks a tree may recurse. */
  nestingMax: 200,
  /** Operators and field or element accesses of one term: each makes the tree one deeper, on the left. */
  operationsMax: 1_000,
} as const;
