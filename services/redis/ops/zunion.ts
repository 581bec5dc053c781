/** ZUNION, ZINTER, ZDIFF, their STORE forms, and ZINTERCARD. */
import type { Call } from '../engine/call.ts';
import { type CommandRow, countedKeys, keysAt } from '../engine/command.ts';
import { RedisError, syntaxError } from '../engine/errors.ts';
import { zsetToStore } from '../engine/types/zset-encoding.ts';
import { ZsetValue } from '../engine/types/zset-value.ts';
import { readInteger, readScore } from './zset-arguments.ts';
import {
  type Aggregate,
  countIntersection,
  difference,
  type Input,
  intersection,
  readInputs,
  union,
} from './zset-combine.ts';
import { storeResult, writeInterval } from './zset-reply.ts';

const badWeight = new RedisError('ERR weight value is not a float');
const negativeLimit = new RedisError("ERR LIMIT can't be negative");

type Operation = 'union' | 'inter' | 'diff';

/** The inputs, and where the options begin. @throws RedisError */
function readKeys(call: Call, args: readonly string[], countAt: number): { inputs: Input[]; next: number } {
  const count = readInteger(args[countAt]!);
  if (count < 1) {
    throw new RedisError(`ERR at least 1 input key is needed for '${call.row.name}' command`);
  }
  const first = countAt + 1;
  if (count > args.length - first) throw syntaxError;
  return { inputs: readInputs(call, args.slice(first, first + count)), next: first + count };
}

interface Options {
  aggregate: Aggregate;
  withScores: boolean;
}

/** Sets the weights of the inputs. @throws RedisError */
function readOptions(
  args: readonly string[],
  next: number,
  inputs: readonly Input[],
  operation: Operation,
  store: boolean,
): Options {
  const options: Options = { aggregate: 'sum', withScores: false };
  for (let i = next; i < args.length; ) {
    const word = args[i]!.toLowerCase();
    const left = args.length - i;
    if (word === 'weights' && operation !== 'diff' && left > inputs.length) {
      for (const input of inputs) input.weight = readScore(args[++i]!, badWeight);
      i++;
    } else if (word === 'aggregate' && operation !== 'diff' && left >= 2) {
      const aggregate = args[i + 1]!.toLowerCase();
      if (aggregate !== 'sum' && aggregate !== 'min' && aggregate !== 'max') throw syntaxError;
      options.aggregate = aggregate;
      i += 2;
    } else if (word === 'withscores' && !store) {
      options.withScores = true;
      i++;
    } else throw syntaxError;
  }
  return options;
}

function combine(call: Call, args: readonly string[], operation: Operation, store: boolean): void {
  const { inputs, next } = readKeys(call, args, store ? 2 : 1);
  const { aggregate, withScores } = readOptions(args, next, inputs, operation, store);
  let scores: ReturnType<typeof union>;
  if (operation === 'union') scores = union(inputs, aggregate);
  else if (operation === 'inter') scores = intersection(inputs, aggregate);
  else scores = difference(inputs);
  if (store) {
    storeResult(call, args[1]!, zsetToStore(scores, call.engine.config), call.row.name);
    return;
  }
  const result = new ZsetValue(scores);
  writeInterval(call.reply, result, { from: 0, to: result.size }, false, withScores);
}

const reading = {
  arity: -3,
  flags: ['readonly', 'movablekeys'],
  categories: ['sortedset'],
  keys: [countedKeys(1, ['RO', 'access'])],
  group: 'sorted-set',
  since: '6.2.0',
} as const;

const storing = {
  arity: -4,
  flags: ['write', 'denyoom', 'movablekeys'],
  categories: ['sortedset'],
  keys: [keysAt(1, 0, 1, ['OW', 'update']), countedKeys(2, ['RO', 'access'])],
  group: 'sorted-set',
  since: '2.0.0',
} as const;

const unionComplexity = 'O(N)+O(M*log(M)) for N members of all inputs and M of the result';
const interComplexity = 'O(N*K)+O(M*log(M)) for K inputs, the smallest with N members, and M of the result';
const diffComplexity = 'O(L+M*log(M)) for L members of all inputs and M of the result';
const weighted = '[WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>]';

export const zunionCommands: CommandRow[] = [
  {
    ...reading,
    name: 'zunion',
    complexity: unionComplexity,
    summary: 'Gives the members that any of several sorted sets has.',
    syntax: `numkeys key [key ...] ${weighted} [WITHSCORES]`,
    run: (call, args) => combine(call, args, 'union', false),
  },
  {
    ...storing,
    name: 'zunionstore',
    complexity: unionComplexity,
    summary: 'Stores the members that any of several sorted sets has.',
    syntax: `destination numkeys key [key ...] ${weighted}`,
    run: (call, args) => combine(call, args, 'union', true),
  },
  {
    ...reading,
    name: 'zinter',
    complexity: interComplexity,
    summary: 'Gives the members that all of several sorted sets have.',
    syntax: `numkeys key [key ...] ${weighted} [WITHSCORES]`,
    run: (call, args) => combine(call, args, 'inter', false),
  },
  {
    ...storing,
    name: 'zinterstore',
    complexity: interComplexity,
    summary: 'Stores the members that all of several sorted sets have.',
    syntax: `destination numkeys key [key ...] ${weighted}`,
    run: (call, args) => combine(call, args, 'inter', true),
  },
  {
    ...reading,
    name: 'zintercard',
    since: '7.0.0',
    complexity: 'O(N*K) for K inputs, the smallest with N members',
    summary: 'Counts the members that all of several sorted sets have.',
    syntax: 'numkeys key [key ...] [LIMIT limit]',
    run(call, args) {
      const { inputs, next } = readKeys(call, args, 1);
      let limit = 0;
      for (let i = next; i < args.length; i += 2) {
        if (args[i]!.toLowerCase() !== 'limit' || i + 1 >= args.length) throw syntaxError;
        limit = readInteger(args[i + 1]!, negativeLimit);
        if (limit < 0) throw negativeLimit;
      }
      call.reply.integer(countIntersection(inputs, limit));
    },
  },
  {
    ...reading,
    name: 'zdiff',
    complexity: diffComplexity,
    summary: 'Gives the members of the first sorted set that no other has.',
    syntax: 'numkeys key [key ...] [WITHSCORES]',
    run: (call, args) => combine(call, args, 'diff', false),
  },
  {
    ...storing,
    name: 'zdiffstore',
    since: '6.2.0',
    complexity: diffComplexity,
    summary: 'Stores the members of the first sorted set that no other has.',
    syntax: 'destination numkeys key [key ...]',
    run: (call, args) => combine(call, args, 'diff', true),
  },
];
