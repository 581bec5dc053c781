/** When keys go. Times are far off or past, so that no key expires between two servers. */
import { about, aboutMillisecond, aboutSecond, farSeconds } from '../compare.ts';
import { command, type Grammar } from '../grammar.ts';
import type { RandomWords } from '../words.ts';

const condition = (random: RandomWords) => [
  ...random.maybe(0.5, () => [random.option(random.pick(['nx', 'xx', 'gt', 'lt']))]),
  ...random.maybe(0.08, () => [random.pick(['nx', 'xx', 'gt', 'lt', 'odd'])]),
];

/** Not GT nor LT: whether the same time from now is later than it was is up to the millisecond. */
const simpleCondition = (random: RandomWords) =>
  random.maybe(0.5, () => [random.option(random.pick(['nx', 'xx', 'odd']))]);

const boundary = [
  '9223372036854775807',
  '-9223372036854775808',
  '9223372036854775',
  '-9223372036854776',
  'abc',
  '',
  '1.5',
];
const pick = (random: RandomWords, usual: readonly string[]) =>
  random.chance(0.08) ? random.pick(boundary) : random.pick(usual);

const seconds = ['1000', '2000', '30000', '400000', '5000000', '-1', '0'];
const milliseconds = ['1000000', '2000000', '30000000', '400000000', '-1', '0'];
const [far, farther] = farSeconds;
const times = [`${far}`, `${far + 1}`, `${farther}`, '1', '0', '-5'];
const millisecondTimes = [`${far}000`, `${far}001`, `${farther}000`, '1', '0', '-5'];

export const expiry: Grammar = {
  name: 'expiry',
  commands: [
    command('set', (r) => [r.key('s'), r.value()]),
    command('expire', (r) => [r.anyKey(), pick(r, seconds), ...simpleCondition(r)], { weight: 4 }),
    command('pexpire', (r) => [r.anyKey(), pick(r, milliseconds), ...simpleCondition(r)], { weight: 2 }),
    command('expireat', (r) => [r.anyKey(), pick(r, times), ...condition(r)], { weight: 3 }),
    command('pexpireat', (r) => [r.anyKey(), pick(r, millisecondTimes), ...condition(r)], { weight: 2 }),
    command('persist', (r) => [r.anyKey()], { weight: 2 }),
    command('ttl', (r) => [r.anyKey()], { rule: about(1000), weight: 2 }),
    command('pttl', (r) => [r.anyKey()], { rule: about(1_000_000) }),
    command('expiretime', (r) => [r.anyKey()], { rule: aboutSecond }),
    command('pexpiretime', (r) => [r.anyKey()], { rule: aboutMillisecond }),
  ],
};
