/** What a start found, for the log. */
export interface LoadReport {
  readonly keys: number;
  readonly checkpointBytes: number;
  readonly journalRows: number;
  readonly journalBytes: number;
  readonly ms: number;
}
