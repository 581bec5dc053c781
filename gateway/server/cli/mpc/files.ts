/** What the commands of computations read: each with a bound, and one sentence when it cannot be read. */
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { callerFolder } from '../../boot/caller-folder.ts';
import { StartError, translateSystemError } from '../../errors.ts';

/** @param path `-` for the standard input; relative paths start where the command was called */
export async function readFileBounded(path: string, bytesMax: number): Promise<Buffer> {
  const source = path === '-' ? process.stdin : createReadStream(pathOf(path));
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    for await (const piece of source as AsyncIterable<Buffer>) {
      length += piece.length;
      if (length > bytesMax) throw new StartError(`${path} has more than ${bytesMax} bytes`, 2);
      pieces.push(piece);
    }
  } catch (error) {
    throw translateSystemError(error, `${path} cannot be read`);
  }
  return Buffer.concat(pieces);
}

/** @param content bytes, or pieces of a text */
export async function writeBytes(path: string, content: Uint8Array | Iterable<string>): Promise<void> {
  try {
    await writeFile(pathOf(path), content);
  } catch (error) {
    throw translateSystemError(error, `${path} cannot be written`);
  }
}

export function pathOf(path: string): string {
  return resolve(callerFolder(process.env, process.cwd()), path);
}

/** @throws StartError */
export function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The text may be an input: nothing of it is shown.
    throw new StartError(`${path} is not JSON`, 2, { cause: error });
  }
}
