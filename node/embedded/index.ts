/** The node inside the gateway's process: a log with one member, its state, its chunks. */
export { ed25519SigningKey, type SigningKey } from '../crypto/ed25519.ts';
export { type NodeClock, systemClock } from './clock.ts';
export { clockDriftBound, embeddedLimits } from './limits.ts';
export { type MemoryNode, MemoryState, memoryModules, openMemoryNode } from './memory-modules.ts';
export type {
  EmbeddedNode,
  EmbeddedNodeModules,
  EmbeddedNodeOptions,
  NodeChunkStore,
  NodeLogger,
  NodeStatus,
  ProverSetting,
  RecoveryProgress,
} from './modules.ts';
export { openEmbeddedNode } from './open.ts';
export type { EngineOptions } from './prover/open-engine.ts';
export { openProverThread } from './prover/worker-engine.ts';
export { isStorageFull, translateStorageError } from './storage-errors.ts';
