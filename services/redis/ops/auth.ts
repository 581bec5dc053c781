/** AUTH and HELLO: who a client is, and which version of the protocol it speaks. */
import type { Call } from '../engine/call.ts';
import type { CommandRow } from '../engine/command.ts';
import { RedisError, syntaxError } from '../engine/errors.ts';
import { parseInteger } from '../engine/numbers.ts';
import { redisVersion } from '../engine/version.ts';
import { checkedName } from './client-settings.ts';

const about = {
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  categories: ['connection'],
  group: 'connection',
} as const;

const noPassword = new RedisError(
  'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
);
const loginFirst = new RedisError(
  'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time',
);

export const authCommands: CommandRow[] = [
  {
    ...about,
    name: 'auth',
    arity: -2,
    since: '1.0.0',
    complexity: 'O(N) where N is the number of passwords defined for the user',
    summary: 'Logs in, as the default user when no name is given.',
    syntax: '[username] password',
    run({ engine, client, reply }, args) {
      if (args.length > 3) throw syntaxError;
      if (args.length === 2 && engine.acl.defaultUser.nopass) throw noPassword;
      const name = args.length === 2 ? 'default' : args[1]!;
      engine.acl.logIn(client, name, args.at(-1)!, args[0]!);
      reply.simple('OK');
    },
  },
  {
    ...about,
    name: 'hello',
    arity: -1,
    since: '6.0.0',
    complexity: 'O(1)',
    summary: 'Agrees on the version of the protocol, and may log in and name the connection.',
    syntax: '[protover [AUTH username password] [SETNAME clientname]]',
    run(call, args) {
      const { engine, client } = call;
      const options = readOptions(args);
      if (options.login !== undefined) {
        engine.acl.logIn(client, options.login.name, options.login.password, args[0]!);
      }
      if (client.mustLogIn) throw loginFirst;
      if (options.name !== undefined) client.name = checkedName(options.name, 'Client names');
      if (options.version !== undefined) {
        client.port.output.resp = options.version;
        client.refresh();
      }
      answer(call);
    },
  },
];

interface HelloOptions {
  version?: 2 | 3;
  login?: { readonly name: string; readonly password: string };
  name?: string;
}

/** @throws RedisError */
function readOptions(args: readonly string[]): HelloOptions {
  const options: HelloOptions = {};
  if (args.length === 1) return options;
  const version = parseInteger(args[1]!);
  if (version === undefined) throw new RedisError('ERR Protocol version is not an integer or out of range');
  if (version !== 2 && version !== 3) throw new RedisError('NOPROTO unsupported protocol version');
  options.version = version;
  for (let i = 2; i < args.length; i++) {
    const option = args[i]!.toLowerCase();
    const more = args.length - 1 - i;
    if (option === 'auth' && more >= 2) {
      options.login = { name: args[i + 1]!, password: args[i + 2]! };
      i += 2;
    } else if (option === 'setname' && more >= 1) options.name = args[++i]!;
    else throw new RedisError(`ERR Syntax error in HELLO option '${args[i]}'`);
  }
  return options;
}

function answer({ client, reply }: Call): void {
  reply.map(7);
  reply.bulk('server');
  reply.bulk('redis');
  reply.bulk('version');
  reply.bulk(redisVersion);
  reply.bulk('proto');
  reply.integer(client.resp);
  reply.bulk('id');
  reply.integer(client.id);
  reply.bulk('mode');
  reply.bulk('standalone');
  reply.bulk('role');
  reply.bulk('master');
  reply.bulk('modules');
  reply.array(0);
}
