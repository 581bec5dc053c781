/**
 * Commands are rows. A row says what a command is; dispatch, COMMAND, COMMAND DOCS, ACL and metrics read it. The values are
 * Redis' own vocabulary (https://redis.io/docs/latest/commands/command/).
 */
import type { Call } from './call.ts';

export type CommandFlag =
  | 'write'
  | 'readonly'
  | 'denyoom'
  | 'admin'
  | 'pubsub'
  | 'noscript'
  | 'blocking'
  | 'loading'
  | 'stale'
  | 'skip_monitor'
  | 'skip_slowlog'
  | 'no_auth'
  | 'fast'
  | 'no_async_loading'
  | 'may_replicate'
  | 'allow_busy'
  | 'no_multi'
  | 'no_mandatory_keys'
  | 'movablekeys'
  | 'sort_for_script'
  | 'random'
  | 'asking'
  | 'protected';

export type CommandGroup =
  | 'generic'
  | 'string'
  | 'list'
  | 'set'
  | 'sorted-set'
  | 'hash'
  | 'pubsub'
  | 'transactions'
  | 'connection'
  | 'server'
  | 'scripting'
  | 'hyperloglog'
  | 'cluster'
  | 'geo'
  | 'stream'
  | 'bitmap'
  | 'sentinel';

/** Where keys stand, as COMMAND INFO shows it. `flags` are RO, RW, OW, RM, access, update, insert, delete, not_key, incomplete, variable_flags. */
export interface KeySpec {
  readonly flags: readonly string[];
  readonly notes?: string;
  readonly begin:
    | { readonly index: number }
    | { readonly keyword: string; readonly startFrom: number }
    | 'unknown';
  readonly find:
    | { readonly lastKey: number; readonly step: number; readonly limit: number }
    | { readonly keyNumIndex: number; readonly firstKey: number; readonly step: number }
    | 'unknown';
}

export interface CommandRow {
  /** Lower case; of a subcommand its own part. */
  readonly name: string;
  /** Words including the name (and the container's); negative: at least. */
  readonly arity: number;
  readonly flags: readonly CommandFlag[];
  /** ACL categories without the `@`, beside those that follow from flags (write, read, admin, dangerous, fast, slow, pubsub, blocking). */
  readonly categories: readonly string[];
  readonly keys?: readonly KeySpec[];
  /** Positions of all keys in the words, where no key spec finds them (`movablekeys`). @throws RedisError */
  readonly findKeys?: (args: readonly string[]) => number[];
  /** Flags that depend on the words: what a script may do stands in its first line. Asked before the command is admitted. */
  readonly flagsFor?: (call: Call, args: readonly string[]) => readonly CommandFlag[];
  readonly group: CommandGroup;
  readonly since: string;
  readonly complexity: string;
  /** One sentence, ours. */
  readonly summary: string;
  /** Arguments after the name in the notation of Redis' manual: `key value [NX | XX] [EX seconds]`. */
  readonly syntax: string;
  /** Response policies, `nondeterministic_output` and such, as COMMAND INFO shows them. */
  readonly tips?: readonly string[];
  /** A container has these and no `run`. */
  readonly subcommands?: readonly CommandRow[];
  /**
   * Runs with its words (`args[0]` is the name as sent) and answers through `call.reply`, exactly one value.
   * @throws RedisError, having changed nothing
   */
  readonly run?: (call: Call, args: readonly string[]) => void;
}

/** Key specs of the usual kinds. */
export const oneKey = (...flags: string[]): KeySpec[] => [keysAt(1, 0, 1, flags)];

/** One key that is not the first word after the name: of a subcommand. */
export const oneKeyAt = (index: number, ...flags: string[]): KeySpec[] => [keysAt(index, 0, 1, flags)];

/** Keys at `first`, then each `step`, up to the last word (`lastKey` -1) or relative to the first. */
export function keysAt(first: number, lastKey: number, step: number, flags: readonly string[]): KeySpec {
  return { flags, begin: { index: first }, find: { lastKey, step, limit: 0 } };
}

/** A count at `index`, followed by as many keys. */
export function countedKeys(index: number, flags: readonly string[]): KeySpec {
  return { flags, begin: { index }, find: { keyNumIndex: 0, firstKey: 1, step: 1 } };
}
