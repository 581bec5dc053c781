/** The data directory: made, readable, writable, or one clear line why not. */
import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import { StartError, translateSystemError } from '../errors.ts';

/** Makes the folder when it is missing (for its owner only). @throws StartError */
export async function prepareDataDir(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    if (!(await stat(path)).isDirectory()) throw new StartError(`the data directory ${path} is not a folder`);
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new StartError(`the data directory ${path} is not a folder`, 1, { cause: error });
    }
    throw translateSystemError(error, `the data directory ${path} cannot be used`);
  }
}
