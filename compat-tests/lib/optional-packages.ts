/** Programs that Hypergate runs where they are installed and does not bring itself: fetched by npm into a folder of their own. About 110 MB. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface OptionalPackages {
  /** Folder of the package. */
  readonly pyodide: string;
  /** The program. */
  readonly deno: string;
  dispose(): void;
}

const versions = ['deno@2.9.6', 'pyodide@314.0.7'] as const;

/** Nothing of them is run while they are installed: the program of Deno is a file of its package for the platform. */
export async function installOptionalPackages(): Promise<OptionalPackages> {
  const folder = mkdtempSync(join(tmpdir(), 'optional-'));
  // A folder without one of its own takes that of a folder above.
  mkdirSync(join(folder, 'node_modules'));
  const options = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder];
  await promisify(execFile)('npm', ['install', ...options, ...versions], { cwd: folder, timeout: 300_000 });
  const modules = join(folder, 'node_modules');
  const libc = process.platform === 'linux' ? '-glibc' : '';
  return {
    pyodide: join(modules, 'pyodide'),
    deno: join(modules, '@deno', `${process.platform}-${process.arch}${libc}`, 'deno'),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}
