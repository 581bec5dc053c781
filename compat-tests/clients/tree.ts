/** A folder of several hundred files whose names and sizes are as odd as a file system allows. */
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { streamBytes } from '../lib/content.ts';
import { SeededRandom } from '../lib/random.ts';

const oddNames = [
  'plain.txt',
  'with space',
  ' leading space',
  'plus+plus',
  'per%cent',
  'per%25cent',
  'a%2Fb',
  'question?mark',
  'hash#mark',
  'amp&and=equals',
  'semi;colon',
  "quote'single",
  'quote"double',
  'brackets[]{}()',
  'less<more>',
  'tilde~',
  'back`tick',
  'comma,dot.',
  'at@dollar$',
  'star*bang!',
  'pipe|caret^',
  'back\\slash',
  'ünïcödé',
  '日本語',
  'emoji-\u{1f4a9}',
  'combining-e\u0301',
  '-dash-first',
  '.hidden',
  'UPPER and lower',
  'x'.repeat(200),
];

/** S3 shows whole seconds: a file written in the second of its upload would look newer than its object to `aws s3 sync`. */
const written = new Date('2024-02-29T12:34:56Z');

/** Writes `count` files under `folder`; the same seed gives the same tree. */
export function makeTree(folder: string, count: number, seed: string): void {
  const random = new SeededRandom(seed);
  const folders = ['', 'sub', 'sub/deeper', 'with space', 'ünïcödé/日本', 'a+b', '100%'];
  for (let i = 0; i < count; i += 1) {
    const odd = oddNames[i % oddNames.length] as string;
    const name = i < oddNames.length ? odd : `${i}-${odd}`;
    const size = random.pick([0, 1, 100, 4096, 65_536, 65_537, random.logBetween(1, 300_000)]);
    const path = join(folder, random.pick(folders), name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, streamBytes(`${seed} ${i}`, size));
    utimesSync(path, written, written);
  }
}

/** Relative names of all files, sorted. */
export function listTree(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

/** Throws with the first difference. */
export function compareTrees(expected: string, actual: string): void {
  const wanted = listTree(expected);
  const found = new Set(listTree(actual));
  for (const name of wanted) {
    if (!found.delete(name)) throw new Error(`${JSON.stringify(name)} is missing`);
    if (!readFileSync(join(expected, name)).equals(readFileSync(join(actual, name)))) {
      throw new Error(`${JSON.stringify(name)} differs`);
    }
  }
  for (const name of found) throw new Error(`${JSON.stringify(name)} is too much`);
}
