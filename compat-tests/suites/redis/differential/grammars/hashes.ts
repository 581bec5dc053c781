/** Commands on hashes. */
import { lengthOnly, scannedPairs, unordered, unorderedPairs } from '../compare.ts';
import { command, type Grammar } from '../grammar.ts';

/** More than any hash of a run has. */
const all = '100000';

export const hashes: Grammar = {
  name: 'hashes',
  commands: [
    command('hset', (r) => [r.key('h'), ...r.times(1, 3, () => [r.member(), r.value()]).flat()], {
      weight: 5,
    }),
    command('hset', (r) => [r.key('h'), r.member(), String(r.between(-50, 50))], { weight: 2 }),
    command('hset', (r) => [r.key('h'), ...r.times(1, 4, () => r.member())]),
    command('hmset', (r) => [r.key('h'), ...r.times(1, 3, () => [r.member(), r.value()]).flat()]),
    command('hsetnx', (r) => [r.key('h'), r.member(), r.value()]),
    command('hget', (r) => [r.key('h'), r.member()], { weight: 2 }),
    command('hmget', (r) => [r.key('h'), ...r.times(1, 4, () => r.member())]),
    command('hdel', (r) => [r.key('h'), ...r.times(1, 3, () => r.member())], { weight: 3 }),
    command('hexists', (r) => [r.key('h'), r.member()]),
    command('hlen', (r) => [r.key('h')]),
    command('hstrlen', (r) => [r.key('h'), r.member()]),
    command('hincrby', (r) => [r.key('h'), r.member(), r.integer()], { weight: 2 }),
    command('hincrbyfloat', (r) => [r.key('h'), r.member(), r.float()], { weight: 2 }),
    command('hgetall', (r) => [r.key('h')], { rule: unorderedPairs, weight: 2 }),
    command('hkeys', (r) => [r.key('h')], { rule: unordered }),
    command('hvals', (r) => [r.key('h')], { rule: unordered }),
    command('hrandfield', (r) => [r.key('h'), r.pick([all, '0'])], { rule: unordered }),
    command('hrandfield', (r) => [r.key('h'), ...r.maybe(0.8, () => [r.pick(['2', '-3', 'abc'])])], {
      rule: lengthOnly,
    }),
    command('hrandfield', (r) => [r.key('h'), r.pick(['2', '-3']), r.pick(['withvalues', 'odd'])], {
      rule: lengthOnly,
    }),
    command('hscan', (r) => [r.key('h'), '0', 'count', all, ...r.maybe(0.3, () => ['match', r.pattern()])], {
      rule: scannedPairs,
    }),
  ],
};
