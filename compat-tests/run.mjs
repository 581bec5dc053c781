/**
 * What `npm test`, `npm run test:peers`, `npm run test:clients`, `npm run soak` and `npm run bench` start. `test` runs the vitest projects that
 * need nothing installed, `peers` compares with the real servers of Debian; the others hand their arguments to `main(args)` of the folder's main.ts.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { underSupportedNode } from '@hypergate/server/ensure-node.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
/** Tests that need nothing but npm. */
const everywhere = ['unit', 'keys', 'contract', 'compat', 's3'].flatMap((name) => ['--project', name]);
const modes = { clients: 'clients', soak: 'soak', bench: 'perf' };

await underSupportedNode(import.meta.url, async () => {
  const [mode, ...args] = process.argv.slice(2);
  if (mode === 'test') return runVitest(args.includes('--project') ? args : [...everywhere, ...args]);
  if (mode === 'peers') return runVitest(['--project', 'peers', ...args]);
  if (mode === undefined || !Object.hasOwn(modes, mode)) {
    fail(`usage: run.mjs test|peers|${Object.keys(modes).join('|')} [arguments]`);
  }
  const entry = join(here, modes[mode], 'main.ts');
  if (!existsSync(entry)) fail(`compat-tests/${modes[mode]}/main.ts is missing`);
  // The module may run by itself or export `main`; both are awaited to their end.
  process.argv = [process.argv[0], entry, ...args];
  const module = await import(pathToFileURL(entry).href);
  if (typeof module.main !== 'function') return;
  const code = await module.main(args);
  if (typeof code === 'number') process.exitCode = code;
});

/** vitest as a child of this very Node, so that its workers run under it too; its summary is the last thing printed. */
function runVitest(args) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  if (!existsSync(vitest)) fail('vitest is not installed: run `npm ci` without --omit=dev first');
  const child = spawn(process.execPath, [vitest, 'run', ...args], { cwd: root, stdio: 'inherit' });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.on('exit', (code, signal) => {
      process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
      resolve(undefined);
    });
  });
}

function fail(line) {
  process.stderr.write(`${line}\n`);
  process.exit(1);
}
