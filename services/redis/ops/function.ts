/** FUNCTION: libraries of functions. */
import type { Call } from '../engine/call.ts';
import type { CommandRow } from '../engine/command.ts';
import { RedisError } from '../engine/errors.ts';
import { globMatch } from '../engine/glob.ts';
import { dumpLibraries, readLibraries } from '../engine/scripting/function-dump.ts';
import type { Library } from '../engine/scripting/libraries.ts';
import { helpRow } from './help.ts';

const since = '7.0.0';
const common = { categories: ['scripting'], group: 'scripting', since } as const;
const shards = ['request_policy:all_shards', 'response_policy:all_succeeded'];
const badPolicy = new RedisError(
  'ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.',
);

function wrongWords(name: string): RedisError {
  return new RedisError(
    `ERR unknown subcommand or wrong number of arguments for '${name}'. Try FUNCTION HELP.`,
  );
}

function load(call: Call, args: readonly string[]): void {
  let replace = false;
  for (const option of args.slice(2, -1)) {
    if (option.toLowerCase() !== 'replace') throw new RedisError(`ERR Unknown option given: ${option}`);
    replace = true;
  }
  call.reply.bulk(call.engine.scripts.libraries.load(args.at(-1)!, { replace }));
}

function flush(call: Call, args: readonly string[]): void {
  if (args.length > 3) throw wrongWords(args[1]!);
  const mode = args[2]?.toLowerCase();
  if (mode !== undefined && mode !== 'sync' && mode !== 'async') {
    throw new RedisError('ERR FUNCTION FLUSH only supports SYNC|ASYNC option');
  }
  call.engine.scripts.libraries.flush();
  call.reply.simple('OK');
}

function restore(call: Call, args: readonly string[]): void {
  if (args.length > 4) throw wrongWords(args[1]!);
  const policy = args[3]?.toLowerCase() ?? 'append';
  if (policy !== 'append' && policy !== 'replace' && policy !== 'flush') throw badPolicy;
  const codes = readLibraries(args[2]!);
  call.engine.scripts.libraries.restore(codes, policy);
  call.reply.simple('OK');
}

function list(call: Call, args: readonly string[]): void {
  let pattern: string | undefined;
  let withCode = false;
  for (let i = 2; i < args.length; i++) {
    const word = args[i]!.toLowerCase();
    if (word === 'withcode' && !withCode) withCode = true;
    else if (word === 'libraryname' && pattern === undefined) {
      pattern = args[++i];
      if (pattern === undefined) throw new RedisError('ERR library name argument was not given');
    } else throw new RedisError(`ERR Unknown argument ${args[i]}`);
  }
  const found: Library[] = [];
  for (const library of call.engine.scripts.libraries.all()) {
    if (pattern === undefined || globMatch(pattern, library.name, true)) found.push(library);
  }
  call.reply.array(found.length);
  for (const library of found) writeLibrary(call, library, withCode);
}

function writeLibrary({ reply }: Call, { name, code, functions }: Library, withCode: boolean): void {
  reply.map(withCode ? 4 : 3);
  reply.bulk('library_name');
  reply.bulk(name);
  reply.bulk('engine');
  reply.bulk('LUA');
  reply.bulk('functions');
  reply.array(functions.length);
  for (const { name: functionName, description, flags } of functions) {
    reply.map(3);
    reply.bulk('name');
    reply.bulk(functionName);
    reply.bulk('description');
    if (description === undefined) reply.null();
    else reply.bulk(description);
    reply.bulk('flags');
    reply.set(flags.length);
    for (const flag of flags) reply.simple(flag);
  }
  if (!withCode) return;
  reply.bulk('library_code');
  reply.bulk(code);
}

function stats(call: Call): void {
  const { reply, engine } = call;
  const { running, libraries } = engine.scripts;
  reply.map(2);
  reply.bulk('running_script');
  if (running === undefined) reply.null();
  else {
    const { name, args } = running.options;
    reply.map(3);
    reply.bulk('name');
    reply.bulk(name);
    reply.bulk('command');
    reply.array(args.length);
    for (const word of args) reply.bulk(word);
    reply.bulk('duration_ms');
    reply.integer(Math.floor(engine.modules.clock.now() - running.startedAt));
  }
  reply.bulk('engines');
  reply.map(1);
  reply.bulk('LUA');
  reply.map(2);
  reply.bulk('libraries_count');
  reply.integer(libraries.size);
  reply.bulk('functions_count');
  reply.integer(libraries.functionCount);
}

export const functionCommands: CommandRow[] = [
  {
    name: 'function',
    arity: -2,
    flags: [],
    categories: [],
    group: 'scripting',
    since,
    complexity: 'Depends on the subcommand.',
    summary: 'A container for commands on functions.',
    syntax: '',
    subcommands: [
      {
        ...common,
        name: 'delete',
        arity: 3,
        flags: ['write', 'noscript'],
        complexity: 'O(1)',
        summary: 'Deletes a library and its functions.',
        syntax: 'library-name',
        tips: shards,
        run(call, args) {
          if (!call.engine.scripts.libraries.delete(args[2]!)) throw new RedisError('ERR Library not found');
          call.reply.simple('OK');
        },
      },
      {
        ...common,
        name: 'dump',
        arity: 2,
        flags: ['noscript'],
        complexity: 'O(N) where N is the number of functions',
        summary: 'Gives all libraries in one payload.',
        syntax: '',
        run(call) {
          const codes = [...call.engine.scripts.libraries.all()].map(({ code }) => code);
          call.reply.bulk(dumpLibraries(codes));
        },
      },
      {
        ...common,
        name: 'flush',
        arity: -2,
        flags: ['write', 'noscript'],
        complexity: 'O(N) where N is the number of functions deleted',
        summary: 'Deletes all libraries.',
        syntax: '[ASYNC | SYNC]',
        tips: shards,
        run: flush,
      },
      helpRow(
        'function',
        since,
        'scripting',
        [
          'DELETE <library name>',
          '    Deletes a library.',
          'DUMP',
          '    Gives all libraries in one payload, for FUNCTION RESTORE.',
          'FLUSH [ASYNC|SYNC]',
          '    Deletes all libraries.',
          'KILL',
          '    Ends the function that runs, if it has not written yet.',
          'LIST [LIBRARYNAME <pattern>] [WITHCODE]',
          '    Shows the libraries, their functions, and their code if wanted.',
          'LOAD [REPLACE] <code>',
          '    Loads a library.',
          'RESTORE <payload> [FLUSH|APPEND|REPLACE]',
          '    Loads the libraries of a payload. FLUSH deletes what is there; REPLACE replaces libraries of the same name.',
          'STATS',
          '    Shows the function that runs, and how many libraries there are.',
        ],
        ['scripting'],
      ),
      {
        ...common,
        name: 'kill',
        arity: 2,
        flags: ['noscript', 'allow_busy'],
        complexity: 'O(1)',
        summary: 'Ends the function that runs.',
        syntax: '',
        tips: ['request_policy:all_shards', 'response_policy:one_succeeded'],
        run(call) {
          call.engine.scripts.kill('function');
          call.reply.simple('OK');
        },
      },
      {
        ...common,
        name: 'list',
        arity: -2,
        flags: ['noscript'],
        complexity: 'O(N) where N is the number of functions',
        summary: 'Shows the libraries.',
        syntax: '[LIBRARYNAME library-name-pattern] [WITHCODE]',
        tips: ['nondeterministic_output_order'],
        run: list,
      },
      {
        ...common,
        name: 'load',
        arity: -3,
        flags: ['write', 'denyoom', 'noscript'],
        complexity: 'O(1) (considering compilation time is redundant)',
        summary: 'Loads a library.',
        syntax: '[REPLACE] function-code',
        tips: shards,
        run: load,
      },
      {
        ...common,
        name: 'restore',
        arity: -3,
        flags: ['write', 'denyoom', 'noscript'],
        complexity: 'O(N) where N is the number of functions on the payload',
        summary: 'Loads all libraries of a payload.',
        syntax: 'serialized-value [FLUSH | APPEND | REPLACE]',
        tips: shards,
        run: restore,
      },
      {
        ...common,
        name: 'stats',
        arity: 2,
        flags: ['noscript', 'allow_busy'],
        complexity: 'O(1)',
        summary: 'Shows what runs, and how many libraries there are.',
        syntax: '',
        tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
        run: stats,
      },
    ],
  },
];
