/** Subcommands of CLIENT that tell or set something of the own connection. */
import type { CommandRow } from '../engine/command.ts';
import { RedisError, syntaxError } from '../engine/errors.ts';

export const ownClient = {
  flags: ['noscript', 'loading', 'stale'],
  categories: ['connection'],
  group: 'connection',
  complexity: 'O(1)',
} as const;

/** Names must not break the lines of CLIENT LIST. @throws RedisError */
export function checkedName(text: string, what: string): string {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 33 || code > 126) {
      throw new RedisError(`ERR ${what} cannot contain spaces, newlines or special characters.`);
    }
  }
  return text;
}

/** @throws RedisError */
function readSwitch(text: string): boolean {
  const word = text.toLowerCase();
  if (word !== 'on' && word !== 'off') throw syntaxError;
  return word === 'on';
}

export const clientSettingRows: CommandRow[] = [
  {
    ...ownClient,
    name: 'id',
    arity: 2,
    since: '5.0.0',
    summary: 'Gives the id of the connection.',
    syntax: '',
    run: ({ client, reply }) => reply.integer(client.id),
  },
  {
    ...ownClient,
    name: 'getname',
    arity: 2,
    since: '2.6.9',
    summary: 'Gives the name of the connection.',
    syntax: '',
    run({ client, reply }) {
      if (client.name === '') reply.null();
      else reply.bulk(client.name);
    },
  },
  {
    ...ownClient,
    name: 'setname',
    arity: 3,
    since: '2.6.9',
    summary: 'Names the connection.',
    syntax: 'connection-name',
    tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
    run({ client, reply }, args) {
      client.name = checkedName(args[2]!, 'Client names');
      reply.simple('OK');
    },
  },
  {
    ...ownClient,
    name: 'setinfo',
    arity: 4,
    since: '7.2.0',
    summary: 'Tells which library the client uses.',
    syntax: '<LIB-NAME libname | LIB-VER libver>',
    tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
    run({ client, reply }, args) {
      const attribute = args[2]!.toLowerCase();
      if (attribute === 'lib-name') client.libName = checkedName(args[3]!, args[2]!);
      else if (attribute === 'lib-ver') client.libVer = checkedName(args[3]!, args[2]!);
      else throw new RedisError(`ERR Unrecognized option '${args[2]}'`);
      reply.simple('OK');
    },
  },
  {
    ...ownClient,
    name: 'reply',
    arity: 3,
    since: '3.2.0',
    summary: 'Chooses whether commands are answered.',
    syntax: '<ON | OFF | SKIP>',
    run({ client }, args) {
      switch (args[2]!.toLowerCase()) {
        case 'on':
          client.setReplyMode('on');
          client.call.reply.simple('OK');
          return;
        case 'off':
          client.setReplyMode('off');
          return;
        case 'skip':
          if (client.replyMode !== 'off') client.setReplyMode('skip');
          return;
        default:
          throw syntaxError;
      }
    },
  },
  {
    ...ownClient,
    name: 'no-evict',
    arity: 3,
    flags: ['admin', 'noscript', 'loading', 'stale'],
    since: '7.0.0',
    summary: 'Chooses whether the connection may be ended to save memory.',
    syntax: '<ON | OFF>',
    run({ client, reply }, args) {
      client.noEvict = readSwitch(args[2]!);
      reply.simple('OK');
    },
  },
  {
    ...ownClient,
    name: 'no-touch',
    arity: 3,
    since: '7.2.0',
    summary: 'Chooses whether reading keys counts as an access to them.',
    syntax: '<ON | OFF>',
    run({ client, reply }, args) {
      client.noTouch = readSwitch(args[2]!);
      client.refresh();
      reply.simple('OK');
    },
  },
];
