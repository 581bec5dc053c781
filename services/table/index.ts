export * from './api.ts';
export type { EpochProofStatus } from './epoch-proofs.ts';
export { AbsenceNotDisclosed, BlobUnknown, RelationUnknown, TableMisuse } from './errors.ts';
export type { IndexComparison } from './index/compare.ts';
export type { IndexProgress, IndexStatus } from './index/private-index.ts';
export { jsonFormat } from './json-format.ts';
export { indexLimits, tableLimits, treeLimits } from './limits.ts';
export {
  type OpenTables,
  openTables,
  type TableKeys,
  type TableModules,
  type TableOptions,
} from './open-tables.ts';
export { Pace, unhurried } from './pace.ts';
export {
  chunksOf,
  inlineBytesMax,
  type Piece,
  pieceRowBytesMax,
  readPieces,
  readPiecesRow,
  stagePieces,
  unstagePieces,
  writePieces,
} from './pieces.ts';
export { proofDocument, proofFailureStatus } from './proof-document.ts';
export { numberBytes, rowFormat } from './row-format.ts';
export { IndexDamaged } from './tree/errors.ts';
export type { TreeOptions } from './tree/index-tree.ts';
export type { IndexStore, IndexStoreOperation } from './tree/store.ts';
