/** MEMORY: what keys take, and what the process does. */
import type { Call } from '../engine/call.ts';
import { allClientBytes } from '../engine/client-memory.ts';
import type { CommandRow } from '../engine/command.ts';
import { keysAt } from '../engine/command.ts';
import type { Engine } from '../engine/engine.ts';
import { notInteger, syntaxError } from '../engine/errors.ts';
import { engineLimits } from '../engine/limits.ts';
import { parseInteger } from '../engine/numbers.ts';
import { stringBytes, valueBytes } from '../engine/value.ts';
import { helpRow } from './help.ts';

/** Of a key beside its name and value, as the database counts it; and of its expiry. */
const keyOverheadBytes = 45;
const expiryOverheadBytes = 28;

const shared = { flags: [], categories: [], group: 'server', since: '4.0.0' } as const;
const onEachShard = ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'];

export const memoryCommands: CommandRow[] = [
  {
    ...shared,
    name: 'memory',
    arity: -2,
    complexity: 'Depends on subcommand.',
    summary: 'Memory of keys and of the server.',
    syntax: '',
    subcommands: [
      {
        ...shared,
        name: 'doctor',
        arity: 2,
        complexity: 'O(1)',
        summary: 'Reports on memory in words.',
        syntax: '',
        tips: onEachShard,
        run: (call) => call.reply.verbatim('txt', report(call.engine)),
      },
      {
        ...shared,
        name: 'malloc-stats',
        arity: 2,
        complexity: 'Depends on how much memory is allocated, could be slow',
        summary: 'Gives the figures of the memory manager.',
        syntax: '',
        tips: onEachShard,
        run(call) {
          const { resident, heapUsed, heapTotal, heapLimit, external } = call.engine.host.memory();
          call.reply.verbatim(
            'txt',
            `Heap of the JavaScript engine: ${heapUsed} bytes used of ${heapTotal} reserved, limit ${heapLimit}.\n` +
              `Buffers outside of it: ${external} bytes. Process in RAM: ${resident} bytes.\n`,
          );
        },
      },
      {
        ...shared,
        name: 'purge',
        arity: 2,
        complexity: 'Depends on how much memory is allocated, could be slow',
        summary: 'Gives memory back that is not used, where the process may.',
        syntax: '',
        tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
        run(call) {
          call.engine.host.collectGarbage();
          call.reply.simple('OK');
        },
      },
      {
        ...shared,
        name: 'stats',
        arity: 2,
        complexity: 'O(1)',
        summary: 'Gives the figures of memory.',
        syntax: '',
        tips: onEachShard,
        run: stats,
      },
      {
        ...shared,
        name: 'usage',
        arity: -3,
        flags: ['readonly'],
        keys: [keysAt(2, 0, 1, ['RO'])],
        complexity: 'O(1)',
        summary: 'Estimates the bytes that a key and its value take.',
        syntax: 'key [SAMPLES count]',
        run: usage,
      },
      helpRow('memory', '4.0.0', 'server', [
        'DOCTOR',
        '    A report in words.',
        'MALLOC-STATS',
        '    Figures of the memory manager.',
        'PURGE',
        '    Gives unused memory back, where the process may.',
        'STATS',
        '    Figures of memory.',
        'USAGE <key> [SAMPLES <count>]',
        '    Bytes that the key and its value take. Sizes are kept exactly, so SAMPLES changes nothing.',
      ]),
    ],
  },
];

function usage(call: Call, args: readonly string[]): void {
  for (let i = 3; i < args.length; i += 2) {
    if (args[i]!.toLowerCase() !== 'samples' || i + 1 >= args.length) throw syntaxError;
    const samples = parseInteger(args[i + 1]!);
    if (samples === undefined) throw notInteger;
    if (samples < 0) throw syntaxError;
  }
  const key = args[2]!;
  const value = call.db.peek(key);
  if (value === undefined) {
    call.reply.null();
    return;
  }
  const expiry = call.db.expiresAt(key) > 0 ? expiryOverheadBytes : 0;
  call.reply.integer(stringBytes(key) + keyOverheadBytes + expiry + valueBytes(value));
}

function report(engine: Engine): string {
  const { heapUsed, heapLimit, resident } = engine.host.memory();
  const used = engine.usedMemory();
  const maxmemory = engine.config.number('maxmemory');
  const notes: string[] = [];
  if (maxmemory > 0 && used > maxmemory * 0.9) {
    notes.push(`Keys and values take ${percent(used, maxmemory)} of maxmemory.`);
  }
  if (heapLimit > 0 && heapUsed > heapLimit * 0.8) {
    notes.push(
      `The heap takes ${percent(heapUsed, heapLimit)} of its limit: start the process with a larger one.`,
    );
  }
  if (engine.facts.peakBytes > used * 1.5 && used > 16 * 1024 * 1024) {
    notes.push('Memory was 50 % higher once: the process may keep what it reserved then.');
  }
  if (notes.length === 0) notes.push('No problem is known.');
  return `${notes.join('\n')}\nKeys and values: ${used} bytes; process: ${resident} bytes.\n`;
}

function percent(part: number, whole: number): string {
  return `${Math.round((part / whole) * 100)} %`;
}

function stats(call: Call): void {
  const { engine, reply } = call;
  const host = engine.host.memory();
  const used = engine.usedMemory();
  const base = engineLimits.emptyEngineBytes;
  const peak = Math.max(engine.facts.peakBytes, used);
  const keys = engine.databases.reduce((sum, db) => sum + db.size, 0);
  const dbs = engine.databases.filter((db) => db.size > 0);
  const clients = allClientBytes(engine);
  const perKey = keys === 0 ? 0 : Math.floor((used - base) / keys);
  const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
  const before: [string, number][] = [
    ['peak.allocated', peak],
    ['total.allocated', used],
    ['startup.allocated', base],
    ['replication.backlog', 0],
    ['clients.slaves', 0],
    ['clients.normal', clients],
    ['cluster.links', 0],
    ['aof.buffer', engine.effects.bytes],
    ['lua.caches', Number(engine.facts.field('used_memory_scripts', 0))],
    ['functions.caches', Number(engine.facts.field('used_memory_functions', 0))],
  ];
  const after: [string, number, 'double'?][] = [
    ['overhead.total', base + clients],
    ['keys.count', keys],
    ['keys.bytes-per-key', perKey],
    ['dataset.bytes', used - base],
    ['dataset.percentage', used === base ? 0 : 100, 'double'],
    ['peak.percentage', ratio(used, peak) * 100, 'double'],
    ['allocator.allocated', host.heapUsed],
    ['allocator.active', host.heapTotal],
    ['allocator.resident', host.heapTotal + host.external],
    ['allocator-fragmentation.ratio', ratio(host.heapTotal, host.heapUsed), 'double'],
    ['allocator-fragmentation.bytes', host.heapTotal - host.heapUsed],
    ['allocator-rss.ratio', ratio(host.heapTotal + host.external, host.heapTotal), 'double'],
    ['allocator-rss.bytes', host.external],
    ['rss-overhead.ratio', ratio(host.resident, host.heapTotal + host.external), 'double'],
    ['rss-overhead.bytes', host.resident - host.heapTotal - host.external],
    ['fragmentation', ratio(host.resident, used), 'double'],
    ['fragmentation.bytes', host.resident - used],
  ];
  reply.map(before.length + dbs.length + after.length);
  for (const [name, value] of before) {
    reply.bulk(name);
    reply.integer(value);
  }
  for (const db of dbs) {
    reply.bulk(`db.${db.index}`);
    reply.map(3);
    reply.bulk('overhead.hashtable.main');
    reply.integer(db.size * keyOverheadBytes);
    reply.bulk('overhead.hashtable.expires');
    reply.integer(db.expires.size * expiryOverheadBytes);
    reply.bulk('overhead.hashtable.slot-to-keys');
    reply.integer(0);
  }
  for (const [name, value, kind] of after) {
    reply.bulk(name);
    if (kind === 'double') reply.double(value);
    else reply.integer(value);
  }
}
