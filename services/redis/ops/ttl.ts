/** How long keys live: TTL, PTTL, EXPIRETIME, PEXPIRETIME. */
import type { Call } from '../engine/call.ts';
import type { CommandRow } from '../engine/command.ts';
import { oneKey } from '../engine/command.ts';

function row(name: string, since: string, summary: string, unitMs: number, relative: boolean): CommandRow {
  return {
    name,
    arity: 2,
    flags: ['readonly', 'fast'],
    categories: ['keyspace'],
    keys: oneKey('RO', 'access'),
    group: 'generic',
    since,
    complexity: 'O(1)',
    summary,
    syntax: 'key',
    ...(relative ? { tips: ['nondeterministic_output'] } : {}),
    run: (call, args) => call.reply.integer(timeToLive(call, args[1]!, unitMs, relative)),
  };
}

export const ttlCommands: CommandRow[] = [
  row('ttl', '1.0.0', 'Tells how many seconds a key still lives.', 1000, true),
  row('pttl', '2.6.0', 'Tells how many milliseconds a key still lives.', 1, true),
  row('expiretime', '7.0.0', 'Tells the second of Unix time at which a key goes.', 1000, false),
  row('pexpiretime', '7.0.0', 'Tells the millisecond of Unix time at which a key goes.', 1, false),
];

const largest = 2n ** 63n - 1n;

/** -2 when there is no such key, -1 when it lives for ever. */
function timeToLive(call: Call, key: string, unitMs: number, relative: boolean): number | bigint {
  if (call.db.look(key) === undefined) return -2;
  const at = call.db.expiresAt(key);
  if (at === 0) return -1;
  const ms = relative ? Math.max(0, at - call.now) : at;
  const value = unitMs === 1 ? ms : Math.floor((ms + unitMs / 2) / unitMs);
  if (Number.isSafeInteger(value)) return value;
  const exact = BigInt(value);
  return exact > largest ? largest : exact;
}
