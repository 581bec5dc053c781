/**
 * Functions for Node.js of accounts that are not trusted in Deno, which denies what is not allowed by itself: files but the function's, the network
 * but the gateway, processes, native code, the inspector. The second wall; the first are the same namespaces, users and groups that all functions have.
 *
 * It speaks the Runtime API over the descriptor that it inherits, as Node does, by the same bootstrap: its `net.Socket` takes one, so nothing listens
 * anywhere for it. Packages are found through folders named node_modules above the function's code; enter.sh puts those of layers and the SDK there.
 */
import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { Engine } from '../engine.ts';
import { executorLimits } from '../limits.ts';
import { isNodeRuntime } from '../node/engine.ts';

/** What a function may know of the machine: no more than Node tells it. */
const system = 'cpus,gid,homedir,hostname,loadavg,networkInterfaces,osRelease,osUptime,systemMemoryInfo,uid';

/** @param program of the setting @throws Error when there is none */
export function findDeno(program: string | undefined): string {
  const found = program === undefined ? installed() : resolve(program);
  try {
    if (found === undefined) throw new Error('not installed');
    accessSync(found, constants.X_OK);
    return found;
  } catch {
    throw new Error(
      'HYPERGATE_LAMBDA_EXECUTOR is deno, and there is none: install the npm package deno beside the gateway (npm install deno), or name the program in HYPERGATE_LAMBDA_DENO.',
    );
  }
}

/** The program itself is in a package of the platform's name. */
function installed(): string | undefined {
  const libc = process.platform === 'linux' ? '-glibc' : '';
  const name = `@deno/${process.platform}-${process.arch}${libc}/package.json`;
  try {
    const ours = createRequire(import.meta.url);
    return join(dirname(createRequire(ours.resolve('deno/package.json')).resolve(name)), 'deno');
  } catch {
    return undefined;
  }
}

export function denoEngine(program: string): Engine {
  return {
    name: 'deno',
    runs: ({ runtime, isTrusted }) => !isTrusted && isNodeRuntime(runtime),
    baseMb: executorLimits.denoBaseMb,
    program,
    programInRoom: '/var/lang/bin/deno',
    mounts: [{ from: program, to: 'var/lang/bin/deno' }],
    findsPackagesAbove: true,
    command: ({ memoryMb }, { task, layers, runtime, endpoint }) => ({
      args: [
        ...['run', '--quiet', '--no-prompt', '--no-config', '--no-lock', '--node-modules-dir=manual'],
        // What is not here is not looked for elsewhere, where nothing answers.
        ...['--no-remote', '--cached-only'],
        `--v8-flags=--max-old-space-size=${Math.max(64, Math.floor(memoryMb * 0.9))}`,
        `--allow-net=${new URL(endpoint).host}`,
        `--allow-read=${[task, ...layers, runtime, '/node_modules', '/var/node_modules', '/tmp'].join(',')}`,
        ...['--allow-write=/tmp', '--allow-env', `--allow-sys=${system}`],
        `${runtime}/bootstrap/main.mjs`,
      ],
      variables: {
        // As Node takes them: CommonJS where nothing says otherwise, its globals, names without "node:".
        DENO_COMPAT: '1',
        DENO_DIR: '/var/runtime/deno',
        DENO_NO_UPDATE_CHECK: '1',
        NO_COLOR: '1',
      },
    }),
  };
}
