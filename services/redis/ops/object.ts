/** OBJECT: how a key is kept. */
import type { Call } from '../engine/call.ts';
import type { CommandRow } from '../engine/command.ts';
import { oneKeyAt } from '../engine/command.ts';
import { RedisError } from '../engine/errors.ts';
import { parseInteger } from '../engine/numbers.ts';
import { typeOf, type Value } from '../engine/value.ts';
import { helpRow } from './help.ts';

const switching =
  'Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.';
const notByFrequency = new RedisError(
  `ERR An LFU maxmemory policy is not selected, access frequency not tracked. ${switching}`,
);
const byFrequency = new RedisError(
  `ERR An LFU maxmemory policy is selected, idle time not tracked. ${switching}`,
);

/** Redis keeps the numbers below this one once, and their count of references says so. */
const sharedIntegers = 10_000;
const sharedReferences = 2 ** 31 - 1;

const keyOf = oneKeyAt(2, 'RO');
const tips = ['nondeterministic_output'];

function row(
  name: string,
  since: string,
  summary: string,
  answer: (call: Call, key: string, value: Value) => void,
): CommandRow {
  return {
    name,
    arity: 3,
    flags: ['readonly'],
    categories: ['keyspace'],
    keys: keyOf,
    group: 'generic',
    since,
    complexity: 'O(1)',
    summary,
    syntax: 'key',
    tips,
    run(call, args) {
      const value = call.db.peek(args[2]!);
      if (value === undefined) call.reply.null();
      else answer(call, args[2]!, value);
    },
  };
}

const help = [
  'ENCODING <key>',
  '    How the value of the key is laid out.',
  'FREQ <key>',
  '    The logarithmic counter of accesses to the key.',
  'IDLETIME <key>',
  '    Seconds since the last access to the key.',
  'REFCOUNT <key>',
  '    References to the value of the key.',
];

export const objectCommands: CommandRow[] = [
  {
    name: 'object',
    arity: -2,
    flags: [],
    categories: [],
    group: 'generic',
    since: '2.2.3',
    complexity: 'Depends on the subcommand',
    summary: 'Tells how a key is kept.',
    syntax: '',
    subcommands: [
      row('encoding', '2.2.3', 'Tells how the value of a key is laid out.', (call, _key, value) =>
        call.reply.bulk(encodingOf(call, value)),
      ),
      row('freq', '4.0.0', 'Gives the counter of accesses to a key.', (call, key) => {
        const { accessClock } = call.engine;
        if (!accessClock.byFrequency) throw notByFrequency;
        call.reply.integer(accessClock.frequency(call.db.keys.accessOf(key), call.now));
      }),
      row('idletime', '2.2.3', 'Gives the seconds since the last access to a key.', (call, key) => {
        const { accessClock } = call.engine;
        if (accessClock.byFrequency) throw byFrequency;
        call.reply.integer(accessClock.idleMs(call.db.keys.accessOf(key), call.now) / 1000);
      }),
      row('refcount', '2.2.3', 'Counts references to the value of a key.', (call, _key, value) =>
        call.reply.integer(isShared(call, value) ? sharedReferences : 1),
      ),
      { ...helpRow('object', '6.2.0', 'generic', help), categories: ['keyspace'] },
    ],
  },
];

export function encodingOf(call: Call, value: Value): string {
  const type = call.engine.valueType(value);
  return type.encoding?.(value, call.engine.config) ?? typeOf(value);
}

/** Redis shares small integers, unless each key needs accesses of its own for eviction. */
function isShared({ engine }: Call, value: Value): boolean {
  if (typeof value !== 'string' || value.length > 4) return false;
  if (engine.limitsMemory && /-l[rf]u$/.test(engine.config.get('maxmemory-policy'))) return false;
  const number = parseInteger(value);
  return number !== undefined && number >= 0 && number < sharedIntegers;
}
