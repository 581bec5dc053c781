/** SHUTDOWN. Nothing has to be saved first: writes that were answered are durable, and the process waits for the others. */
import type { CommandRow } from '../engine/command.ts';
import { RedisError, syntaxError } from '../engine/errors.ts';

const options = new Set(['save', 'nosave', 'now', 'force', 'abort']);

export const shutdownCommands: CommandRow[] = [
  {
    name: 'shutdown',
    arity: -1,
    flags: ['admin', 'noscript', 'loading', 'stale', 'no_multi', 'allow_busy'],
    categories: [],
    group: 'server',
    since: '1.0.0',
    complexity: 'O(1)',
    summary: 'Ends the process once everything is durable.',
    syntax: '[NOSAVE | SAVE] [NOW] [FORCE] [ABORT]',
    run(call, args) {
      const words = new Set(args.slice(1).map((word) => word.toLowerCase()));
      for (const word of words) if (!options.has(word)) throw syntaxError;
      if ((words.has('save') && words.has('nosave')) || (words.has('abort') && words.size > 1)) {
        throw syntaxError;
      }
      if (words.has('abort')) throw new RedisError('ERR No shutdown in progress.');
      const { shutdown } = call.engine.modules;
      if (shutdown === undefined) throw new RedisError('ERR Errors trying to SHUTDOWN. Check logs.');
      // The end of the connection is the answer.
      call.client.port.close(false);
      shutdown();
    },
  },
];
