import { NodeError } from '../api/index.ts';

/** Stored bytes that were acknowledged and are not what was written. Names the place; nothing was changed. */
export class CorruptFileError extends NodeError {
  readonly file: string;
  readonly offset: number;
  constructor(file: string, offset: number, what: string) {
    super('corrupt', `${file} at byte ${offset}: ${what}`);
    this.name = 'CorruptFileError';
    this.file = file;
    this.offset = offset;
  }
}

/** The system's error code (`ENOSPC`, `EIO`, `ENOENT`), if the error has one. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

export const isNoSpace = (error: unknown): boolean =>
  codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT';

/** What the ports promise for a full disk; everything else as it is. */
export function translateNoSpace(error: unknown): unknown {
  return isNoSpace(error)
    ? new NodeError('storage-full', 'no space left on the disk', { cause: error })
    : error;
}
