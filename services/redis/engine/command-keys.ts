/** Which of a command's words are keys, and what the command does with each: by key specs, or by what only the command knows. */
import type { CommandRow, KeySpec } from './command.ts';
import { RedisError } from './errors.ts';
import { parseInteger } from './numbers.ts';

export interface KeyReference {
  /** Among the words, the name being 0. */
  readonly position: number;
  /** As in key specs: RO, RW, OW, RM and access, update, insert, delete. */
  readonly flags: readonly string[];
}

/** Flags of a key spec that are not about one key. */
const specFlags = new Set(['incomplete', 'variable_flags', 'not_key']);

const reads = ['RO', 'access'];
const changes = ['RW', 'access', 'update'];
const overwrites = ['OW', 'update'];

/**
 * Keys among the words of a command of the right length; also of one that will be refused later.
 * @returns none where the command can do without
 * @throws RedisError when there must be keys and none can be found
 */
export function keysOf(row: CommandRow, args: readonly string[]): KeyReference[] {
  const found = findKeys(row, args);
  if (found.length === 0 && !row.flags.includes('no_mandatory_keys')) {
    throw new RedisError('ERR Invalid arguments specified for command');
  }
  return found;
}

/** Whether the command has keys at all. */
export function mayHaveKeys(row: CommandRow): boolean {
  if (row.findKeys !== undefined) return true;
  return (row.keys ?? []).some((spec) => !spec.flags.includes('not_key'));
}

/**
 * As `keysOf`, where a command that makes no sense has no keys: it will be refused when it runs. For what must be decided
 * before: may the user touch them.
 */
export function keysIfAny(row: CommandRow, args: readonly string[]): readonly KeyReference[] {
  try {
    return findKeys(row, args);
  } catch (error) {
    if (error instanceof RedisError) return [];
    throw error;
  }
}

function findKeys(row: CommandRow, args: readonly string[]): KeyReference[] {
  const specs = (row.keys ?? []).filter((spec) => !spec.flags.includes('not_key'));
  const depends = specs.some(
    ({ flags, begin, find }) =>
      begin === 'unknown' ||
      find === 'unknown' ||
      flags.includes('incomplete') ||
      flags.includes('variable_flags'),
  );
  if (depends || specs.length === 0) {
    const own = finders.get(row.name);
    if (own !== undefined) return own(args);
    if (row.findKeys !== undefined) {
      const flags = specs[0]?.flags.filter((flag) => !specFlags.has(flag)) ?? changes;
      return row.findKeys(args).map((position) => ({ position, flags }));
    }
  }
  const found: KeyReference[] = [];
  // A count that does not fit the words: none of them are taken for keys.
  for (const spec of specs) if (!addKeys(spec, args, found)) return [];
  return found;
}

/** @returns false when the count before the keys makes no sense */
function addKeys(spec: KeySpec, args: readonly string[], found: KeyReference[]): boolean {
  const begin = beginning(spec, args);
  const { find } = spec;
  if (begin === undefined || find === 'unknown') return true;
  let first = begin;
  let last: number;
  if ('lastKey' in find) {
    if (find.lastKey >= 0) last = first + find.lastKey;
    else if (find.limit <= 1) last = args.length + find.lastKey;
    else last = first + Math.floor((args.length - first) / find.limit) + find.lastKey;
  } else {
    const count = parseInteger(args[first + find.keyNumIndex] ?? '');
    if (typeof count !== 'number' || count <= 0) return false;
    first += find.firstKey;
    last = first + (count - 1) * find.step;
    if (last >= args.length) return false;
  }
  const flags = spec.flags.filter((flag) => !specFlags.has(flag));
  for (let position = first; position <= last && position < args.length; position += find.step) {
    found.push({ position, flags });
  }
  return true;
}

/** Where the keys of the spec begin. */
function beginning({ begin }: KeySpec, args: readonly string[]): number | undefined {
  if (begin === 'unknown') return undefined;
  if ('index' in begin) return begin.index < args.length ? begin.index : undefined;
  const keyword = begin.keyword.toLowerCase();
  const forwards = begin.startFrom > 0;
  const start = forwards ? begin.startFrom : args.length + begin.startFrom;
  const end = forwards ? args.length : 0;
  for (let i = start; forwards ? i < end : i > end; i += forwards ? 1 : -1) {
    if (args[i]?.toLowerCase() === keyword) return i + 1 < args.length ? i + 1 : undefined;
  }
  return undefined;
}

const hasWord = (args: readonly string[], from: number, ...words: string[]): boolean =>
  args.slice(from).some((word) => words.includes(word.toLowerCase()));

const afterUnit = 6;

/** Commands whose options decide. */
const finders: ReadonlyMap<string, (args: readonly string[]) => KeyReference[]> = new Map([
  ['set', (args) => [{ position: 1, flags: hasWord(args, 3, 'get') ? changes : overwrites }]],
  ['bitfield', (args) => [{ position: 1, flags: hasWord(args, 2, 'set', 'incrby') ? changes : reads }]],
  ['sort', (args) => [{ position: 1, flags: reads }, ...sortDestination(args)]],
  ['sort_ro', () => [{ position: 1, flags: reads }]],
  ['georadius', (args) => [{ position: 1, flags: reads }, ...lastStore(args, afterUnit)]],
  ['georadiusbymember', (args) => [{ position: 1, flags: reads }, ...lastStore(args, afterUnit - 1)]],
  ['migrate', migrated],
]);

/** The last STORE counts; words after BY, GET and LIMIT are patterns and numbers. */
function sortDestination(args: readonly string[]): KeyReference[] {
  let stored: KeyReference[] = [];
  for (let i = 2; i + 1 < args.length; i++) {
    const word = args[i]!.toLowerCase();
    if (word === 'limit') i += 2;
    else if (word === 'by' || word === 'get') i++;
    else if (word === 'store') stored = [{ position: ++i, flags: overwrites }];
  }
  return stored;
}

function lastStore(args: readonly string[], from: number): KeyReference[] {
  let stored: KeyReference[] = [];
  for (let i = from; i + 1 < args.length; i++) {
    const word = args[i]!.toLowerCase();
    if (word === 'store' || word === 'storedist') stored = [{ position: ++i, flags: overwrites }];
  }
  return stored;
}

/** MIGRATE host port key|"" … KEYS key …: AUTH and AUTH2 may be followed by a password that reads KEYS. */
function migrated(args: readonly string[]): KeyReference[] {
  const flags = ['RW', 'access', 'delete'];
  if (args[3] !== '') return [{ position: 3, flags }];
  for (let i = 6; i < args.length; i++) {
    const word = args[i]!.toLowerCase();
    if (word === 'auth') i++;
    else if (word === 'auth2') i += 2;
    else if (word === 'keys') {
      return args.slice(i + 1).map((_, offset) => ({ position: i + 1 + offset, flags }));
    }
  }
  return [];
}
