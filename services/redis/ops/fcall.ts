/** FCALL and FCALL_RO. */
import type { Call } from '../engine/call.ts';
import { type CommandRow, countedKeys } from '../engine/command.ts';
import { RedisError } from '../engine/errors.ts';
import { commandFlags } from '../engine/scripting/shebang.ts';
import { countKeys, scriptKeys } from './script-arguments.ts';

const notFound = new RedisError('ERR Function not found');
const badCount = new RedisError('ERR Bad number of keys provided');

function callFunction(call: Call, args: readonly string[], isReadCommand: boolean): void {
  const { scripts } = call.engine;
  const found = scripts.libraries.function(args[1]!);
  if (found === undefined) throw notFound;
  const keyCount = countKeys(args, badCount);
  const { name, flags, code } = found;
  if (code === 0) throw new RedisError('ERR the library of this function does not load any more');
  scripts.run(call, { kind: 'function', name, args, keysAt: 3, keyCount, isReadCommand, flags }, code);
}

const common = {
  arity: -3,
  categories: ['scripting'],
  findKeys: scriptKeys,
  group: 'scripting',
  since: '7.0.0',
  complexity: 'Depends on the function that is executed.',
  syntax: 'function numkeys [key [key ...]] [arg [arg ...]]',
} as const;
const flags = ['noscript', 'stale', 'skip_monitor', 'no_mandatory_keys', 'movablekeys'] as const;

export const fcallCommands: CommandRow[] = [
  {
    ...common,
    name: 'fcall',
    flags,
    keys: [
      {
        ...countedKeys(2, ['RW', 'access', 'update']),
        notes: 'We cannot tell how the keys will be used so we assume the worst, RW and UPDATE',
      },
    ],
    flagsFor: (call, args) => commandFlags(flags, call.engine.scripts.libraries.flagsOf(args[1] ?? '') ?? []),
    summary: 'Calls a function.',
    run: (call, args) => callFunction(call, args, false),
  },
  {
    ...common,
    name: 'fcall_ro',
    flags: ['readonly', ...flags],
    keys: [
      {
        ...countedKeys(2, ['RO', 'access']),
        notes: 'We cannot tell how the keys will be used so we assume the worst, RO and ACCESS',
      },
    ],
    summary: 'Calls a function that may not write.',
    run: (call, args) => callFunction(call, args, true),
  },
];
