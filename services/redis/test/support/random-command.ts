/** Random commands over a few keys of a few databases, for tests that compare states. Not all of them succeed. */
type Random = () => number;

const pick = <T>(random: Random, of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
const keyNames = Array.from({ length: 40 }, (_, i) => `key:${i}`);
const key = (random: Random) => pick(random, keyNames);
const value = (random: Random) =>
  pick(random, ['', '1', '-5', '3.25', 'some text', '\x00\xff\x80', 'x'.repeat(Math.floor(random() * 300))]);

const commands: readonly ((random: Random) => string[])[] = [
  (random) => ['set', key(random), value(random)],
  (random) => ['set', key(random), value(random)],
  (random) => ['del', key(random), key(random)],
  (random) => ['select', String(Math.floor(random() * 3))],
];

export function randomCommand(random: Random): string[] {
  return pick(random, commands)(random);
}
