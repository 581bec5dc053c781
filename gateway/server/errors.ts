/**
 * Anything that keeps the gateway from starting and that its user can mend. Shown as one line without a stack; a cause
 * stays attached for the log.
 */
export class StartError extends Error {
  /** 1: the machine says no; 2: the call or the configuration is wrong. */
  readonly exitCode: number;
  constructor(message: string, exitCode = 1, options?: ErrorOptions) {
    super(message.replaceAll(/\s*\n\s*/g, ' '), options);
    this.name = 'StartError';
    this.exitCode = exitCode;
  }
}

export class ConfigError extends StartError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, 2, options);
    this.name = 'ConfigError';
  }
}

/** Node's code of a failed system call, `ENOENT`; undefined for other errors. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

const sentences: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free some space and start again',
  EDQUOT: 'the disk quota is used up: free some space and start again',
  EACCES: 'permission denied: give this user the right to read and write it',
  EPERM: 'permission denied: give this user the right to read and write it',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder, not a file',
  ENOENT: 'it does not exist',
  EMFILE: 'too many open files: raise the limit (ulimit -n)',
  EIO: 'the disk reported an error',
};

/** `the data directory /x cannot be used: the disk is full …`; an error that is not the system's is returned as it is. */
export function translateSystemError(error: unknown, what: string): unknown {
  if (error instanceof StartError) return error;
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const code = systemCode(at);
    const sentence = code === undefined ? undefined : sentences[code];
    if (sentence !== undefined) return new StartError(`${what}: ${sentence} (${code})`, 1, { cause: error });
  }
  return error;
}
