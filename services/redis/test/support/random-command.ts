/** Random commands over a few keys of a few databases, for tests that compare states. Not all of them succeed. */
type Random = () => number;

const pick = <T>(random: Random, of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
const keyNames = Array.from({ length: 40 }, (_, i) => `key:${i}`);
const key = (random: Random) => pick(random, keyNames);
const value = (random: Random) =>
  pick(random, ['', '1', '-5', '3.25', 'some text', '\x00\xff\x80', 'x'.repeat(Math.floor(random() * 300))]);

const database = (random: Random) => String(Math.floor(random() * 3));

const commands: readonly ((random: Random) => string[])[] = [
  (random) => ['set', key(random), value(random)],
  (random) => ['set', key(random), value(random)],
  (random) => ['del', key(random), key(random)],
  (random) => ['select', database(random)],
  (random) => [pick(random, ['rename', 'renamenx']), key(random), key(random)],
  (random) => ['copy', key(random), key(random), 'db', database(random), 'replace'],
  (random) => ['move', key(random), database(random)],
  (random) => ['pexpire', key(random), pick(random, ['1000000', '5000000', '-1'])],
  (random) => ['persist', key(random)],
  // Seldom: what is written of a checkpoint is of no use after them.
  (random) => (random() < 0.02 ? ['swapdb', database(random), database(random)] : ['get', key(random)]),
  (random) => (random() < 0.02 ? ['flushdb'] : ['dbsize']),
];

export function randomCommand(random: Random): string[] {
  return pick(random, commands)(random);
}
