/** Counters of INFO and of the metrics. */
export class Stats {
  connectionsReceived = 0;
  commandsProcessed = 0;
  errorReplies = 0;
  keyspaceHits = 0;
  keyspaceMisses = 0;
  expiredKeys = 0;
  evictedKeys = 0;
  /** Fields of hashes. */
  expiredFields = 0;

  reset(): void {
    Object.assign(this, new Stats());
  }
}
