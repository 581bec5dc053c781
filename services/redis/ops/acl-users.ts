/** Subcommands of ACL that show and change users. */
import type { Selector } from '../engine/acl/selector.ts';
import type { CommandRow } from '../engine/command.ts';
import type { ReplySink } from '../model/reply.ts';

export const aclAdmin = {
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: [],
  group: 'server',
} as const;

export const aclUserRows: CommandRow[] = [
  {
    ...aclAdmin,
    name: 'setuser',
    arity: -3,
    since: '6.0.0',
    complexity: 'O(N). Where N is the number of rules provided.',
    summary: 'Makes a user or changes its rules.',
    syntax: 'username [rule [rule ...]]',
    run({ engine, reply }, args) {
      engine.acl.setUser(args[2]!, args.slice(3));
      reply.simple('OK');
    },
  },
  {
    ...aclAdmin,
    name: 'deluser',
    arity: -3,
    since: '6.0.0',
    complexity: 'O(1) amortized time considering the typical user.',
    summary: 'Removes users and ends their connections.',
    syntax: 'username [username ...]',
    run({ engine, reply }, args) {
      let removed = 0;
      for (let i = 2; i < args.length; i++) if (engine.acl.deleteUser(args[i]!)) removed++;
      reply.integer(removed);
    },
  },
  {
    ...aclAdmin,
    name: 'getuser',
    arity: 3,
    since: '6.0.0',
    complexity: 'O(N). Where N is the number of password, command and pattern rules that the user has.',
    summary: 'Shows the rules of a user.',
    syntax: 'username',
    run({ engine, reply }, args) {
      const user = engine.acl.user(args[2]!);
      if (user === undefined) {
        reply.null();
        return;
      }
      const [first, ...others] = user.selectors;
      const flags = user.flags();
      reply.map(6);
      reply.bulk('flags');
      reply.set(flags.length);
      for (const flag of flags) reply.bulk(flag);
      reply.bulk('passwords');
      reply.array(user.passwords.length);
      for (const hash of user.passwords) reply.bulk(hash);
      showSelector(reply, first!);
      reply.bulk('selectors');
      reply.array(others.length);
      for (const selector of others) {
        reply.map(3);
        showSelector(reply, selector);
      }
    },
  },
  {
    ...aclAdmin,
    name: 'list',
    arity: 2,
    since: '6.0.0',
    complexity: 'O(N). Where N is the number of configured users.',
    summary: 'Shows all users as rules.',
    syntax: '',
    run({ engine, reply }) {
      const users = engine.acl.all();
      reply.array(users.length);
      for (const user of users) reply.bulk(`user ${user.name} ${user.rules().join(' ')}`);
    },
  },
  {
    ...aclAdmin,
    name: 'users',
    arity: 2,
    since: '6.0.0',
    complexity: 'O(N). Where N is the number of configured users.',
    summary: 'Names of all users.',
    syntax: '',
    run({ engine, reply }) {
      const users = engine.acl.all();
      reply.array(users.length);
      for (const user of users) reply.bulk(user.name);
    },
  },
  {
    ...aclAdmin,
    flags: ['noscript', 'loading', 'stale'],
    name: 'whoami',
    arity: 2,
    since: '6.0.0',
    complexity: 'O(1)',
    summary: 'Name of the user of the connection.',
    syntax: '',
    run: ({ client, reply }) => reply.bulk(client.account.name),
  },
];

function showSelector(reply: ReplySink, selector: Selector): void {
  reply.bulk('commands');
  reply.bulk(selector.describeCommands());
  reply.bulk('keys');
  reply.bulk(selector.describeKeys());
  reply.bulk('channels');
  reply.bulk(selector.describeChannels());
}
