/** CLIENT TRACKING, TRACKINGINFO, CACHING and GETREDIR: client-side caching (engine/tracking.ts). */
import type { Call } from '../engine/call.ts';
import type { CommandRow } from '../engine/command.ts';
import { notInteger, RedisError, syntaxError } from '../engine/errors.ts';
import { parseInteger } from '../engine/numbers.ts';
import type { ClientTracking } from '../engine/tracking.ts';
import { ownClient } from './client-settings.ts';

const error = (text: string) => new RedisError(`ERR ${text}`);

export const clientTrackingRows: CommandRow[] = [
  {
    ...ownClient,
    name: 'tracking',
    arity: -3,
    since: '6.0.0',
    complexity: 'O(1). Some options may introduce additional complexity.',
    summary: 'Tells the client when keys change that it may have in its cache.',
    syntax:
      '<ON | OFF> [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]',
    run(call, args) {
      const { engine, client, reply } = call;
      const options = readOptions(call, args);
      const mode = args[2]!.toLowerCase();
      if (mode === 'on') engine.tracking.enable(client, chosen(client.tracking, options));
      else if (mode === 'off') engine.tracking.disable(client);
      else throw syntaxError;
      reply.simple('OK');
    },
  },
  {
    ...ownClient,
    name: 'trackinginfo',
    arity: 2,
    since: '6.2.0',
    summary: 'Describes what CLIENT TRACKING is set to.',
    syntax: '',
    run({ client, reply }) {
      const { tracking } = client;
      const flags = describe(tracking);
      reply.map(3);
      reply.bulk('flags');
      reply.set(flags.length);
      for (const flag of flags) reply.bulk(flag);
      reply.bulk('redirect');
      reply.integer(tracking?.redirect ?? -1);
      reply.bulk('prefixes');
      const prefixes = tracking?.prefixes ?? [];
      reply.array(prefixes.length);
      for (const prefix of prefixes) reply.bulk(prefix);
    },
  },
  {
    ...ownClient,
    name: 'caching',
    arity: 3,
    since: '6.0.0',
    summary: 'Chooses whether the keys of the next command are remembered.',
    syntax: '<YES | NO>',
    run({ client, reply }, args) {
      const { tracking } = client;
      if (tracking === undefined) {
        throw error(
          'CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled',
        );
      }
      const word = args[2]!.toLowerCase();
      if (word !== 'yes' && word !== 'no') throw syntaxError;
      if (word === 'yes' && tracking.option !== 'in') {
        throw error('CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.');
      }
      if (word === 'no' && tracking.option !== 'out') {
        throw error('CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.');
      }
      tracking.caching = word;
      client.refresh();
      reply.simple('OK');
    },
  },
  {
    ...ownClient,
    name: 'getredir',
    arity: 2,
    since: '6.0.0',
    summary: 'Gives the id of the client that invalidation messages go to.',
    syntax: '',
    run: ({ client, reply }) => reply.integer(client.tracking?.redirect ?? -1),
  },
];

interface Options {
  redirect: number;
  broadcast: boolean;
  optIn: boolean;
  optOut: boolean;
  noLoop: boolean;
  prefixes: string[];
}

/** @throws RedisError */
function readOptions({ engine }: Call, args: readonly string[]): Options {
  const options: Options = {
    redirect: 0,
    broadcast: false,
    optIn: false,
    optOut: false,
    noLoop: false,
    prefixes: [],
  };
  for (let i = 3; i < args.length; i++) {
    const hasMore = i + 1 < args.length;
    switch (args[i]!.toLowerCase()) {
      case 'redirect': {
        if (!hasMore) throw syntaxError;
        if (options.redirect !== 0) throw error('A client can only redirect to a single other client');
        const id = parseInteger(args[++i]!);
        if (id === undefined) throw notInteger;
        if (!engine.clients.has(Number(id))) throw error('The client ID you want redirect to does not exist');
        options.redirect = Number(id);
        break;
      }
      case 'bcast':
        options.broadcast = true;
        break;
      case 'optin':
        options.optIn = true;
        break;
      case 'optout':
        options.optOut = true;
        break;
      case 'noloop':
        options.noLoop = true;
        break;
      case 'prefix':
        if (!hasMore) throw syntaxError;
        options.prefixes.push(args[++i]!);
        break;
      default:
        throw syntaxError;
    }
  }
  return options;
}

/** What the options make of the tracking there is. @throws RedisError when they do not go together */
function chosen(before: ClientTracking | undefined, options: Options): ClientTracking {
  const { broadcast, optIn, optOut } = options;
  if (!broadcast && options.prefixes.length > 0) {
    throw error('PREFIX option requires BCAST mode to be enabled');
  }
  if (before !== undefined && before.broadcast !== broadcast) {
    throw error(
      "You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.",
    );
  }
  if (broadcast && (optIn || optOut)) throw error('OPTIN and OPTOUT are not compatible with BCAST');
  if (optIn && optOut) throw error("You can't specify both OPTIN mode and OPTOUT mode");
  if ((optIn && before?.option === 'out') || (optOut && before?.option === 'in')) {
    throw error(
      "You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.",
    );
  }
  const prefixes = broadcast ? allPrefixes(before?.prefixes ?? [], options.prefixes) : [];
  return {
    redirect: options.redirect,
    broadcast,
    prefixes,
    option: optIn ? 'in' : optOut ? 'out' : undefined,
    noLoop: options.noLoop,
    caching: undefined,
    brokenRedirect: false,
  };
}

/** Those before and the new ones; no prefix may contain another, or a key would be told of twice. @throws RedisError */
function allPrefixes(before: readonly string[], added: readonly string[]): string[] {
  for (const [i, prefix] of added.entries()) {
    for (const other of before) {
      if (overlap(prefix, other)) {
        throw error(
          `Prefix '${prefix}' overlaps with an existing prefix '${other}'. Prefixes for a single client must not overlap.`,
        );
      }
    }
    for (const other of added.slice(i + 1)) {
      if (overlap(prefix, other)) {
        throw error(
          `Prefix '${prefix}' overlaps with another provided prefix '${other}'. Prefixes for a single client must not overlap.`,
        );
      }
    }
  }
  const all = [...before, ...added];
  return all.length === 0 ? [''] : all;
}

function overlap(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}

function describe(tracking: ClientTracking | undefined): string[] {
  if (tracking === undefined) return ['off'];
  const flags = ['on'];
  if (tracking.broadcast) flags.push('bcast');
  if (tracking.option === 'in') {
    flags.push('optin');
    if (tracking.caching === 'yes') flags.push('caching-yes');
  }
  if (tracking.option === 'out') {
    flags.push('optout');
    if (tracking.caching === 'no') flags.push('caching-no');
  }
  if (tracking.noLoop) flags.push('noloop');
  if (tracking.brokenRedirect) flags.push('broken_redirect');
  return flags;
}
