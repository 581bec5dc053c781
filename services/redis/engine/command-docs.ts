/** What COMMAND DOCS tells beside the row itself: arguments, and what has been replaced since. */
import type { CommandRow } from './command.ts';
import { type CommandArgument, parseSyntax } from './command-syntax.ts';

export interface Deprecation {
  readonly since: string;
  /** In the manual's notation of names. */
  readonly replacedBy: string;
}

/** By full name. Source: https://redis.io/docs/latest/commands/, 7.2 */
const deprecations: Readonly<Record<string, Deprecation>> = {
  brpoplpush: { since: '6.2.0', replacedBy: '`BLMOVE` with the `RIGHT` and `LEFT` arguments' },
  'cluster|slaves': { since: '5.0.0', replacedBy: '`CLUSTER REPLICAS`' },
  'cluster|slots': { since: '7.0.0', replacedBy: '`CLUSTER SHARDS`' },
  georadius: { since: '6.2.0', replacedBy: '`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument' },
  georadius_ro: { since: '6.2.0', replacedBy: '`GEOSEARCH` with the `BYRADIUS` argument' },
  georadiusbymember: {
    since: '6.2.0',
    replacedBy: '`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments',
  },
  georadiusbymember_ro: {
    since: '6.2.0',
    replacedBy: '`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments',
  },
  getset: { since: '6.2.0', replacedBy: '`SET` with the `!GET` argument' },
  hmset: { since: '4.0.0', replacedBy: '`HSET` with multiple field-value pairs' },
  psetex: { since: '2.6.12', replacedBy: '`SET` with the `PX` argument' },
  quit: { since: '7.2.0', replacedBy: 'just closing the connection' },
  rpoplpush: { since: '6.2.0', replacedBy: '`LMOVE` with the `RIGHT` and `LEFT` arguments' },
  setex: { since: '2.6.12', replacedBy: '`SET` with the `EX` argument' },
  setnx: { since: '2.6.12', replacedBy: '`SET` with the `NX` argument' },
  slaveof: { since: '5.0.0', replacedBy: '`REPLICAOF`' },
  substr: { since: '2.0.0', replacedBy: '`GETRANGE`' },
  zrangebylex: { since: '6.2.0', replacedBy: '`ZRANGE` with the `BYLEX` argument' },
  zrangebyscore: { since: '6.2.0', replacedBy: '`ZRANGE` with the `BYSCORE` argument' },
  zrevrange: { since: '6.2.0', replacedBy: '`ZRANGE` with the `REV` argument' },
  zrevrangebylex: { since: '6.2.0', replacedBy: '`ZRANGE` with the `REV` and `BYLEX` arguments' },
  zrevrangebyscore: { since: '6.2.0', replacedBy: '`ZRANGE` with the `REV` and `BYSCORE` arguments' },
};

/** Not meant for applications. */
const systemCommands = new Set(['debug', 'pfdebug', 'pfselftest', 'replconf', 'restore-asking']);

export function deprecationOf(fullName: string): Deprecation | undefined {
  return Object.hasOwn(deprecations, fullName) ? deprecations[fullName] : undefined;
}

export function docFlags(fullName: string): string[] {
  if (deprecationOf(fullName) !== undefined) return ['deprecated'];
  return systemCommands.has(fullName) ? ['syscmd'] : [];
}

export interface DocumentedArgument extends Omit<CommandArgument, 'arguments'> {
  /** Which key spec finds it. */
  readonly keySpecIndex?: number;
  readonly arguments?: readonly DocumentedArgument[];
}

const argumentsOfRows = new WeakMap<CommandRow, readonly DocumentedArgument[]>();

/** Read from `syntax` once. */
export function argumentsOf(row: CommandRow): readonly DocumentedArgument[] {
  let found = argumentsOfRows.get(row);
  if (found === undefined) {
    const lastSpec = (row.keys ?? []).length - 1;
    let keys = 0;
    const number = (argument: CommandArgument): DocumentedArgument => {
      const inner = argument.arguments?.map(number);
      const isKey = argument.type === 'key' && lastSpec >= 0;
      return {
        ...argument,
        ...(isKey ? { keySpecIndex: Math.min(keys++, lastSpec) } : {}),
        arguments: inner,
      } as DocumentedArgument;
    };
    argumentsOfRows.set(row, (found = parseSyntax(row.syntax).map(number)));
  }
  return found;
}
