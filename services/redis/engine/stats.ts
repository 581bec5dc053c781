/** Counters of INFO and of the metrics. */
export class Stats {
  connectionsReceived = 0;
  commandsProcessed = 0;
  errorReplies = 0;
  keyspaceHits = 0;
  keyspaceMisses = 0;
  expiredKeys = 0;
  evictedKeys = 0;
  /** Connections refused: too many, or not allowed from there. */
  rejectedConnections = 0;
  inputBytes = 0;
  outputBytes = 0;
  /** Readable events and writes of sockets. */
  reads = 0;
  writes = 0;

  reset(): void {
    Object.assign(this, new Stats());
  }
}
