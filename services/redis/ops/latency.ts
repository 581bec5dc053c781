/** LATENCY: spikes by kind of event, and how long each command takes. */
import type { Call } from '../engine/call.ts';
import type { CommandRow } from '../engine/command.ts';
import { RedisError } from '../engine/errors.ts';
import type { LatencyHistogram } from '../engine/latency-histogram.ts';
import type { LatencyEvent } from '../engine/latency-monitor.ts';
import { helpRow } from './help.ts';
import { latencyGraph, latencyReport } from './latency-report.ts';

const shared = {
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: [],
  group: 'server',
  since: '2.8.13',
} as const;

const onEachNode = ['nondeterministic_output', 'request_policy:all_nodes', 'response_policy:special'];

export const latencyCommands: CommandRow[] = [
  {
    name: 'latency',
    arity: -2,
    flags: [],
    categories: [],
    group: 'server',
    since: '2.8.13',
    complexity: 'Depends on subcommand.',
    summary: 'What took long, and how long commands take.',
    syntax: '',
    subcommands: [
      {
        ...shared,
        name: 'doctor',
        arity: 2,
        complexity: 'O(1)',
        summary: 'Reports on spikes in words.',
        syntax: '',
        tips: onEachNode,
        run: (call) => call.reply.verbatim('txt', latencyReport(call.engine.meter.latency)),
      },
      {
        ...shared,
        name: 'graph',
        arity: 3,
        complexity: 'O(1)',
        summary: 'Draws the spikes of an event.',
        syntax: 'event',
        tips: onEachNode,
        run(call, args) {
          const event = call.engine.meter.latency.events.get(args[2]!);
          if (event === undefined) throw new RedisError(`ERR No samples available for event '${args[2]}'`);
          call.reply.verbatim('txt', latencyGraph(args[2]!, event, call.now));
        },
      },
      {
        ...shared,
        name: 'histogram',
        arity: -2,
        since: '7.0.0',
        complexity: 'O(N) where N is the number of commands with latency information being retrieved.',
        summary: 'Tells how many calls of each command took how long.',
        syntax: '[command [command ...]]',
        tips: onEachNode,
        run: histogram,
      },
      {
        ...shared,
        name: 'history',
        arity: 3,
        complexity: 'O(1)',
        summary: 'Gives the spikes of an event with their times.',
        syntax: 'event',
        tips: onEachNode,
        run(call, args) {
          const samples = call.engine.meter.latency.events.get(args[2]!)?.samples ?? [];
          call.reply.array(samples.length);
          for (const { at, latency } of samples) {
            call.reply.array(2);
            call.reply.integer(at);
            call.reply.integer(latency);
          }
        },
      },
      {
        ...shared,
        name: 'latest',
        arity: 2,
        complexity: 'O(1)',
        summary: 'Gives the last spike of each event.',
        syntax: '',
        tips: onEachNode,
        run: latest,
      },
      {
        ...shared,
        name: 'reset',
        arity: -2,
        complexity: 'O(1)',
        summary: 'Forgets the spikes of these events, or of all.',
        syntax: '[event [event ...]]',
        tips: ['request_policy:all_nodes', 'response_policy:agg_sum'],
        run: (call, args) => call.reply.integer(call.engine.meter.latency.reset(args.slice(2))),
      },
      helpRow('latency', '2.8.13', 'server', [
        'DOCTOR',
        '    A report in words.',
        'GRAPH <event>',
        '    Draws the spikes of the event.',
        'HISTORY <event>',
        '    Times and milliseconds of its spikes.',
        'LATEST',
        '    The last spike of each event.',
        'RESET [<event> ...]',
        '    Forgets these events, or all.',
        'HISTOGRAM [COMMAND ...]',
        '    How many calls of these commands, or of all, took how long.',
      ]),
    ],
  },
];

function latest(call: Call): void {
  const { reply } = call;
  const events = [...call.engine.meter.latency.events] as [string, LatencyEvent][];
  reply.array(events.length);
  for (const [name, { samples, max }] of events) {
    const last = samples.at(-1)!;
    reply.array(4);
    reply.bulk(name);
    reply.integer(last.at);
    reply.integer(last.latency);
    reply.integer(max);
  }
}

/** Of the commands named, with their subcommands; names that are none are skipped. */
function histogram(call: Call, args: readonly string[]): void {
  const { commands, meter } = call.engine;
  const found = new Map<string, LatencyHistogram>();
  const add = (row: CommandRow): void => {
    const latency = meter.commands.get(row)?.latency;
    if (latency !== undefined) found.set(commands.fullNames.get(row)!, latency);
    for (const sub of row.subcommands ?? []) add(sub);
  };
  if (args.length === 2) for (const row of commands.rows) add(row);
  for (const name of args.slice(2)) {
    const [container, sub] = name.split('|');
    const row = commands.lookup(container!, sub);
    if (row !== undefined) add(row);
  }
  const { reply } = call;
  reply.map(found.size);
  for (const [name, latency] of found) {
    const steps = latency.cumulative();
    reply.bulk(name);
    reply.map(2);
    reply.bulk('calls');
    reply.integer(latency.total);
    reply.bulk('histogram_usec');
    reply.map(steps.length);
    for (const [microseconds, calls] of steps) {
      reply.integer(microseconds);
      reply.integer(calls);
    }
  }
}
