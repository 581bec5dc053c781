/** Counting different elements: PFADD, PFCOUNT, PFMERGE. */
import type { Call } from '../engine/call.ts';
import type { CommandRow } from '../engine/command.ts';
import { keysAt, oneKey } from '../engine/command.ts';
import { cachedCount, hllFormat, isDense } from '../engine/hyperloglog/hll-format.ts';
import { countOf, maxInto } from '../engine/hyperloglog/hyperloglog.ts';
import { bytesOf, type StringValue } from '../engine/types/string-changes.ts';
import { asHyperLogLog, hyperLogLogForChange } from './hyperloglog-key.ts';

/** Registers of the union. @throws RedisError */
function union(values: readonly (StringValue | undefined)[]): Uint8Array {
  const ranks = new Uint8Array(hllFormat.registers);
  for (const value of values) if (value !== undefined) maxInto(ranks, bytesOf(value));
  return ranks;
}

function countOne(call: Call, key: string): number | bigint {
  const value = asHyperLogLog(call.db.read(key));
  if (value === undefined) return 0;
  return cachedCount(value) ?? hyperLogLogForChange(call, key, value).count();
}

export const pfaddCommands: CommandRow[] = [
  {
    name: 'pfadd',
    arity: -2,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['hyperloglog'],
    keys: oneKey('RW', 'insert'),
    group: 'hyperloglog',
    since: '2.8.9',
    complexity: 'O(1) for each element',
    summary: 'Adds elements to a HyperLogLog and tells whether its count may have changed.',
    syntax: 'key [element [element ...]]',
    run(call, args) {
      const { db } = call;
      const key = args[1]!;
      const value = asHyperLogLog(db.write(key));
      const hll = hyperLogLogForChange(call, key, value);
      hll.check();
      let changed = value === undefined;
      for (let i = 2; i < args.length; i++) if (hll.add(args[i]!)) changed = true;
      if (changed) {
        hll.invalidate();
        db.notify('$', 'pfadd', key);
      }
      call.reply.integer(changed ? 1 : 0);
    },
  },
  {
    name: 'pfcount',
    arity: -2,
    flags: ['readonly', 'may_replicate'],
    categories: ['hyperloglog'],
    keys: [{ ...keysAt(1, -1, 1, ['RW', 'access']), notes: 'The count is kept in the string.' }],
    group: 'hyperloglog',
    since: '2.8.9',
    complexity: 'O(1) for one key, O(N) for N keys',
    summary: 'Estimates how many different elements were added to HyperLogLogs, together.',
    syntax: 'key [key ...]',
    run(call, args) {
      if (args.length === 2) call.reply.integer(countOne(call, args[1]!));
      else {
        const values = args.slice(1).map((key) => asHyperLogLog(call.db.read(key)));
        call.reply.integer(countOf(union(values)));
      }
    },
  },
  {
    name: 'pfmerge',
    arity: -2,
    flags: ['write', 'denyoom'],
    categories: ['hyperloglog'],
    keys: [keysAt(1, 0, 1, ['RW', 'access', 'insert']), keysAt(2, -1, 1, ['RO', 'access'])],
    group: 'hyperloglog',
    since: '2.8.9',
    complexity: 'O(N) for N keys',
    summary: 'Adds what HyperLogLogs have seen to another.',
    syntax: 'destkey [sourcekey [sourcekey ...]]',
    run(call, args) {
      const { db } = call;
      const key = args[1]!;
      const values = args.slice(1).map((name) => asHyperLogLog(db.write(name)));
      const ranks = union(values);
      const hll = hyperLogLogForChange(call, key, values[0]);
      if (values.some((value) => value !== undefined && isDense(value))) hll.toDense();
      hll.raiseAll(ranks);
      hll.invalidate();
      db.notify('$', 'pfadd', key);
      call.reply.simple('OK');
    },
  },
];
