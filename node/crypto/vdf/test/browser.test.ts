/** What verifiers need runs in browsers: no built-in of Node.js in the whole import tree of `index.ts`, and none of its globals. */
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
      else expect(target).toMatch(/^@noble\/hashes\//);
    }
  };
  visit(entry);
  return files;
}

test.each(['../index.ts', '../reference.ts'])(
  '%s imports no built-in and uses no global of Node.js',
  (entry) => {
    const files = importTree(new URL(entry, import.meta.url));
    expect(files.size).toBeGreaterThan(8);
    for (const [file, source] of files) {
      const code = source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      expect(`${file} ${/\b(Buffer|process|require|global|setImmediate)\b/.exec(code)?.[0] ?? 'clean'}`).toBe(
        `${file} clean`,
      );
    }
  },
);
