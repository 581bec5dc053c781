/** Text of CQL 3.4.5 to syntax trees, and back. */
export type * from './ast.ts';
export { StatementCache } from './cache.ts';
export { CqlSyntaxError } from './errors.ts';
export { isReserved } from './keywords.ts';
export { parserLimits } from './limits.ts';
export {
  printName,
  printQualifiedName,
  printRelation,
  printRelations,
  printSelector,
  printString,
  printTerm,
  printType,
} from './print.ts';
export { type KeyspaceOfFunction, selectionName } from './selection-name.ts';
export { parse, parseRelations, parseTerm, parseType } from './statement.ts';
