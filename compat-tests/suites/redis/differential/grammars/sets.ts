/** Commands on sets. What is picked at random is compared where all of a set is picked, or by how much it is. */
import { lengthOnly, scanned, unordered } from '../compare.ts';
import { command, type Grammar } from '../grammar.ts';
import type { RandomWords } from '../words.ts';

/** More than any set of a run has. */
const all = '100000';

const counted = (random: RandomWords) => {
  const keys = random.keys('e', 1, 3);
  return [random.chance(0.05) ? random.pick(['0', '-1', 'abc', '9']) : String(keys.length), ...keys];
};

export const sets: Grammar = {
  name: 'sets',
  commands: [
    command('sadd', (r) => [r.key('e'), ...r.times(1, 4, () => r.member())], { weight: 5 }),
    command('sadd', (r) => [r.key('e'), ...r.times(1, 4, () => String(r.between(-50, 50)))], { weight: 2 }),
    command('srem', (r) => [r.key('e'), ...r.times(1, 3, () => r.member())], { weight: 3 }),
    command('scard', (r) => [r.key('e')]),
    command('sismember', (r) => [r.key('e'), r.member()]),
    command('smismember', (r) => [r.key('e'), ...r.times(1, 4, () => r.member())]),
    command('smembers', (r) => [r.key('e')], { rule: unordered, weight: 2 }),
    command('smove', (r) => [r.key('e'), r.key('e'), r.member()], { weight: 2 }),
    command('sinter', (r) => r.keys('e'), { rule: unordered }),
    command('sunion', (r) => r.keys('e'), { rule: unordered }),
    command('sdiff', (r) => r.keys('e'), { rule: unordered }),
    command('sinterstore', (r) => [r.key('e'), ...r.keys('e')]),
    command('sunionstore', (r) => [r.key('e'), ...r.keys('e')]),
    command('sdiffstore', (r) => [r.key('e'), ...r.keys('e')]),
    command('sintercard', (r) => [
      ...counted(r),
      ...r.maybe(0.4, () => ['limit', r.pick(['0', '1', '2', '-1', 'abc'])]),
    ]),
    command('spop', (r) => [r.key('e'), r.pick([all, '0', '-1', 'abc'])], { rule: unordered }),
    command('srandmember', (r) => [r.key('e'), r.pick([all, '0'])], { rule: unordered }),
    command('srandmember', (r) => [r.key('e'), ...r.maybe(0.7, () => [r.pick(['2', '-3', '-10', 'abc'])])], {
      rule: lengthOnly,
    }),
    command('sscan', (r) => [r.key('e'), '0', 'count', all, ...r.maybe(0.3, () => ['match', r.pattern()])], {
      rule: scanned,
    }),
  ],
};
