/** ACL. There is no file of users: they are kept with the data, and LOAD and SAVE answer as without `aclfile`. */
import { denialText } from '../engine/acl/acl.ts';
import type { AclLogEntry } from '../engine/acl/acl-log.ts';
import { aclCategories, commandsIn } from '../engine/acl/categories.ts';
import { randomPassword } from '../engine/acl/password.ts';
import type { Call } from '../engine/call.ts';
import type { CommandRow } from '../engine/command.ts';
import { notInteger, RedisError, wrongArity } from '../engine/errors.ts';
import { parseInteger } from '../engine/numbers.ts';
import type { ReplySink } from '../model/reply.ts';
import { aclAdmin, aclUserRows } from './acl-users.ts';
import { helpRow } from './help.ts';

const generatedBits = 256;
const generatedBitsMax = 4096;
const entriesShown = 10;

const noFile = new RedisError(
  'ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users in the Redis configuration.',
);

function tooManyArguments(args: readonly string[]): RedisError {
  return new RedisError(
    `ERR unknown subcommand or wrong number of arguments for '${args[1]!.slice(0, 128)}'. Try ACL HELP.`,
  );
}

const anyone = { ...aclAdmin, flags: ['noscript', 'loading', 'stale'] } as const;

const aclToolRows: CommandRow[] = [
  {
    ...anyone,
    name: 'cat',
    arity: -2,
    since: '6.0.0',
    complexity: 'O(1) since the categories and commands are a fixed set.',
    summary: 'Categories of commands, or the commands of one.',
    syntax: '[category]',
    run({ engine, reply }, args) {
      if (args.length > 3) throw tooManyArguments(args);
      if (args.length === 2) {
        reply.array(aclCategories.length);
        for (const category of aclCategories) reply.bulk(category);
        return;
      }
      const category = args[2]!.toLowerCase();
      if (!aclCategories.includes(category)) throw new RedisError(`ERR Unknown category '${args[2]}'`);
      const rows = commandsIn(engine.commands, category);
      reply.array(rows.length);
      for (const row of rows) reply.bulk(engine.commands.fullNames.get(row)!);
    },
  },
  {
    ...anyone,
    name: 'genpass',
    arity: -2,
    since: '6.0.0',
    complexity: 'O(1)',
    summary: 'Makes a password at random.',
    syntax: '[bits]',
    run({ reply }, args) {
      if (args.length > 3) throw tooManyArguments(args);
      const bits = args.length === 3 ? parseInteger(args[2]!) : generatedBits;
      if (bits === undefined) throw notInteger;
      if (bits <= 0 || bits > generatedBitsMax) {
        throw new RedisError(
          `ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to ${generatedBitsMax}`,
        );
      }
      reply.bulk(randomPassword(Math.ceil(Number(bits) / 4)));
    },
  },
  {
    ...aclAdmin,
    name: 'dryrun',
    arity: -4,
    since: '7.0.0',
    complexity: 'O(1).',
    summary: 'Tells whether a user may run a command, without running it.',
    syntax: 'username command [arg [arg ...]]',
    run({ engine, reply }, args) {
      const user = engine.acl.user(args[2]!);
      if (user === undefined) throw new RedisError(`ERR User '${args[2]}' not found`);
      const words = args.slice(3);
      const row = engine.commands.lookup(words[0]!, words[1]);
      if (row === undefined) throw new RedisError(`ERR Command '${words[0]}' not found`);
      const { arity } = row;
      if (arity > 0 ? words.length !== arity : words.length < -arity) {
        throw wrongArity(engine.commands.fullNames.get(row)!);
      }
      const denial = engine.acl.check(user, row, words);
      if (denial === undefined) reply.simple('OK');
      else reply.bulk(denialText(denial, user, true));
    },
  },
  {
    ...aclAdmin,
    name: 'log',
    arity: -2,
    since: '6.0.0',
    complexity: 'O(N) with N being the number of entries shown.',
    summary: 'Logins and commands that were refused.',
    syntax: '[count | RESET]',
    run: showLog,
  },
  {
    ...aclAdmin,
    name: 'load',
    arity: 2,
    since: '6.0.0',
    complexity: 'O(N). Where N is the number of configured users.',
    summary: 'Would read the users from a file; there is none.',
    syntax: '',
    run() {
      throw noFile;
    },
  },
  {
    ...aclAdmin,
    name: 'save',
    arity: 2,
    since: '6.0.0',
    complexity: 'O(N). Where N is the number of configured users.',
    summary: 'Would write the users to a file; there is none.',
    syntax: '',
    tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
    run() {
      throw noFile;
    },
  },
];

export const aclCommands: CommandRow[] = [
  {
    name: 'acl',
    arity: -2,
    flags: [],
    categories: [],
    group: 'server',
    since: '6.0.0',
    complexity: 'Depends on subcommand.',
    summary: 'Users and what they may do.',
    syntax: '',
    subcommands: [
      ...aclUserRows,
      ...aclToolRows,
      helpRow('acl', '6.0.0', 'server', [
        'CAT [<category>]',
        '    Categories, or the commands of one.',
        'DELUSER <username> [<username> ...]',
        '    Removes users.',
        'DRYRUN <username> <command> [<arg> ...]',
        '    Whether the user may run the command.',
        'GETUSER <username>',
        '    The rules of a user.',
        'GENPASS [<bits>]',
        '    A password at random, of 256 bits or as many as given.',
        'LIST',
        '    All users as rules.',
        'LOAD',
        '    Refused: there is no file of users.',
        'LOG [<count> | RESET]',
        '    What was refused lately.',
        'SAVE',
        '    Refused: there is no file of users.',
        'SETUSER <username> <attribute> [<attribute> ...]',
        '    Makes or changes a user.',
        'USERS',
        '    Names of all users.',
        'WHOAMI',
        '    Name of the user of this connection.',
      ]),
    ],
  },
];

function showLog({ engine, reply }: Call, args: readonly string[]): void {
  const { log } = engine.acl;
  if (args.length > 3) throw tooManyArguments(args);
  if (args[2]?.toLowerCase() === 'reset') {
    log.clear();
    reply.simple('OK');
    return;
  }
  const count = args.length === 3 ? parseInteger(args[2]!) : entriesShown;
  if (count === undefined) throw notInteger;
  const entries = log.latest(Math.max(Number(count), 0));
  reply.array(entries.length);
  for (const entry of entries) showEntry(reply, entry, engine.now);
}

function showEntry(reply: ReplySink, entry: AclLogEntry, now: number): void {
  reply.map(10);
  reply.bulk('count');
  reply.integer(entry.count);
  reply.bulk('reason');
  reply.bulk(entry.reason);
  reply.bulk('context');
  reply.bulk(entry.context);
  reply.bulk('object');
  reply.bulk(entry.object);
  reply.bulk('username');
  reply.bulk(entry.username);
  reply.bulk('age-seconds');
  reply.double((now - entry.updatedAt) / 1000);
  reply.bulk('client-info');
  reply.bulk(entry.clientInfo);
  reply.bulk('entry-id');
  reply.integer(entry.id);
  reply.bulk('timestamp-created');
  reply.integer(entry.createdAt);
  reply.bulk('timestamp-last-updated');
  reply.integer(entry.updatedAt);
}
