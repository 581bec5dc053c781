import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadWasmCurve } from '@hypergate/node/crypto/bls48581/wasm';
import { checkSrs, decodeSrs, verifierKeyOf } from '@hypergate/node/crypto/srs';
import { expect, test } from 'vitest';
import { cleanEnvironment, entry, run } from './gateway-process.ts';
import { temporaryFolder } from './temporary.ts';

test('a ceremony of two contributors gives a consistent reference string', async () => {
  const cwd = await temporaryFolder();
  const ceremony = (...args: string[]) => run(['ceremony', ...args], { cwd });
  expect(await ceremony('init', 'zero.json', '--powers', '9')).toMatchObject({ code: 0, error: '' });
  const first = await ceremony('contribute', 'zero.json', 'one.json');
  expect(first).toMatchObject({ code: 0, error: '' });
  const second = await withInput(
    ['ceremony', 'contribute', 'one.json', 'two.json', '--entropy-stdin'],
    cwd,
    'dice: 4',
  );
  expect(second.code).toBe(0);
  const hashes = [first.out, second.out].map((out) => /its hash: ([0-9a-f]{128})\n/.exec(out)![1]!);
  const verified = await ceremony('verify', 'two.json');
  expect(verified.code).toBe(0);
  for (const hash of hashes) expect(verified.out).toContain(hash);

  const exported = await ceremony('export', 'two.json', 'srs.bin', '--width', '8');
  expect(exported.code).toBe(0);
  const curve = await loadWasmCurve();
  const srs = decodeSrs(curve, await readFile(join(cwd, 'srs.bin')));
  expect(checkSrs(curve, srs)).toEqual([]);
  expect(JSON.parse(exported.out)).toEqual(verifierKeyOf(curve, srs));

  // One digit of a power changed on the way.
  const text = await readFile(join(cwd, 'two.json'), 'utf8');
  const { g1 } = JSON.parse(text) as { g1: string[] };
  await writeFile(join(cwd, 'bent.json'), text.replace(g1[4]!, g1[5]!));
  const bent = await ceremony('verify', 'bent.json');
  expect(bent).toMatchObject({ code: 1, out: '' });
  expect(bent.error).toMatch(/^hypergate: bent\.json: the powers do not have the hash .*\n$/);
  expect((await ceremony('contribute', 'bent.json', 'three.json')).code).toBe(1);
});

test('files are not replaced, and what is no transcript is told so', async () => {
  const cwd = await temporaryFolder();
  const ceremony = (...args: string[]) => run(['ceremony', ...args], { cwd });
  await writeFile(join(cwd, 'taken.json'), 'mine');
  const refused = await ceremony('init', 'taken.json', '--powers', '3');
  expect(refused).toMatchObject({ code: 1, error: 'hypergate: taken.json exists already\n' });
  expect(await readFile(join(cwd, 'taken.json'), 'utf8')).toBe('mine');
  expect(await ceremony('verify', 'taken.json')).toMatchObject({
    code: 1,
    error: 'hypergate: taken.json: the transcript is not JSON\n',
  });
  expect((await ceremony('verify', 'none.json')).error).toContain('it does not exist');
  expect(await ceremony('init', 'new.json', '--powers', 'many')).toMatchObject({ code: 2 });
  expect(await ceremony('init', 'new.json', '--powers', '100000')).toMatchObject({ code: 1 });
  expect(await ceremony('init')).toMatchObject({ code: 2 });
});

async function withInput(args: readonly string[], cwd: string, input: string) {
  const child = spawn(process.execPath, [entry, ...args], { cwd, env: cleanEnvironment(), stdio: 'pipe' });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (piece) => (out += piece));
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  return { code: code as number | null, out };
}
