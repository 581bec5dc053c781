/** SORT and SORT_RO: the elements of a list, set or sorted set in order, by themselves or by what other keys hold. */
import type { Call } from '../engine/call.ts';
import type { CommandRow, KeySpec } from '../engine/command.ts';
import { keysAt } from '../engine/command.ts';
import type { Database } from '../engine/database.ts';
import { notInteger, RedisError, syntaxError, wrongType } from '../engine/errors.ts';
import { parseSafeInteger } from '../engine/numbers.ts';
import { SortPattern } from '../engine/sort-pattern.ts';
import { parseScore } from '../engine/sort-score.ts';
import { type TypeName, typeOf, type Value } from '../engine/value.ts';

const notDouble = new RedisError("ERR One or more scores can't be converted into double");
const sortable: readonly TypeName[] = ['list', 'set', 'zset'];

const source = keysAt(1, 0, 1, ['RO', 'access']);
const patternKeys: KeySpec = {
  flags: ['RO', 'access'],
  notes: 'Keys that BY and GET name depend on what the sorted key holds.',
  begin: 'unknown',
  find: 'unknown',
};
const storeKey: KeySpec = {
  flags: ['OW', 'update'],
  notes: 'STORE may stand anywhere behind the key.',
  begin: 'unknown',
  find: 'unknown',
};
const complexity = 'O(N+M*log(M)) for N elements of which M are answered; O(N) when they are not sorted';
const options = '[BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC] [ALPHA]';
const categories = ['set', 'sortedset', 'list', 'dangerous'];

export const sortCommands: CommandRow[] = [
  {
    name: 'sort',
    arity: -2,
    flags: ['write', 'denyoom', 'movablekeys'],
    categories,
    keys: [source, patternKeys, storeKey],
    findKeys: sortKeys,
    group: 'generic',
    since: '1.0.0',
    complexity,
    summary: 'Sorts the elements of a list, set or sorted set, and may store the result.',
    syntax: `key ${options} [STORE destination]`,
    run: (call, args) => sort(call, args, true),
  },
  {
    name: 'sort_ro',
    arity: -2,
    flags: ['readonly', 'movablekeys'],
    categories,
    keys: [source, patternKeys],
    findKeys: () => [1],
    group: 'generic',
    since: '7.0.0',
    complexity,
    summary: 'Sorts the elements of a list, set or sorted set.',
    syntax: `key ${options}`,
    run: (call, args) => sort(call, args, false),
  },
];

interface SortOptions {
  descending: boolean;
  alpha: boolean;
  offset: number;
  /** -1 for all. */
  count: number;
  by: SortPattern | undefined;
  readonly get: SortPattern[];
  store: string | undefined;
}

/** The key, and the last STORE. */
function sortKeys(args: readonly string[]): number[] {
  let store = 0;
  for (let i = 2; i < args.length; i++) {
    const option = args[i]!.toLowerCase();
    if (option === 'limit') i += 2;
    else if (option === 'get' || option === 'by') i++;
    else if (option === 'store' && i + 1 < args.length) store = ++i;
  }
  return store === 0 ? [1] : [1, store];
}

function parseOptions(args: readonly string[], mayStore: boolean): SortOptions {
  const options: SortOptions = {
    descending: false,
    alpha: false,
    offset: 0,
    count: -1,
    by: undefined,
    get: [],
    store: undefined,
  };
  for (let i = 2; i < args.length; i++) {
    const option = args[i]!.toLowerCase();
    const left = args.length - i - 1;
    if (option === 'asc') options.descending = false;
    else if (option === 'desc') options.descending = true;
    else if (option === 'alpha') options.alpha = true;
    else if (option === 'limit' && left >= 2) {
      options.offset = integer(args[++i]!);
      options.count = integer(args[++i]!);
    } else if (option === 'store' && left >= 1 && mayStore) options.store = args[++i]!;
    else if (option === 'by' && left >= 1) options.by = new SortPattern(args[++i]!);
    else if (option === 'get' && left >= 1) options.get.push(new SortPattern(args[++i]!));
    else throw syntaxError;
  }
  return options;
}

function integer(text: string): number {
  const value = parseSafeInteger(text);
  if (value === undefined) throw notInteger;
  return value;
}

function sort(call: Call, args: readonly string[], mayStore: boolean): void {
  const options = parseOptions(args, mayStore);
  if (!call.client.account.unrestricted) checkPatterns(call, args, options);
  const { db } = call;
  const value = db.read(args[1]!);
  if (value !== undefined && !sortable.includes(typeOf(value))) throw wrongType;
  const sorted = limited(value === undefined ? [] : sortedElements(call, value, options), options);
  if (options.store !== undefined) store(call, sorted, options, options.store);
  else answer(call, sorted, options);
}

/** Which keys patterns lead to depends on the elements: only who may read every key may use them. @throws RedisError */
function checkPatterns({ engine, client, row }: Call, args: readonly string[], options: SortOptions): void {
  const option = options.by?.constant === false ? 'BY' : options.get.length > 0 ? 'GET' : undefined;
  if (option === undefined || engine.acl.readsEveryKey(client.account, row, args)) return;
  throw new RedisError(`ERR ${option} option of SORT denied due to insufficient ACL permissions.`);
}

function sortedElements(call: Call, value: Value, options: SortOptions): string[] {
  const type = call.engine.valueType(value);
  const elements = [...type.elements!(value)];
  const keepsOrder = options.by?.constant === true;
  if (!keepsOrder) return ordered(call.db, elements, options, options.by, options.alpha);
  // The order of a set is nobody's: what is stored, or seen by a script, is sorted all the same.
  if (typeOf(value) === 'set' && (options.store !== undefined || call.inScript)) {
    return ordered(call.db, elements, options, undefined, true);
  }
  return typeOf(value) !== 'set' && options.descending ? elements.reverse() : elements;
}

function ordered(
  db: Database,
  elements: string[],
  { descending }: SortOptions,
  by: SortPattern | undefined,
  alpha: boolean,
): string[] {
  const sign = descending ? -1 : 1;
  if (alpha && by === undefined) return elements.sort((left, right) => sign * compareText(left, right));
  if (alpha) {
    const weighted = elements.map((element) => ({ element, weight: by!.lookup(db, element) }));
    weighted.sort((left, right) => sign * compareWeights(left.weight, right.weight));
    return weighted.map(({ element }) => element);
  }
  const scored = elements.map((element) => {
    const weight = by === undefined ? element : by.lookup(db, element);
    const score = weight === undefined ? 0 : parseScore(weight);
    if (score === undefined) throw notDouble;
    return { element, score };
  });
  scored.sort(
    (left, right) =>
      sign *
      (left.score > right.score
        ? 1
        : left.score < right.score
          ? -1
          : compareText(left.element, right.element)),
  );
  return scored.map(({ element }) => element);
}

/** Byte strings in the order of their bytes. */
function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** An element without a weight comes first. */
function compareWeights(left: string | undefined, right: string | undefined): number {
  if (left === undefined || right === undefined) {
    return left === right ? 0 : left === undefined ? -1 : 1;
  }
  return compareText(left, right);
}

function limited(elements: string[], { offset, count }: SortOptions): string[] {
  if (offset <= 0 && count < 0) return elements;
  const start = Math.max(offset, 0);
  return elements.slice(start, count < 0 ? undefined : start + count);
}

function answer(call: Call, sorted: readonly string[], { get }: SortOptions): void {
  const { reply, db } = call;
  reply.array(sorted.length * Math.max(1, get.length));
  for (const element of sorted) {
    if (get.length === 0) reply.bulk(element);
    for (const pattern of get) {
      const value = pattern.lookup(db, element);
      if (value === undefined) reply.null();
      else reply.bulk(value);
    }
  }
}

function store(call: Call, sorted: readonly string[], { get }: SortOptions, key: string): void {
  const { db, engine } = call;
  const elements =
    get.length === 0
      ? sorted
      : sorted.flatMap((element) => get.map((pattern) => pattern.lookup(db, element) ?? ''));
  if (elements.length > 0) {
    db.restore(key, engine.valueTypeByName('list').fromElements!(elements), 0);
    db.notify('l', 'sortstore', key);
  } else if (db.peek(key) !== undefined) {
    db.delete(key);
    db.notify('g', 'del', key);
  }
  call.reply.integer(elements.length);
}
