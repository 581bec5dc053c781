/** Looking into HyperLogLogs: PFDEBUG and PFSELFTEST. */
import type { CommandRow } from '../engine/command.ts';
import { keysAt } from '../engine/command.ts';
import { RedisError } from '../engine/errors.ts';
import { hllSelfTest } from '../engine/hyperloglog/hll-self-test.ts';
import { eachRun } from '../engine/hyperloglog/hll-sparse.ts';
import type { HyperLogLog } from '../engine/hyperloglog/hyperloglog.ts';
import type { ReplySink } from '../model/reply.ts';
import { asHyperLogLog, hyperLogLogForChange } from './hyperloglog-key.ts';

const noKey = new RedisError('ERR The specified key does not exist');
const notSparse = new RedisError('ERR HLL encoding is not sparse');

type Answer = (hll: HyperLogLog, reply: ReplySink) => void;

const answers: Readonly<Record<string, Answer>> = {
  getreg(hll, reply) {
    hll.toDense();
    const ranks = hll.ranks();
    reply.array(ranks.length);
    for (const rank of ranks) reply.integer(rank);
  },
  decode(hll, reply) {
    if (hll.dense) throw notSparse;
    reply.bulk(describeRuns(hll));
  },
  encoding: (hll, reply) => reply.simple(hll.dense ? 'dense' : 'sparse'),
  todense: (hll, reply) => reply.integer(hll.toDense() ? 1 : 0),
};

/** `z:` and `Z:` short and long runs of zeros, `v:` value and length. */
function describeRuns(hll: HyperLogLog): string {
  const runs: string[] = [];
  eachRun(hll.raw.view(), (rank, _start, length, isLong) => {
    runs.push(rank > 0 ? `v:${rank},${length}` : `${isLong ? 'Z' : 'z'}:${length}`);
  });
  return runs.join(' ');
}

export const pfdebugCommands: CommandRow[] = [
  {
    name: 'pfdebug',
    arity: 3,
    flags: ['write', 'denyoom', 'admin'],
    categories: ['hyperloglog'],
    keys: [keysAt(2, 0, 1, ['RW', 'access'])],
    group: 'hyperloglog',
    since: '2.8.9',
    complexity: 'O(1)',
    summary: 'Shows the registers of a HyperLogLog, its runs or its encoding, or makes it dense.',
    syntax: 'subcommand key',
    run(call, args) {
      const value = asHyperLogLog(call.db.write(args[2]!));
      if (value === undefined) throw noKey;
      const answer = answers[args[1]!.toLowerCase()];
      if (answer === undefined) throw new RedisError(`ERR Unknown PFDEBUG subcommand '${args[1]}'`);
      const hll = hyperLogLogForChange(call, args[2]!, value);
      hll.check();
      answer(hll, call.reply);
    },
  },
  {
    name: 'pfselftest',
    arity: 1,
    flags: ['admin'],
    categories: ['hyperloglog'],
    group: 'hyperloglog',
    since: '2.8.9',
    complexity: 'O(1)',
    summary: 'Checks the arithmetic of HyperLogLogs.',
    syntax: '',
    run(call) {
      const fault = hllSelfTest(call.engine.modules.random);
      if (fault !== undefined) throw new RedisError(fault);
      call.reply.simple('OK');
    },
  },
];
