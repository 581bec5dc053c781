/** CLIENT INFO, LIST and KILL: looking at connections and ending them. */
import type { Call } from '../engine/call.ts';
import type { Client } from '../engine/client.ts';
import { clientLine, clientType, parseClientType } from '../engine/client-info.ts';
import type { CommandRow } from '../engine/command.ts';
import { RedisError, syntaxError } from '../engine/errors.ts';
import { parseInteger } from '../engine/numbers.ts';
import { ownClient } from './client-settings.ts';

const noSuchClient = new RedisError('ERR No such client');

export const clientListRows: CommandRow[] = [
  {
    ...ownClient,
    name: 'info',
    arity: 2,
    since: '6.2.0',
    summary: 'Describes the connection.',
    syntax: '',
    tips: ['nondeterministic_output'],
    run: ({ client, reply }) => reply.verbatim('txt', `${clientLine(client)}\n`),
  },
  {
    ...ownClient,
    name: 'list',
    arity: -2,
    flags: ['admin', 'noscript', 'loading', 'stale'],
    since: '2.4.0',
    complexity: 'O(N) where N is the number of client connections',
    summary: 'Describes connections, one on a line.',
    syntax: '[TYPE <NORMAL | MASTER | REPLICA | PUBSUB>] [ID client-id [client-id ...]]',
    tips: ['nondeterministic_output', 'request_policy:all_nodes'],
    run(call, args) {
      const lines = listed(call, args).map((client) => `${clientLine(client)}\n`);
      call.reply.verbatim('txt', lines.join(''));
    },
  },
  {
    ...ownClient,
    name: 'kill',
    arity: -3,
    flags: ['admin', 'noscript', 'loading', 'stale'],
    since: '2.4.0',
    complexity: 'O(N) where N is the number of client connections',
    summary: 'Ends connections that fit all filters.',
    syntax:
      '<ip:port | [ID client-id] [TYPE <NORMAL | MASTER | SLAVE | REPLICA | PUBSUB>] [USER username] [ADDR ip:port] [LADDR ip:port] [SKIPME yes/no]>',
    run(call, args) {
      const { engine, reply } = call;
      if (args.length === 3) {
        const client = [...engine.clients.values()].find(({ port }) => port.address === args[2]);
        if (client === undefined) throw noSuchClient;
        engine.kill(client);
        reply.simple('OK');
        return;
      }
      const fits = readFilters(call, args);
      const clients = [...engine.clients.values()].filter(fits);
      for (const client of clients) engine.kill(client);
      reply.integer(clients.length);
    },
  },
];

/** @throws RedisError */
function listed({ engine }: Call, args: readonly string[]): Client[] {
  const all = [...engine.clients.values()];
  if (args.length === 2) return all;
  const option = args[2]!.toLowerCase();
  if (option === 'type' && args.length === 4) {
    const type = readType(args[3]!);
    return all.filter((client) => clientType(client) === type);
  }
  if (option !== 'id' || args.length < 4) throw syntaxError;
  const found: Client[] = [];
  for (const text of args.slice(3)) {
    const id = parseInteger(text);
    if (id === undefined) throw new RedisError('ERR Invalid client ID');
    const client = engine.clients.get(Number(id));
    if (client !== undefined) found.push(client);
  }
  return found;
}

/** @throws RedisError */
function readFilters(call: Call, args: readonly string[]): (client: Client) => boolean {
  const filters: ((client: Client) => boolean)[] = [];
  let skipMe = true;
  if (args.length % 2 === 1) throw syntaxError;
  for (let i = 2; i < args.length; i += 2) {
    const value = args[i + 1]!;
    switch (args[i]!.toLowerCase()) {
      case 'id': {
        const id = parseInteger(value);
        if (id === undefined || id <= 0) throw new RedisError('ERR client-id should be greater than 0');
        filters.push((client) => client.id === id);
        break;
      }
      case 'type': {
        const type = readType(value);
        filters.push((client) => clientType(client) === type);
        break;
      }
      case 'user': {
        const user = call.engine.acl.user(value);
        if (user === undefined) throw new RedisError(`ERR No such user '${value}'`);
        filters.push((client) => client.account === user);
        break;
      }
      case 'addr':
        filters.push((client) => client.port.address === value);
        break;
      case 'laddr':
        filters.push((client) => client.port.localAddress === value);
        break;
      case 'skipme': {
        const word = value.toLowerCase();
        if (word !== 'yes' && word !== 'no') throw syntaxError;
        skipMe = word === 'yes';
        break;
      }
      default:
        throw syntaxError;
    }
  }
  return (client) => !(skipMe && client === call.client) && filters.every((fits) => fits(client));
}

/** @throws RedisError */
function readType(text: string): string {
  const type = parseClientType(text);
  if (type === undefined) throw new RedisError(`ERR Unknown client type '${text}'`);
  return type;
}
