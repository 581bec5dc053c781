/** The payload of FUNCTION DUMP: for each library the byte 245 and its code, closed as a payload of DUMP is. */
import { FormatError } from '@hypergate/kit/bytes';
import { RedisError } from '../errors.ts';
import { sealed, unsealed } from '../rdb/payload.ts';
import { RdbWriter } from '../rdb/rdb-writer.ts';

const libraryOpcode = 245;
const firstBytes = 1024;

/** @throws RedisError when it would be longer than a string may be */
export function dumpLibraries(codes: Iterable<string>): string {
  const to = new RdbWriter(firstBytes);
  for (const code of codes) {
    to.u8(libraryOpcode);
    to.text(code);
  }
  return sealed(to);
}

/** @returns the code of each library @throws RedisError */
export function readLibraries(payload: string): string[] {
  const from = unsealed(payload);
  const codes: string[] = [];
  try {
    while (!from.done) {
      if (from.u8() !== libraryOpcode) throw new RedisError('ERR given type is not a function');
      codes.push(from.text());
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new RedisError('ERR Failed loading library data');
  }
  return codes;
}
