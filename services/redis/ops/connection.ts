/** Commands about the connection itself: PING, ECHO, SELECT, QUIT, RESET. */
import type { CommandRow } from '../engine/command.ts';
import { parseDatabase } from '../engine/database-index.ts';
import { wrongArity } from '../engine/errors.ts';
import { endTransaction } from '../engine/guarded.ts';

const about = { categories: ['connection'], group: 'connection', complexity: 'O(1)' } as const;

export const connectionCommands: CommandRow[] = [
  {
    ...about,
    name: 'ping',
    arity: -1,
    flags: ['fast'],
    since: '1.0.0',
    summary: 'Answers PONG, or the message.',
    syntax: '[message]',
    tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
    run({ client, reply }, args) {
      if (args.length > 2) throw wrongArity('ping');
      if (client.resp === 2 && client.subscriptions > 0) {
        reply.array(2);
        reply.bulk('pong');
        reply.bulk(args[1] ?? '');
      } else if (args.length === 2) reply.bulk(args[1]!);
      else reply.simple('PONG');
    },
  },
  {
    ...about,
    name: 'echo',
    arity: 2,
    flags: ['loading', 'stale', 'fast'],
    since: '1.0.0',
    summary: 'Answers the message.',
    syntax: 'message',
    run: ({ reply }, args) => reply.bulk(args[1]!),
  },
  {
    ...about,
    name: 'select',
    arity: 2,
    flags: ['loading', 'stale', 'fast'],
    since: '1.0.0',
    summary: 'Chooses the database of the connection.',
    syntax: 'index',
    run(call, args) {
      call.db = parseDatabase(call.engine, args[1]!);
      call.reply.simple('OK');
    },
  },
  {
    ...about,
    name: 'quit',
    arity: -1,
    flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
    since: '1.0.0',
    summary: 'Ends the connection after the answer.',
    syntax: '',
    run({ engine, client, reply }) {
      reply.simple('OK');
      engine.kill(client);
    },
  },
  {
    ...about,
    name: 'reset',
    arity: 1,
    flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
    since: '6.2.0',
    summary: 'Makes the connection as if it were new.',
    syntax: '',
    run(call) {
      const { engine, client } = call;
      endTransaction(client);
      engine.tracking.disable(client);
      engine.pubsub.forget(client);
      if (client.monitor) engine.monitors.remove(client);
      call.db = engine.databases[0]!;
      client.port.output.resp = 2;
      client.name = '';
      client.noEvict = false;
      client.noTouch = false;
      client.setReplyMode('on');
      engine.acl.logOut(client);
      call.reply.simple('RESET');
    },
  },
];
