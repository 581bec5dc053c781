/** The file that all parties of a computation have alike. */
import { readSessionDocument, type SessionDocument } from '@hypergate/node/jobs/mpc/session';
import { StartError } from '../../errors.ts';
import { serverLimits } from '../../limits.ts';
import { parseJson, readFileBounded } from './files.ts';

/** What it says, as JSON. */
export async function readSessionFile(path: string): Promise<unknown> {
  return parseJson((await readFileBounded(path, serverLimits.mpcSessionBytesMax)).toString('utf8'), path);
}

/** @param commitment of the circuit, which runs once */
export async function readSession(path: string, commitment: Uint8Array): Promise<SessionDocument> {
  const value = await readSessionFile(path);
  try {
    return readSessionDocument(value, commitment);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new StartError(`${path}: ${error.message}`, 2, { cause: error });
  }
}
