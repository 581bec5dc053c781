/**
 * Plain JavaScript for any Node from 18 on: makes sure that what follows runs under Node 24 or newer. Older ones cannot
 * run TypeScript files, so this stands before the first import of one.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const nodeMajorMin = 24;

/** Set in the environment of a bundled runtime, so that one which is itself too old does not start itself for ever. */
const marker = 'HYPERGATE_BUNDLED_RUNTIME';

/** @param {string} version such as `20.11.0` */
export function isSupported(version) {
  return Number.parseInt(version, 10) >= nodeMajorMin;
}

/**
 * Runs `start` here when this Node is new enough, else runs `entry` again under the runtime of the optional npm package
 * `node`, passing arguments, standard streams, signals and the exit code through. Without that package it prints one line and exits with 1.
 * @param {string} entryUrl `import.meta.url` of the entry point
 * @param {() => Promise<unknown>} start
 */
export async function underSupportedNode(entryUrl, start) {
  if (isSupported(process.versions.node)) {
    delete process.env[marker];
    await start();
    return;
  }
  const bundled =
    process.env[marker] === undefined ? findBundledNode(dirname(fileURLToPath(entryUrl))) : undefined;
  if (bundled === undefined) {
    fail(
      `Hypergate needs Node ${nodeMajorMin} or newer and this is ${process.versions.node}: install it from nodejs.org, or run ` +
        '`npm ci` without --ignore-scripts and --omit=optional, which brings a copy.',
    );
  }
  runUnder(bundled, fileURLToPath(entryUrl));
}

/** The nearest `node_modules/node/bin/node` from a folder upwards; npm may have put it in any of them. */
function findBundledNode(folder) {
  for (let at = folder; ; at = dirname(at)) {
    const candidate = join(at, 'node_modules', 'node', 'bin', 'node');
    if (existsSync(candidate)) return candidate;
    if (dirname(at) === at) return undefined;
  }
}

function runUnder(binary, entry) {
  const child = spawn(binary, [...process.execArgv, entry, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, [marker]: '1' },
  });
  const forwarded = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'];
  const handlers = forwarded.map((signal) => [signal, () => child.kill(signal)]);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  child.on('error', (error) => {
    fail(
      `The bundled Node at ${binary} does not run here (${error.message}): install Node ${nodeMajorMin} or newer.`,
    );
  });
  child.on('exit', (code, signal) => {
    for (const [name, handler] of handlers) process.off(name, handler);
    process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
  });
}

function fail(line) {
  process.stderr.write(`${line}\n`);
  process.exit(1);
}
