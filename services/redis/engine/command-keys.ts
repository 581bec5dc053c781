/**
 * Which words of a command are keys, and what the command does with each, from its key specs: ACL, client-side caching and
 * COMMAND GETKEYS ask. Specs that do not fit the words name no keys: the command will answer with a syntax error.
 * Source: the key specifications of https://redis.io/docs/latest/develop/reference/key-specs/.
 */
import type { CommandRow, KeySpec } from './command.ts';
import { parseInteger } from './numbers.ts';

export interface KeyUse {
  /** In the words of the command. */
  readonly position: number;
  /** As in `KeySpec`. */
  readonly flags: readonly string[];
}

const none: readonly KeyUse[] = [];
/** What SET and BITFIELD do depends on their options; their spec says `variable_flags`. */
const overwrites = ['OW', 'update'];
const readsAndUpdates = ['RW', 'access', 'update'];
const onlyReads = ['RO', 'access'];

/** Keys in the order of the specs. Words that only look like keys (sharded channels) are left out. */
export function keysOf(row: CommandRow, args: readonly string[]): readonly KeyUse[] {
  const { keys: specs } = row;
  if (specs === undefined || specs.length === 0) return none;
  const found: KeyUse[] = [];
  let incomplete = false;
  for (const spec of specs) {
    if (spec.flags.includes('not_key')) continue;
    if (!addKeys(spec, args, flagsFor(row, spec, args), found) && spec.flags.includes('incomplete')) {
      incomplete = true;
    }
  }
  if (incomplete || specs.some((spec) => spec.begin === 'unknown'))
    return fromFinder(row, specs, args, found);
  return found;
}

/** Whether a command may have keys at all. */
export function hasKeys(row: CommandRow): boolean {
  return row.keys?.some((spec) => !spec.flags.includes('not_key')) ?? false;
}

function fromFinder(
  row: CommandRow,
  specs: readonly KeySpec[],
  args: readonly string[],
  found: readonly KeyUse[],
): readonly KeyUse[] {
  if (row.findKeys === undefined) return found;
  return row.findKeys(args).map((position, i) => {
    const known = found.find((use) => use.position === position);
    return known ?? { position, flags: specs[Math.min(i, specs.length - 1)]!.flags };
  });
}

function flagsFor(row: CommandRow, spec: KeySpec, args: readonly string[]): readonly string[] {
  if (!spec.flags.includes('variable_flags')) return spec.flags;
  if (row.name === 'set') return hasWord(args, 3, 'get') ? readsAndUpdates : overwrites;
  if (row.name === 'bitfield') {
    return hasWord(args, 2, 'set') || hasWord(args, 2, 'incrby') ? readsAndUpdates : onlyReads;
  }
  return spec.flags;
}

function hasWord(args: readonly string[], from: number, word: string): boolean {
  for (let i = from; i < args.length; i++) if (args[i]!.toLowerCase() === word) return true;
  return false;
}

/** @returns false when the spec does not fit the words */
function addKeys(spec: KeySpec, args: readonly string[], flags: readonly string[], found: KeyUse[]): boolean {
  const begin = beginOf(spec, args);
  // A keyword that is not there: the option was not given.
  if (begin === 0) return spec.begin !== 'unknown';
  const { find } = spec;
  if (find === 'unknown') return false;
  let first = begin;
  let last: number;
  if ('lastKey' in find) {
    if (find.lastKey >= 0) last = first + find.lastKey;
    else if (find.limit <= 1) last = args.length + find.lastKey;
    else last = first + Math.floor((args.length - first) / find.limit) + find.lastKey;
  } else {
    const count = parseInteger(args[first + find.keyNumIndex] ?? '');
    if (typeof count !== 'number') return false;
    first += find.firstKey;
    last = first + (count - 1) * find.step;
  }
  if (first >= args.length || last >= args.length || last < first) return false;
  for (let position = first; position <= last; position += find.step) found.push({ position, flags });
  return true;
}

/** Position where the search for keys begins, or 0 when there is none. */
function beginOf(spec: KeySpec, args: readonly string[]): number {
  const { begin } = spec;
  if (begin === 'unknown') return 0;
  if ('index' in begin) return begin.index;
  const step = begin.startFrom > 0 ? 1 : -1;
  const start = begin.startFrom > 0 ? begin.startFrom : args.length + begin.startFrom;
  const end = step > 0 ? args.length - 1 : 0;
  const keyword = begin.keyword.toLowerCase();
  for (let i = start; i !== end && i > 0 && i < args.length; i += step) {
    if (args[i]!.toLowerCase() === keyword) return i + 1;
  }
  return 0;
}
