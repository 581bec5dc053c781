/**
 * Whether a command may run now: what the dispatcher checks before it, in the order of Redis 7.2. Only asked for clients and
 * in conditions where the answer is not plain (`Client.special`, `Engine.conditions`).
 */
import type { Client } from './client.ts';
import { special } from './client.ts';
import type { CommandFlag, CommandRow } from './command.ts';
import type { Engine } from './engine.ts';
import { notDurable, notEnoughReplicas, RedisError } from './errors.ts';

const notLoggedIn = new RedisError('NOAUTH Authentication required.');
const notInTransaction = new RedisError('ERR Command not allowed inside a transaction');
const isLoading = new RedisError('LOADING Redis is loading the dataset in memory');

/** Run at once inside MULTI. */
const notQueued = new Set(['exec', 'discard', 'multi', 'watch', 'quit', 'reset']);
/** Allowed while subscribed in RESP2. */
const subscriberCommands = new Set([
  'ping',
  'subscribe',
  'unsubscribe',
  'psubscribe',
  'punsubscribe',
  'ssubscribe',
  'sunsubscribe',
  'quit',
  'reset',
]);

export type Verdict = 'run' | 'queue' | 'postpone';

/** @throws RedisError why it may not run */
export function admit(engine: Engine, client: Client, row: CommandRow, args: readonly string[]): Verdict {
  const isRestricted = (client.special & special.restricted) !== 0;
  if (isRestricted && !row.flags.includes('no_auth') && client.mustLogIn) throw notLoggedIn;
  const inTransaction = client.queue !== undefined;
  if (inTransaction && row.flags.includes('no_multi')) throw notInTransaction;
  if (isRestricted) engine.acl.admit(client, row, args, inTransaction ? 'multi' : 'toplevel');
  const executes = inTransaction && row.name === 'exec' ? client.queue! : undefined;
  if (engine.limitsMemory) {
    engine.makeRoom(executes?.find((command) => command.row.flags.includes('denyoom'))?.row ?? row);
    // What was evicted was so before the command, and is told before its answer.
    engine.flushPushes(client);
  }
  const has = (flag: CommandFlag) =>
    flagsOf(client, row, args).includes(flag) ||
    (executes?.some((command) => flagsOf(client, command.row, command.args).includes(flag)) ?? false);
  if (engine.journalFailing && (has('write') || has('may_replicate'))) throw notDurable;
  if (engine.lacksReplicas && has('write')) throw notEnoughReplicas;
  if ((client.special & special.subscriber) !== 0 && !subscriberCommands.has(row.name)) {
    const name = engine.commands.fullNames.get(row)!;
    throw new RedisError(
      `ERR Can't execute '${name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
    );
  }
  if (engine.loading && !allows(row, executes, 'loading')) throw isLoading;
  if (engine.busy !== undefined && !allows(row, executes, 'allow_busy')) throw engine.busy;
  if (engine.paused !== undefined && !client.monitor) {
    if (engine.paused === 'all' || has('write') || has('may_replicate')) return 'postpone';
  }
  return inTransaction && !notQueued.has(row.name) ? 'queue' : 'run';
}

/** Whether the command, and all that EXEC would run, has the flag. */
function allows(row: CommandRow, executes: Client['queue'], flag: CommandFlag): boolean {
  if (!row.flags.includes(flag)) return false;
  return executes?.every((command) => command.row.flags.includes(flag)) ?? true;
}

/** What a script does depends on the script. */
function flagsOf(client: Client, row: CommandRow, args: readonly string[]): readonly CommandFlag[] {
  return row.flagsFor?.(client.call, args) ?? row.flags;
}
