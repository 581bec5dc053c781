import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { proofReaders } from '../gen/readers.ts';
import { generateReaders } from '../generate-readers.ts';

test('the list of services is that of the folder: run `node gateway/verifier/generate-readers.ts`', async () => {
  const listed = await readFile(new URL('../gen/readers.ts', import.meta.url), 'utf8');
  expect(listed).toBe(await generateReaders());
  expect([...proofReaders.keys()]).toContain('s3');
});

test('services whose verifying part describes proofs are listed, and nothing else is loaded', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hypergate-services-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const service = async (folderName: string, manifest: object) => {
    await mkdir(join(folder, folderName));
    await writeFile(join(folder, folderName, 'package.json'), JSON.stringify(manifest));
  };
  const exports = { '.': './index.ts', './verify': './verify/index.ts' };
  await service('kv-two', { name: '@hypergate/kv-two', exports });
  await service('kms', { name: '@hypergate/kms', exports });
  await service('table', { name: '@hypergate/table', exports });
  await service('sts', { name: '@hypergate/sts', exports: { '.': './index.ts' } });
  await service('old', { name: '@hypergate/old' });
  await service('evil', { name: 'evil', exports });
  await mkdir(join(folder, "x'; import 'evil"));
  const asked: string[] = [];
  const text = await generateReaders(pathToFileURL(`${folder}/`), async (name) => {
    asked.push(name);
    const proofScheme = name.includes('kms') ? { proofScheme: 'keys' } : {};
    return { describeProof: name.includes('table') ? 'no function' : () => undefined, ...proofScheme };
  });
  expect(asked).toEqual(['@hypergate/kms/verify', '@hypergate/kv-two/verify', '@hypergate/table/verify']);
  expect(text.match(/^import \{.*$/gm)).toEqual([
    "import { describeProof as readKms } from '@hypergate/kms/verify';",
    "import { describeProof as readKvTwo } from '@hypergate/kv-two/verify';",
  ]);
  expect(text.match(/^ {2}\[.*$/gm)).toEqual(["  ['keys', readKms],", "  ['kv-two', readKvTwo],"]);
});
