/**
 * CLUSTER, for clients that insist on a cluster: with the process option `cluster-enabled` this server is one of a single
 * shard, which holds all slots. Any key may stand beside any other, and nothing can be moved.
 */
import type { Call } from '../engine/call.ts';
import type { CommandFlag, CommandRow } from '../engine/command.ts';
import { notInteger, RedisError } from '../engine/errors.ts';
import { keySlot, slotCount } from '../engine/key-slot.ts';
import { parseInteger } from '../engine/numbers.ts';
import { clusterNode, infoText, nodesText, writeShards, writeSlots } from './cluster-reply.ts';
import { helpRow } from './help.ts';

const disabled = new RedisError('ERR This instance has cluster support disabled');
const fixed = new RedisError('ERR This cluster is one shard, which commands cannot change');

function requireCluster(call: Call): void {
  if (!call.engine.config.flag('cluster-enabled')) throw disabled;
}

type Run = (call: Call, args: readonly string[]) => void;

function inCluster(run: Run): Run {
  return (call, args) => {
    requireCluster(call);
    run(call, args);
  };
}

interface Question {
  readonly name: string;
  readonly arity: number;
  readonly syntax: string;
  readonly summary: string;
  readonly since?: string;
  readonly tips?: readonly string[];
  readonly admin?: boolean;
  readonly complexity?: string;
  readonly run: Run;
}

const varying = ['nondeterministic_output'];

const questions: readonly Question[] = [
  {
    name: 'count-failure-reports',
    arity: 3,
    syntax: 'node-id',
    summary: 'Counts reports that a node failed: none.',
    tips: varying,
    admin: true,
    run(call, args) {
      requireNode(call, args[2]!);
      call.reply.integer(0);
    },
  },
  {
    name: 'countkeysinslot',
    arity: 3,
    syntax: 'slot',
    summary: 'Counts the keys of a slot, by looking at each.',
    complexity: 'O(N) where N is the number of keys',
    run(call, args) {
      const slot = integerOf(args[2]!);
      if (slot < 0 || slot >= slotCount) throw new RedisError('ERR Invalid slot');
      call.reply.integer(keysOfSlot(call, Number(slot), Number.POSITIVE_INFINITY).length);
    },
  },
  {
    name: 'getkeysinslot',
    arity: 4,
    syntax: 'slot count',
    summary: 'Gives keys of a slot, by looking at each.',
    complexity: 'O(N) where N is the number of keys',
    tips: varying,
    run(call, args) {
      const slot = integerOf(args[2]!);
      const count = integerOf(args[3]!);
      if (slot < 0 || slot >= slotCount || count < 0) {
        throw new RedisError('ERR Invalid slot or number of keys');
      }
      const keys = keysOfSlot(call, Number(slot), Number(count));
      call.reply.array(keys.length);
      for (const key of keys) call.reply.bulk(key);
    },
  },
  {
    name: 'info',
    arity: 2,
    syntax: '',
    summary: 'Tells the state of the cluster.',
    tips: varying,
    run: (call) => call.reply.verbatim('txt', infoText()),
  },
  {
    name: 'keyslot',
    arity: 3,
    syntax: 'key',
    summary: 'Gives the slot of a key.',
    complexity: 'O(N) where N is the number of bytes in the key',
    run: (call, args) => call.reply.integer(keySlot(args[2]!)),
  },
  {
    name: 'links',
    arity: 2,
    syntax: '',
    since: '7.0.0',
    summary: 'Gives connections to other shards: none.',
    tips: varying,
    run: (call) => call.reply.array(0),
  },
  {
    name: 'myid',
    arity: 2,
    syntax: '',
    summary: 'Gives the name of this node.',
    run: (call) => call.reply.bulk(clusterNode(call).id),
  },
  {
    name: 'myshardid',
    arity: 2,
    syntax: '',
    since: '7.2.0',
    summary: 'Gives the name of the shard.',
    tips: varying,
    run: (call) => call.reply.bulk(call.engine.facts.replicationId),
  },
  {
    name: 'nodes',
    arity: 2,
    syntax: '',
    summary: 'Describes the nodes as lines.',
    tips: varying,
    run: (call) => call.reply.verbatim('txt', nodesText(clusterNode(call))),
  },
  {
    name: 'replicas',
    arity: 3,
    syntax: 'node-id',
    since: '5.0.0',
    summary: 'Gives the replicas of a node: none.',
    tips: varying,
    admin: true,
    run: replicas,
  },
  {
    name: 'shards',
    arity: 2,
    syntax: '',
    since: '7.0.0',
    summary: 'Describes the shards.',
    tips: varying,
    run: (call) => writeShards(call.reply, clusterNode(call)),
  },
  {
    name: 'slaves',
    arity: 3,
    syntax: 'node-id',
    summary: 'The old name of CLUSTER REPLICAS.',
    tips: varying,
    admin: true,
    run: replicas,
  },
  {
    name: 'slots',
    arity: 2,
    syntax: '',
    summary: 'Gives the nodes of each range of slots.',
    tips: varying,
    run: (call) => writeSlots(call.reply, clusterNode(call)),
  },
];

/** What would change a cluster: name, arity, since, syntax. */
const changes: readonly (readonly [string, number, string, string])[] = [
  ['addslots', -3, '3.0.0', 'slot [slot ...]'],
  ['addslotsrange', -4, '7.0.0', 'start-slot end-slot [start-slot end-slot ...]'],
  ['bumpepoch', 2, '3.0.0', ''],
  ['delslots', -3, '3.0.0', 'slot [slot ...]'],
  ['delslotsrange', -4, '7.0.0', 'start-slot end-slot [start-slot end-slot ...]'],
  ['failover', -2, '3.0.0', '[FORCE | TAKEOVER]'],
  ['flushslots', 2, '3.0.0', ''],
  ['forget', 3, '3.0.0', 'node-id'],
  ['meet', -4, '3.0.0', 'ip port [cluster-bus-port]'],
  ['replicate', 3, '3.0.0', 'node-id'],
  ['reset', -2, '3.0.0', '[HARD | SOFT]'],
  ['saveconfig', 2, '3.0.0', ''],
  ['set-config-epoch', 3, '3.0.0', 'config-epoch'],
  ['setslot', -4, '3.0.0', 'slot <IMPORTING node-id | MIGRATING node-id | NODE node-id | STABLE>'],
];

const shared = { categories: [], group: 'cluster' } as const;

function questionRow({ admin, run, ...question }: Question): CommandRow {
  return {
    ...shared,
    since: '3.0.0',
    complexity: 'O(1)',
    ...question,
    flags: admin === true ? ['admin', 'stale'] : ['stale'],
    run: inCluster(run),
  };
}

function changeRow([name, arity, since, syntax]: (typeof changes)[number]): CommandRow {
  const flags: CommandFlag[] =
    name === 'reset' ? ['admin', 'noscript', 'stale'] : ['admin', 'stale', 'no_async_loading'];
  return {
    ...shared,
    name,
    arity,
    flags,
    since,
    complexity: 'O(1)',
    summary: 'Refused: the cluster is one shard that is as it is.',
    syntax,
    ...(name === 'bumpepoch' ? { tips: varying } : {}),
    run: inCluster(() => {
      throw fixed;
    }),
  };
}

const help = helpRow('cluster', '5.0.0', 'cluster', [
  ...questions.flatMap(({ name, syntax, summary }) => [
    `${name.toUpperCase()} ${syntax}`.trimEnd(),
    `    ${summary}`,
  ]),
  changes.map(([name]) => name.toUpperCase()).join(', '),
  '    Refused: the cluster is one shard that is as it is.',
]);

function modeRow(name: string, since: string, summary: string): CommandRow {
  return {
    name,
    arity: 1,
    flags: name === 'asking' ? ['fast'] : ['loading', 'stale', 'fast'],
    categories: ['connection'],
    group: 'cluster',
    since,
    complexity: 'O(1)',
    summary,
    syntax: '',
    run: inCluster((call) => call.reply.simple('OK')),
  };
}

export const clusterCommands: CommandRow[] = [
  modeRow('asking', '3.0.0', 'Taken: no slot is ever on its way to another node.'),
  {
    ...shared,
    name: 'cluster',
    arity: -2,
    flags: [],
    since: '3.0.0',
    complexity: 'Depends on subcommand.',
    summary: 'The cluster of one shard.',
    syntax: '',
    subcommands: [
      ...questions.map(questionRow),
      ...changes.map(changeRow),
      { ...help, run: inCluster(help.run!) },
    ],
  },
  modeRow('readonly', '3.0.0', 'Taken: every read is answered by the one primary.'),
  modeRow('readwrite', '3.0.0', 'Taken: the opposite of READONLY.'),
];

function integerOf(text: string): number | bigint {
  const value = parseInteger(text);
  if (value === undefined) throw notInteger;
  return value;
}

function requireNode(call: Call, id: string): void {
  if (id !== clusterNode(call).id) throw new RedisError(`ERR Unknown node ${id}`);
}

function replicas(call: Call, args: readonly string[]): void {
  requireNode(call, args[2]!);
  call.reply.array(0);
}

function keysOfSlot(call: Call, slot: number, count: number): string[] {
  const found: string[] = [];
  for (const part of call.engine.databases[0]!.keys.parts) {
    for (let i = 0; i < part.size && found.length < count; i++) {
      if (keySlot(part.keys[i]!) === slot) found.push(part.keys[i]!);
    }
  }
  return found;
}
