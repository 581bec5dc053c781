/** EVAL, EVALSHA and their kin that only read. */
import type { Call } from '../engine/call.ts';
import { type CommandFlag, type CommandRow, countedKeys } from '../engine/command.ts';
import { RedisError } from '../engine/errors.ts';
import type { Script } from '../engine/scripting/script-cache.ts';
import { commandFlags, readScriptHead } from '../engine/scripting/shebang.ts';
import { countKeys, scriptKeys } from './script-arguments.ts';

const noScript = new RedisError('NOSCRIPT No matching script. Please use EVAL.');
const shaLength = 40;

function runScript(
  call: Call,
  args: readonly string[],
  isReadCommand: boolean,
  find: (given: string) => Script,
): void {
  const keyCount = countKeys(args);
  const script = find(args[1]!);
  const { sha, flags, code } = script;
  call.engine.scripts.run(
    call,
    { kind: 'eval', name: sha, args, keysAt: 3, keyCount, isReadCommand, flags },
    code,
  );
}

function bySource(call: Call, args: readonly string[], isReadCommand: boolean): void {
  runScript(call, args, isReadCommand, (body) => call.engine.scripts.cache.load(body));
}

function bySha(call: Call, args: readonly string[], isReadCommand: boolean): void {
  if (args[1]!.length !== shaLength) throw noScript;
  runScript(call, args, isReadCommand, (sha) => {
    const script = call.engine.scripts.cache.find(sha);
    if (script === undefined) throw noScript;
    return script;
  });
}

/** A body that cannot be read is refused when it runs. */
function flagsOfBody(args: readonly string[]): readonly CommandFlag[] {
  try {
    return commandFlags(flags, readScriptHead(args[1] ?? '').flags);
  } catch (error) {
    if (!(error instanceof RedisError)) throw error;
    return flags;
  }
}

const flags = ['noscript', 'stale', 'skip_monitor', 'no_mandatory_keys', 'movablekeys'] as const;
const writeNotes = 'We cannot tell how the keys will be used so we assume the worst, RW and UPDATE';
const readNotes = 'We cannot tell how the keys will be used so we assume the worst, RO and ACCESS';
const writtenKeys = countedKeys(2, ['RW', 'access', 'update']);
const readKeys = countedKeys(2, ['RO', 'access']);

const common = {
  arity: -3,
  categories: ['scripting'],
  findKeys: scriptKeys,
  group: 'scripting',
  complexity: 'Depends on the script that is executed.',
} as const;

export const evalCommands: CommandRow[] = [
  {
    ...common,
    name: 'eval',
    flags,
    keys: [{ ...writtenKeys, notes: writeNotes }],
    since: '2.6.0',
    flagsFor: (_call, args) => flagsOfBody(args),
    summary: 'Runs a Lua script.',
    syntax: 'script numkeys [key [key ...]] [arg [arg ...]]',
    run: (call, args) => bySource(call, args, false),
  },
  {
    ...common,
    name: 'eval_ro',
    flags: ['readonly', ...flags],
    keys: [{ ...readKeys, notes: readNotes }],
    since: '7.0.0',
    summary: 'Runs a Lua script that may not write.',
    syntax: 'script numkeys [key [key ...]] [arg [arg ...]]',
    run: (call, args) => bySource(call, args, true),
  },
  {
    ...common,
    name: 'evalsha',
    flags,
    keys: [writtenKeys],
    since: '2.6.0',
    flagsFor: (call, args) => commandFlags(flags, call.engine.scripts.cache.flagsOf(args[1] ?? '')),
    summary: 'Runs a Lua script that the server knows, by its SHA-1.',
    syntax: 'sha1 numkeys [key [key ...]] [arg [arg ...]]',
    run: (call, args) => bySha(call, args, false),
  },
  {
    ...common,
    name: 'evalsha_ro',
    flags: ['readonly', ...flags],
    keys: [readKeys],
    since: '7.0.0',
    summary: 'Runs a Lua script that the server knows, by its SHA-1, and that may not write.',
    syntax: 'sha1 numkeys [key [key ...]] [arg [arg ...]]',
    run: (call, args) => bySha(call, args, true),
  },
];
