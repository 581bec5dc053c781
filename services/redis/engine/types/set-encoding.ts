/** Which of its encodings Redis would use: what OBJECT ENCODING answers, the order of SMEMBERS, and whether SSCAN answers at once. */
import type { Config } from '../config.ts';
import type { SetValue } from './set-value.ts';

const integerEntriesInitial = 512;
const entriesInitial = 128;
const memberBytesInitial = 64;

/** A set that once was too large for a small encoding does not go back to it. */
export function setEncoding(value: SetValue, config: Config): 'intset' | 'listpack' | 'hashtable' {
  if (value.integersMost > parameter(config, 'set-max-intset-entries', integerEntriesInitial))
    return 'hashtable';
  if (value.integersOnly) return 'intset';
  return value.membersMost <= parameter(config, 'set-max-listpack-entries', entriesInitial) &&
    value.memberLengthMost <= parameter(config, 'set-max-listpack-value', memberBytesInitial)
    ? 'listpack'
    : 'hashtable';
}

function parameter(config: Config, name: string, initial: number): number {
  return config.row(name) === undefined ? initial : config.number(name);
}

/** Members as Redis lists them: integers of a small set in ascending order. */
export function listedMembers(value: SetValue, config: Config): readonly string[] {
  return setEncoding(value, config) === 'intset' ? value.keys.toSorted(compareIntegers) : value.keys;
}

/** Canonical decimals of 64 bits. */
function compareIntegers(a: string, b: string): number {
  const aNegative = a.charCodeAt(0) === 45;
  if (aNegative !== (b.charCodeAt(0) === 45)) return aNegative ? -1 : 1;
  const longer = a.length - b.length;
  const larger = longer !== 0 ? longer : a < b ? -1 : a > b ? 1 : 0;
  return aNegative ? -larger : larger;
}
