/** What can go wrong with an engine in ways that somebody can do something about. */
export type EngineFailureCode =
  /** No PostgreSQL of this major for this platform, or an unusable one. */
  | 'no-programs'
  /** The user that the server runs as cannot come to a folder, or a folder is not what it should be. */
  | 'unreachable'
  | 'no-user'
  | 'bad-name'
  | 'bad-parameter'
  | 'cluster-failed'
  /** The data directory is of another major, or none. */
  | 'wrong-data'
  /** Left by a server that did not end cleanly: its directory is wiped, never started. */
  | 'unclean'
  | 'in-use'
  | 'start-failed'
  | 'not-ended';

export class EngineFailure extends Error {
  readonly code: EngineFailureCode;
  constructor(code: EngineFailureCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EngineFailure';
    this.code = code;
  }
}
