/** The kernel runs in browsers and without the assembler: what its import tree may hold. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

function importTree(entry: URL): Map<string, string> {
  const files = new Map<string, string>();
  const visit = (file: URL): void => {
    if (files.has(file.href)) return;
    const source = readFileSync(file, 'utf8');
    files.set(file.href, source);
    for (const [, target] of source.matchAll(/from '([^']+)'/g)) {
      if (target!.startsWith('.')) visit(new URL(target!, file));
      else expect(target).toMatch(/^@noble\/(?:hashes|curves)\//);
    }
  };
  visit(entry);
  return files;
}

test('no built-in of Node.js, none of its globals, no assembler', () => {
  const files = importTree(new URL('../index.ts', import.meta.url));
  expect(files.size).toBeGreaterThan(12);
  expect([...files.keys()].filter((file) => file.includes('/emit/'))).toEqual([]);
  for (const [file, source] of files) {
    if (file.includes('/gen/')) continue;
    const code = source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    expect(`${file} ${/\b(Buffer|process|require|global|setImmediate)\b/.exec(code)?.[0] ?? 'clean'}`).toBe(
      `${file} clean`,
    );
  }
});
