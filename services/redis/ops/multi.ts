/** Transactions: MULTI, EXEC, DISCARD, WATCH, UNWATCH. What EXEC does is one unit: nothing else runs meanwhile. */
import type { Call } from '../engine/call.ts';
import type { QueuedCommand } from '../engine/client.ts';
import { type CommandRow, keysAt } from '../engine/command.ts';
import { RedisError } from '../engine/errors.ts';
import { endTransaction } from '../engine/guarded.ts';

const about = {
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  categories: ['transaction'],
  group: 'transactions',
} as const;

const noLongerAllowed = {
  command: 'no permission to execute the command or subcommand',
  key: 'no permission to touch the specified keys',
  channel: 'no permission to access one of the channels used as arguments to the command',
} as const;

export const transactionCommands: CommandRow[] = [
  {
    ...about,
    name: 'multi',
    arity: 1,
    since: '1.2.0',
    complexity: 'O(1)',
    summary: 'Begins a transaction: commands are queued until EXEC.',
    syntax: '',
    run({ client, reply }) {
      if (client.queue !== undefined) throw new RedisError('ERR MULTI calls can not be nested');
      client.queue = [];
      client.refresh();
      reply.simple('OK');
    },
  },
  {
    ...about,
    name: 'exec',
    arity: 1,
    flags: ['noscript', 'loading', 'stale', 'skip_slowlog'],
    since: '1.2.0',
    complexity: 'Depends on commands in the transaction',
    summary: 'Runs the queued commands, unless a watched key changed.',
    syntax: '',
    run(call) {
      const { engine, client, reply } = call;
      const { queue } = client;
      if (queue === undefined) throw new RedisError('ERR EXEC without MULTI');
      const failed = client.queueFailed;
      const changed = client.watchFailed || engine.watches.anyExpired(client);
      endTransaction(client);
      if (failed) throw new RedisError('EXECABORT Transaction discarded because of previous errors.');
      if (changed) reply.nullArray();
      else runQueue(call, queue);
    },
  },
  {
    ...about,
    name: 'discard',
    arity: 1,
    since: '2.0.0',
    complexity: 'O(N), when N is the number of queued commands',
    summary: 'Forgets the queued commands and the watched keys.',
    syntax: '',
    run({ client, reply }) {
      if (client.queue === undefined) throw new RedisError('ERR DISCARD without MULTI');
      endTransaction(client);
      reply.simple('OK');
    },
  },
  {
    ...about,
    name: 'watch',
    arity: -2,
    keys: [keysAt(1, -1, 1, ['RO'])],
    since: '2.2.0',
    complexity: 'O(1) for every key.',
    summary: 'Lets the next EXEC do nothing if one of the keys changes before.',
    syntax: 'key [key ...]',
    run({ engine, client, db, reply }, args) {
      if (client.queue !== undefined) throw new RedisError('ERR WATCH inside MULTI is not allowed');
      // It has failed already: more keys make no difference.
      if (!client.watchFailed) {
        for (let i = 1; i < args.length; i++) engine.watches.add(client, db, args[i]!);
      }
      reply.simple('OK');
    },
  },
  {
    ...about,
    name: 'unwatch',
    arity: 1,
    since: '2.2.0',
    complexity: 'O(1)',
    summary: 'Forgets the watched keys.',
    syntax: '',
    run({ engine, client, reply }) {
      engine.watches.removeAll(client);
      client.watchFailed = false;
      reply.simple('OK');
    },
  },
];

function runQueue(call: Call, queue: readonly QueuedCommand[]): void {
  const { engine } = call;
  const { row: execRow } = call;
  const execArgs = engine.runningArgs;
  const { mayBlock } = call;
  call.mayBlock = false;
  call.reply.array(queue.length);
  for (const { row, args } of queue) {
    call.row = row;
    engine.runningArgs = args;
    try {
      checkPermission(call, row, args);
      engine.run(call, row, args);
    } catch (error) {
      if (!(error instanceof RedisError)) throw error;
      call.reply.error(error.message);
    }
    engine.settle();
  }
  call.mayBlock = mayBlock;
  call.row = execRow;
  engine.runningArgs = execArgs;
}

/** Rules may have changed since the command was queued. @throws RedisError NOPERM */
function checkPermission({ engine, client }: Call, row: CommandRow, args: readonly string[]): void {
  if (client.account.unrestricted) return;
  const denial = engine.acl.check(client.account, row, args);
  if (denial === undefined) return;
  engine.acl.log.add(client, denial.reason, 'multi', denial.object);
  throw new RedisError(
    `NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is no longer allowed for the following reason: ${noLongerAllowed[denial.reason]}`,
  );
}
