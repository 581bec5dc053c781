/** Which of its encodings Redis would use: what OBJECT ENCODING answers, and whether ZSCAN answers all at once. */
import type { Config } from '../config.ts';
import type { ZsetValue } from './zset-value.ts';

const entriesInitial = 128;
const memberBytesInitial = 64;

/** A set that once was too large for a listpack does not go back to one. */
export function zsetEncoding(value: ZsetValue, config: Config): 'listpack' | 'skiplist' {
  const entriesMost = parameter(config, 'zset-max-listpack-entries', entriesInitial);
  const bytesMost = parameter(config, 'zset-max-listpack-value', memberBytesInitial);
  return value.membersMost <= entriesMost && value.memberLengthMost <= bytesMost ? 'listpack' : 'skiplist';
}

function parameter(config: Config, name: string, initial: number): number {
  return config.row(name) === undefined ? initial : config.number(name);
}
