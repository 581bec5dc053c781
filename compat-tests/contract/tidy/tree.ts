/** The repository as the house rules see it: packages and text files, without what npm, git and the gateway themselves make. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface TextFile {
  /** From the root, with `/`. */
  readonly path: string;
  readonly text: string;
}

export interface Package {
  readonly name: string;
  /** From the root, with `/`. */
  readonly folder: string;
  readonly exports: Readonly<Record<string, string>>;
}

export const root = fileURLToPath(new URL('../../../', import.meta.url));

const skippedFolders = new Set(['node_modules', '.git', '.hypergate', 'coverage', '.vitest', 'dist']);
const textEndings =
  /\.(?:ts|mjs|js|json|ya?ml|md|sh|py|txt|toml)$|(?:^|\/)(?:Dockerfile|\.dockerignore|\.gitignore|\.npmrc|run)$/;

export function readTree(folder: string = root): TextFile[] {
  return paths(folder)
    .map((path) => relative(folder, path).replaceAll('\\', '/'))
    .filter((path) => textEndings.test(path))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }));
}

function paths(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return skippedFolders.has(entry.name) ? [] : paths(path);
    return entry.isFile() ? [path] : [];
  });
}

export function readPackages(files: readonly TextFile[]): Package[] {
  return files
    .filter(({ path }) => path.endsWith('/package.json'))
    .map(({ path, text }) => {
      const manifest = JSON.parse(text) as { name: string; exports?: Record<string, string> };
      return {
        name: manifest.name,
        folder: path.slice(0, -'/package.json'.length),
        exports: manifest.exports ?? {},
      };
    });
}
