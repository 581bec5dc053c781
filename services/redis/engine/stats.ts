/** Counters of INFO and of the metrics. */
import type { Value } from './value.ts';

/** Redis frees smaller values at once. */
const lazyFreeElements = 64;

export class Stats {
  connectionsReceived = 0;
  commandsProcessed = 0;
  errorReplies = 0;
  keyspaceHits = 0;
  keyspaceMisses = 0;
  expiredKeys = 0;
  /** Fields of hashes. */
  expiredFields = 0;
  evictedKeys = 0;
  /** Connections refused: too many, or not allowed from there. */
  rejectedConnections = 0;
  /** Clients that `maxmemory-clients` had no room for. */
  evictedClients = 0;
  /** Clients cut off for their output. */
  outputLimitDisconnections = 0;
  inputBytes = 0;
  outputBytes = 0;
  /** Readable events and writes of sockets. */
  reads = 0;
  writes = 0;
  /** Values that redis-server would have freed in its background thread. */
  lazyFreedObjects = 0;

  /** UNLINK of this value. */
  lazyFreed(value: Value | undefined): void {
    if (value !== undefined && typeof value !== 'string' && value.type !== 'string') {
      if (value.size > lazyFreeElements) this.lazyFreedObjects++;
    }
  }

  reset(): void {
    Object.assign(this, new Stats());
  }
}
