/** The house rules, checked over the whole repository; each rule first proves itself on a planted fault. */
import { describe, expect, test } from 'vitest';
import { checkImports, importsOf } from './tidy/imports.ts';
import { checkGenerated, checkSizes, checkTests, checkText } from './tidy/text.ts';
import { type Package, readPackages, readTree, type TextFile } from './tidy/tree.ts';

const files = readTree();
const packages = readPackages(files);

test('the tree was found', () => {
  expect(packages.map(({ name }) => name)).toContain('@hypergate/server');
  expect(files.length).toBeGreaterThan(50);
});

test('imports follow the directions of the architecture', () => {
  expect(checkImports(files, packages)).toEqual([]);
});
test('no file is longer than the limit', () => expect(checkSizes(files)).toEqual([]));
test('no forbidden word, no path of a machine, no registry', () => expect(checkText(files)).toEqual([]));
test('no test is left out', () => expect(checkTests(files)).toEqual([]));
test('every generated file can be made again', () => expect(checkGenerated(files)).toEqual([]));

describe('planted faults are found', () => {
  const planted: Package[] = [
    { name: '@hypergate/kit', folder: 'gateway/kit', exports: { '.': './index.ts' } },
    { name: '@hypergate/server', folder: 'gateway/server', exports: { '.': './index.ts' } },
    { name: '@hypergate/verifier', folder: 'gateway/verifier', exports: { '.': './index.ts' } },
    { name: '@hypergate/node', folder: 'node', exports: { './*': './*/index.ts' } },
    { name: '@hypergate/table', folder: 'services/table', exports: { '.': './index.ts' } },
    {
      name: '@hypergate/s3',
      folder: 'services/s3',
      exports: { '.': './index.ts', './verify': './verify/index.ts' },
    },
    { name: '@hypergate/kms', folder: 'services/kms', exports: { '.': './index.ts' } },
  ];
  const present = [
    ...planted.flatMap(({ folder }) => [`${folder}/index.ts`]),
    ...['api', 'crypto', 'hypergraph', 'crypto/verenc', 'store', 'sim', 'embedded', 'verifier'].map(
      (name) => `node/${name}/index.ts`,
    ),
    'node/store/kv.ts',
    'services/s3/verify/index.ts',
    'services/s3/ops/get.ts',
    'services/s3/wire/list.ts',
    'services/s3/engine/list.ts',
  ].map((path): TextFile => ({ path, text: '' }));
  const faults = (path: string, text: string) => checkImports([...present, { path, text }], planted);

  test.each([
    ['gateway/kit/a.ts', "import { x } from '@hypergate/node/api';"],
    ['gateway/kit/a.ts', "import { x } from '../server/index.ts';"],
    ['gateway/verifier/a.ts', "import { x } from '@hypergate/s3';"],
    ['gateway/verifier/a.ts', "import { x } from '@hypergate/kit';"],
    ['gateway/verifier/a.ts', "import { x } from '@hypergate/node/embedded';"],
    ['gateway/verifier/a.ts', "import { x } from '@hypergate/node/crypto';"],
    ['gateway/verifier/a.ts', "import type { x } from '@hypergate/node/api';"],
    ['services/s3/verify/a.ts', "import { x } from '@hypergate/verifier';"],
    ['node/verifier/a.ts', "import { x } from '@hypergate/verifier';"],
    ['services/s3/a.ts', "import { x } from '@hypergate/kms';"],
    ['services/s3/test/a.test.ts', "import { x } from '@hypergate/kms';"],
    ['services/s3/a.ts', "import { x } from '@hypergate/node/store';"],
    ['services/s3/a.ts', "import type { x } from '../kms/index.ts';"],
    ['services/s3/a.ts', ['const x = await import', "('@hypergate/kms');"].join('')],
    ['services/table/a.ts', "import { x } from '@hypergate/kit';"],
    ['services/table/a.ts', "import { x } from '@hypergate/node/store';"],
    ['services/s3/wire/a.ts', "import { x } from '../engine/list.ts';"],
    ['services/s3/wire/a.ts', "import { x } from '../ops/get.ts';"],
    ['services/s3/engine/a.ts', "import { x } from '../wire/list.ts';"],
    ['services/s3/engine/a.ts', "import type { x } from '@hypergate/node/api';"],
    ['services/s3/engine/a.ts', "import type { x } from '@hypergate/table';"],
    ['node/crypto/a.ts', "import { x } from '../hypergraph/index.ts';"],
    ['node/hypergraph/a.ts', "import { x } from '../store/kv.ts';"],
    ['node/hypergraph/a.ts', "import { x } from '../embedded/index.ts';"],
    ['node/embedded/a.ts', "import { x } from '../sim/index.ts';"],
    ['node/hypergraph/a.ts', "import { x } from '@hypergate/kit';"],
    ['gateway/server/a.ts', "import { x } from '@hypergate/kit/aws/port';"],
    ['gateway/server/a.ts', "import { x } from '@hypergate/nothing';"],
    ['gateway/server/a.ts', "export * from './none.ts';"],
    ['gateway/server/a.ts', "import {\n  x,\n  y,\n} from '../kit/index.ts';"],
  ])('%s: %s', (path, text) => expect(faults(path, text)).not.toEqual([]));

  test.each([
    [
      'gateway/server/a.ts',
      "import { x } from '@hypergate/kit';\nimport { y } from '@hypergate/node/embedded';",
    ],
    [
      'services/s3/a.ts',
      "import { x } from '@hypergate/kit';\nimport type { y } from '@hypergate/node/api';",
    ],
    [
      'gateway/verifier/a.ts',
      "import { x } from '@hypergate/s3/verify';\nimport { y } from '@hypergate/node/verifier';",
    ],
    ['gateway/server/a.ts', "import { x } from '@hypergate/verifier';"],
    ['services/s3/test/a.test.ts', "import { x } from '@hypergate/node/sim';"],
    ['services/s3/ops/a.ts', "import { x } from '../engine/list.ts';\nimport { y } from '../wire/list.ts';"],
    ['services/table/a.ts', "import { x } from '@hypergate/node/crypto';"],
    ['services/table/a.ts', "import { x } from '@hypergate/node/crypto/verenc';"],
    [
      'node/hypergraph/a.ts',
      "import type { x } from '../store/kv.ts';\nimport { y } from '../crypto/index.ts';",
    ],
    ['node/embedded/a.ts', "import { x } from '../hypergraph/index.ts';"],
    ['node/embedded/test/a.test.ts', "import { x } from '../../sim/index.ts';"],
  ])('%s may: %s', (path, text) => expect(faults(path, text)).toEqual([]));

  test('every way to write an import is seen', () => {
    const text = [
      "import a from 'a';",
      "import 'b';",
      "import type { C } from 'c';",
      "export { d } from 'd';",
      "export * from 'e';",
      "export type { F } from 'f';",
      "const g = await import('g');",
      "import {\n  h,\n} from 'h';",
      "export const text = 'from nowhere';",
    ].join('\n');
    expect(
      importsOf(text)
        .map(({ specifier }) => specifier)
        .sort(),
    ).toEqual([...'abcdefgh']);
  });

  const file = (path: string, text: string): TextFile[] => [{ path, text }];

  test('sizes', () => {
    expect(checkSizes(file('a.ts', 'x\n'.repeat(501)))).toHaveLength(1);
    expect(checkSizes(file('gen/a.ts', 'x\n'.repeat(501)))).toEqual([]);
    expect(checkSizes(file('a.ts', 'x\n'.repeat(500)))).toEqual([]);
  });

  test.each([
    ['TO', 'DO: later'],
    ['a st', 'ub'],
    ['good for ', 'now'],
    ['cd /wo', 'rk/main'],
    ['x=/ho', 'me/somebody/x'],
    ['"resolved": "http', 's://a.example/b.tgz"'],
    ['https://registry', '.npmjs.org/x'],
  ])('text: %s%s', (left, right) => expect(checkText(file('a.md', left + right))).toHaveLength(1));

  test('innocent text passes', () => {
    const text = `stubborn, todos los dias, forever now, networks${'/'}work/x, "resolved": "node"`;
    expect(checkText(file('a.md', text))).toEqual([]);
  });

  test('tests that are left out', () => {
    const text = `test.${'skip'}('x', () => undefined);`;
    expect(checkTests(file('a/test/a.test.ts', text))).toHaveLength(1);
  });

  test('generated files without a generator or a comparison', () => {
    const made = { path: 'a/gen/x.ts', text: '// Generated by a/generate.ts from y; not edited by hand.\n' };
    const generator = { path: 'a/generate.ts', text: '' };
    const compare = { path: 'a/test/x.test.ts', text: "import { make } from '../generate.ts';" };
    expect(checkGenerated([{ path: 'a/gen/x.ts', text: '' }])).toHaveLength(1);
    expect(checkGenerated([made])).toHaveLength(1);
    expect(checkGenerated([made, generator])).toHaveLength(1);
    expect(checkGenerated([made, generator, compare])).toEqual([]);
  });
});
