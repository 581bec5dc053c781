/**
 * That control flow does not depend on secrets: garbling, transfers and all levels run with the same circuit and other inputs, deltas,
 * labels and masks, and every block of the code that handles them runs as often. Constant time this is not yet: what the runtime and
 * libraries do with a number is not seen (big integers of base transfers), nor is memory read at a secret place.
 */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Comparison, countingFlags } from './support/block-counts.ts';
import { planted } from './support/planted-branches.ts';

type Comparisons = Readonly<Record<string, Comparison>>;

let counted: { readonly planted: Comparisons; readonly work: Comparisons };

beforeAll(async () => {
  const entry = fileURLToPath(new URL('entries/control-flow.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [...countingFlags, entry], {
    maxBuffer: 16 * 1024 * 1024,
  });
  counted = JSON.parse(stdout);
});

describe('what is counted', () => {
  test.each(Object.keys(planted))('shows %s on a secret', (name) => {
    const { differences } = counted.planted[name]!;
    expect(differences).toContainEqual(expect.stringContaining('planted-branches.ts'));
  });

  test('shows nothing where masks select', () => {
    expect(counted.planted['no branch']).toMatchObject({ differences: [], functions: 1 });
  });

  test('is all code that handles secrets', () => {
    const root = new URL('../', import.meta.url);
    const all = ['block', 'garble', 'ot', 'levels'].flatMap((folder) =>
      readdirSync(new URL(folder, root), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => `${parentPath}/${name}`.slice(fileURLToPath(root).length)),
    );
    const ran = new Set(Object.values(counted.work).flatMap(({ files }) => files));
    expect(all.filter((file) => !ran.has(file) && !withoutFunctions.test(file))).toEqual([]);
    expect([...ran]).toEqual(expect.arrayContaining(['circuit/bits.ts', 'messages.ts', 'compare.ts']));
  });
});

/** Numbers, names, lists and types. */
const withoutFunctions = /(?:^|\/)(?:index|kinds|limits|correlated)\.ts$/;

test.each([
  ['garbling', 30],
  ['extended transfers', 45],
  ['base transfers', 65],
  ['semi-honest', 80],
  ['malicious', 150],
  ['three-party', 95],
  ['replicated secrets', 15],
])('%s: the same blocks run whatever the secrets are', (name, functionsMin) => {
  expect(counted.work[name]!.differences).toEqual([]);
  expect(counted.work[name]!.functions).toBeGreaterThanOrEqual(functionsMin);
});
