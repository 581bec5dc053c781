/** COMMAND: what the rows say, for clients that find keys by themselves and for tools that show usage. */
import { categoriesOf } from '../engine/acl/categories.ts';
import type { Call } from '../engine/call.ts';
import type { CommandRow, KeySpec } from '../engine/command.ts';
import { argumentsOf, type DocumentedArgument, deprecationOf, docFlags } from '../engine/command-docs.ts';
import { keysOf, mayHaveKeys } from '../engine/command-keys.ts';
import type { Engine } from '../engine/engine.ts';
import { RedisError, syntaxError } from '../engine/errors.ts';
import { globMatch } from '../engine/glob.ts';
import { keyRangeOf } from '../engine/key-range.ts';
import type { ReplySink } from '../model/reply.ts';
import { helpRow } from './help.ts';

const open = {
  flags: ['loading', 'stale'],
  categories: ['connection'],
  group: 'server',
} as const;

export const commandCommands: CommandRow[] = [
  {
    ...open,
    name: 'command',
    arity: -1,
    since: '2.8.13',
    complexity: 'O(N) where N is the total number of Redis commands',
    summary: 'Describes every command.',
    syntax: '',
    tips: ['nondeterministic_output_order'],
    run: (call) => writeAll(call),
    subcommands: [
      {
        ...open,
        name: 'count',
        arity: 2,
        since: '2.8.13',
        complexity: 'O(1)',
        summary: 'Tells how many commands there are.',
        syntax: '',
        run: (call) => call.reply.integer(call.engine.commands.rows.length),
      },
      {
        ...open,
        name: 'docs',
        arity: -2,
        since: '7.0.0',
        complexity: 'O(N) where N is the number of commands to look up',
        summary: 'Documents commands for people: summary, arguments, history.',
        syntax: '[command-name [command-name ...]]',
        tips: ['nondeterministic_output_order'],
        run: docs,
      },
      {
        ...open,
        name: 'getkeys',
        arity: -3,
        since: '2.8.13',
        complexity: 'O(N) where N is the number of arguments to the command',
        summary: 'Finds the keys in the words of a command.',
        syntax: 'command [arg [arg ...]]',
        run(call, args) {
          const { words, keys } = findKeys(call.engine, args);
          call.reply.array(keys.length);
          for (const { position } of keys) call.reply.bulk(words[position]!);
        },
      },
      {
        ...open,
        name: 'getkeysandflags',
        arity: -3,
        since: '7.0.0',
        complexity: 'O(N) where N is the number of arguments to the command',
        summary: 'Finds the keys in the words of a command, and what it does with them.',
        syntax: 'command [arg [arg ...]]',
        run(call, args) {
          const { words, keys } = findKeys(call.engine, args);
          call.reply.array(keys.length);
          for (const { position, flags } of keys) {
            call.reply.array(2);
            call.reply.bulk(words[position]!);
            writeWords(call.reply, flags);
          }
        },
      },
      {
        ...open,
        name: 'info',
        arity: -2,
        since: '2.8.13',
        complexity: 'O(N) where N is the number of commands to look up',
        summary: 'Describes commands for programs: arity, flags, keys.',
        syntax: '[command-name [command-name ...]]',
        tips: ['nondeterministic_output_order'],
        run(call, args) {
          if (args.length === 2) return writeAll(call);
          call.reply.array(args.length - 2);
          for (const name of args.slice(2)) {
            const row = lookup(call.engine, name);
            if (row === undefined) call.reply.nullArray();
            else writeInfo(call.engine, call.reply, row);
          }
        },
      },
      {
        ...open,
        name: 'list',
        arity: -2,
        since: '7.0.0',
        complexity: 'O(N) where N is the total number of Redis commands',
        summary: 'Names the commands, all or some.',
        syntax: '[FILTERBY <MODULE module-name | ACLCAT category | PATTERN pattern>]',
        tips: ['nondeterministic_output_order'],
        run: list,
      },
      helpRow(
        'command',
        '5.0.0',
        'server',
        [
          '(no subcommand)',
          '    Describes every command.',
          'COUNT',
          '    How many commands there are.',
          'LIST [FILTERBY <MODULE|ACLCAT|PATTERN> <value>]',
          '    Names of commands.',
          'INFO [<command-name> ...]',
          '    Describes these commands, or all.',
          'DOCS [<command-name> ...]',
          '    Documents these commands, or all.',
          'GETKEYS <full-command>',
          '    The keys among these words.',
          'GETKEYSANDFLAGS <full-command>',
          '    The keys among these words, and what is done with them.',
        ],
        ['connection'],
      ),
    ],
  },
];

/** By `name` or `container|name`. */
function lookup(engine: Engine, fullName: string): CommandRow | undefined {
  const [name, sub, ...more] = fullName.split('|');
  if (more.length > 0) return undefined;
  const row = engine.commands.lookup(name!);
  if (sub === undefined) return row;
  return row?.subcommands?.find((inner) => inner.name === sub.toLowerCase());
}

function writeAll(call: Call): void {
  const { engine, reply } = call;
  reply.array(engine.commands.rows.length);
  for (const row of engine.commands.rows) writeInfo(engine, reply, row);
}

function writeInfo(engine: Engine, reply: ReplySink, row: CommandRow): void {
  const range = keyRangeOf(row);
  reply.array(10);
  reply.bulk(engine.commands.fullNames.get(row) ?? row.name);
  reply.integer(row.arity);
  writeWords(
    reply,
    row.flags.filter((flag) => flag !== 'may_replicate'),
  );
  reply.integer(range.first);
  reply.integer(range.last);
  reply.integer(range.step);
  writeWords(
    reply,
    [...categoriesOf(row)].map((category) => `@${category}`),
  );
  const tips = row.tips ?? [];
  reply.set(tips.length);
  for (const tip of tips) reply.bulk(tip);
  const specs = row.keys ?? [];
  reply.set(specs.length);
  for (const spec of specs) writeKeySpec(reply, spec);
  const inner = row.subcommands ?? [];
  // Redis gives an empty set where there are none.
  if (inner.length === 0) reply.set(0);
  else reply.array(inner.length);
  for (const sub of inner) writeInfo(engine, reply, sub);
}

function writeWords(reply: ReplySink, words: readonly string[]): void {
  reply.set(words.length);
  for (const word of words) reply.simple(word);
}

function writeKeySpec(reply: ReplySink, { flags, notes, begin, find }: KeySpec): void {
  reply.map(notes === undefined ? 3 : 4);
  if (notes !== undefined) {
    reply.bulk('notes');
    reply.bulk(notes);
  }
  reply.bulk('flags');
  writeWords(reply, flags);
  reply.bulk('begin_search');
  if (begin === 'unknown') writeSearch(reply, 'unknown', []);
  else if ('index' in begin) writeSearch(reply, 'index', [['index', begin.index]]);
  else {
    writeSearch(reply, 'keyword', [
      ['keyword', begin.keyword],
      ['startfrom', begin.startFrom],
    ]);
  }
  reply.bulk('find_keys');
  if (find === 'unknown') writeSearch(reply, 'unknown', []);
  else if ('lastKey' in find) {
    writeSearch(reply, 'range', [
      ['lastkey', find.lastKey],
      ['keystep', find.step],
      ['limit', find.limit],
    ]);
  } else {
    writeSearch(reply, 'keynum', [
      ['keynumidx', find.keyNumIndex],
      ['firstkey', find.firstKey],
      ['keystep', find.step],
    ]);
  }
}

function writeSearch(reply: ReplySink, type: string, spec: readonly [string, string | number][]): void {
  reply.map(2);
  reply.bulk('type');
  reply.bulk(type);
  reply.bulk('spec');
  reply.map(spec.length);
  for (const [name, value] of spec) {
    reply.bulk(name);
    if (typeof value === 'number') reply.integer(value);
    else reply.bulk(value);
  }
}

function docs(call: Call, args: readonly string[]): void {
  const { engine, reply } = call;
  const rows =
    args.length === 2 ? engine.commands.rows : args.slice(2).flatMap((name) => lookup(engine, name) ?? []);
  reply.map(rows.length);
  for (const row of rows) writeDocs(engine, reply, row);
}

function writeDocs(engine: Engine, reply: ReplySink, row: CommandRow): void {
  const fullName = engine.commands.fullNames.get(row) ?? row.name;
  const flags = docFlags(fullName);
  const deprecation = deprecationOf(fullName);
  const args = row.subcommands === undefined ? argumentsOf(row) : [];
  const inner = row.subcommands ?? [];
  reply.bulk(fullName);
  const pairs =
    4 +
    Math.sign(flags.length) +
    (deprecation === undefined ? 0 : 2) +
    Math.sign(args.length) +
    Math.sign(inner.length);
  reply.map(pairs);
  for (const name of ['summary', 'since', 'group', 'complexity'] as const) {
    reply.bulk(name);
    reply.bulk(row[name]);
  }
  if (flags.length > 0) {
    reply.bulk('doc_flags');
    writeWords(reply, flags);
  }
  if (deprecation !== undefined) {
    reply.bulk('deprecated_since');
    reply.bulk(deprecation.since);
    reply.bulk('replaced_by');
    reply.bulk(deprecation.replacedBy);
  }
  if (args.length > 0) {
    reply.bulk('arguments');
    writeArguments(reply, args);
  }
  if (inner.length > 0) {
    reply.bulk('subcommands');
    reply.map(inner.length);
    for (const sub of inner) writeDocs(engine, reply, sub);
  }
}

function writeArguments(reply: ReplySink, args: readonly DocumentedArgument[]): void {
  reply.array(args.length);
  for (const argument of args) {
    const { name, type, token, keySpecIndex, optional, multiple, multipleToken } = argument;
    const isLeaf = type !== 'oneof' && type !== 'block';
    const flags = [
      ...(optional ? ['optional'] : []),
      ...(multiple ? ['multiple'] : []),
      ...(multipleToken ? ['multiple_token'] : []),
    ];
    const given = [isLeaf, keySpecIndex !== undefined, token !== undefined, flags.length > 0, !isLeaf];
    reply.map(2 + given.filter(Boolean).length);
    reply.bulk('name');
    reply.bulk(name);
    reply.bulk('type');
    reply.bulk(type);
    if (isLeaf) {
      reply.bulk('display_text');
      reply.bulk(name);
    }
    if (keySpecIndex !== undefined) {
      reply.bulk('key_spec_index');
      reply.integer(keySpecIndex);
    }
    if (token !== undefined) {
      reply.bulk('token');
      reply.bulk(token);
    }
    if (flags.length > 0) {
      reply.bulk('flags');
      writeWords(reply, flags);
    }
    if (!isLeaf) {
      reply.bulk('arguments');
      writeArguments(reply, argument.arguments ?? []);
    }
  }
}

function findKeys(engine: Engine, args: readonly string[]) {
  const words = args.slice(2);
  const row = engine.commands.lookup(words[0]!, words[1]);
  if (row === undefined) throw new RedisError('ERR Invalid command specified');
  if (!mayHaveKeys(row)) throw new RedisError('ERR The command has no key arguments');
  const { arity } = row;
  if (arity > 0 ? words.length !== arity : words.length < -arity) {
    throw new RedisError('ERR Invalid number of arguments specified for command');
  }
  return { words, keys: keysOf(row, words) };
}

function list(call: Call, args: readonly string[]): void {
  const { engine, reply } = call;
  const names: string[] = [];
  const matches = listFilter(args);
  for (const [row, fullName] of engine.commands.fullNames) if (matches(row, fullName)) names.push(fullName);
  reply.array(names.length);
  for (const name of names) reply.bulk(name);
}

function listFilter(args: readonly string[]): (row: CommandRow, fullName: string) => boolean {
  if (args.length === 2) return () => true;
  if (args.length !== 5 || args[2]!.toLowerCase() !== 'filterby') throw syntaxError;
  const value = args[4]!;
  switch (args[3]!.toLowerCase()) {
    case 'module':
      return () => false;
    case 'aclcat': {
      const category = value.toLowerCase();
      return (row) => categoriesOf(row).has(category);
    }
    case 'pattern':
      return (_row, fullName) => globMatch(value, fullName, true);
    default:
      throw syntaxError;
  }
}
