/** MONITOR. */
import type { CommandRow } from '../engine/command.ts';

export const monitorCommands: CommandRow[] = [
  {
    name: 'monitor',
    arity: 1,
    flags: ['admin', 'noscript', 'loading', 'stale'],
    categories: [],
    group: 'server',
    since: '1.0.0',
    complexity: 'O(1)',
    summary: 'Shows every command that is run, but those of administrators.',
    syntax: '',
    run({ engine, client, reply }) {
      if (!client.monitor) engine.monitors.add(client);
      reply.simple('OK');
    },
  },
];
