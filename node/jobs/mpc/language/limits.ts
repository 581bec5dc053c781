/** Limits of what is compiled. A source is somebody else's text: each of them ends in a `CompileError` that says where. */
import { mpcLimits } from '../limits.ts';

export const languageLimits = {
  sourceCharsMax: 256 * 1024,
  /** Characters of a number or of a string in a source. */
  literalCharsMax: 4096,
  /** Expressions, statements and types within each other. */
  nestingMax: 200,
  /**
   * Functions within functions, and what their bodies nest: levels of the tree that are open at a time. The stack of a fresh process
   * holds about 900.
   */
  openLevelsMax: 700,
  /** Tokens that are read in vain where `<` might begin type arguments. */
  guessedTokensMax: 500_000,
  /** Functions of a source, counted once for each set of type arguments. */
  functionsMax: 1024,
  /** Types within a type, each field of a struct counted. */
  typesMax: 4096,
  /** Bits of an integer type. */
  integerBitsMax: 1024,
  /** Bits of a number that is known while compiling. */
  numberBitsMax: 4096,
  arrayLengthMax: 65_536,
  /** Bits of one value, and values within it. */
  valueBitsMax: 2 * 1024 * 1024,
  /** Iterations of all loops together, each time they run. */
  iterationsMax: 131_072,
  /** Nodes of the tree that are visited, and values that are copied or chosen between. */
  stepsMax: 64_000_000,
  andGatesMax: 4 * 1024 * 1024,
  partiesMax: mpcLimits.partiesMax,
} as const;

/** What a caller may set lower or higher. */
export type CompileLimits = {
  readonly [name in
    | 'sourceCharsMax'
    | 'functionsMax'
    | 'arrayLengthMax'
    | 'valueBitsMax'
    | 'iterationsMax'
    | 'stepsMax'
    | 'andGatesMax']: number;
};
