/**
 * Functions for Python: CPython as WebAssembly (the npm package `pyodide`) in the same Node process, walls and Runtime API that functions for
 * Node.js have. The package is nobody's dependency here, since its licence is MPL-2.0: whoever wants Python installs it beside the gateway.
 *
 * One CPython, the package's, runs all of `python3.9` to `python3.14`. What does not work is what WebAssembly has not: threads, processes, and
 * packages with native code that were not built for it. Connections work, because Node's WebAssembly lets a call wait for a promise; servers do not. No
 * boto3 is there unless the package or a layer of the function brings it. What is in the interpreter is not counted as memory of the function.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Engine } from '../engine.ts';
import { executorLimits } from '../limits.ts';
import { nodeCommand, nodeInRoom } from '../node/engine.ts';
import { Snapshot } from './snapshot.ts';

export interface PyodideOptions {
  readonly node: string;
  /** Of the package. */
  readonly folder: string;
  /** Ours alone; made if it is not there. */
  readonly snapshots: string;
  /** Told why environments start slowly, when they do. */
  readonly warn: (sentence: string) => void;
}

export const isPythonRuntime = (runtime: string): boolean => /^python3\.(?:9|1[0-4])$/.test(runtime);

/** To whoever calls a function of Python where there is none. */
export const pyodideHint =
  'Python needs the npm package pyodide: install it beside the gateway (npm install pyodide), or name its folder in HYPERGATE_LAMBDA_PYODIDE, and start the gateway again.';

const bootstrap = fileURLToPath(new URL('bootstrap', import.meta.url));
const inRoom = 'var/runtime/pyodide';

/** @param folder of the setting @returns where the package is, if there is one @throws Error when what was named is not there */
export function findPyodide(folder: string | undefined): string | undefined {
  if (folder !== undefined) {
    if (existsSync(join(folder, 'pyodide.mjs'))) return resolve(folder);
    throw new Error('HYPERGATE_LAMBDA_PYODIDE is not the folder of the npm package pyodide.');
  }
  try {
    return dirname(createRequire(import.meta.url).resolve('pyodide/package.json'));
  } catch {
    return undefined;
  }
}

export function pyodideEngine({ node, folder, snapshots, warn }: PyodideOptions): Engine {
  const snapshot = new Snapshot({
    node,
    folder,
    place: snapshots,
    script: join(bootstrap, 'snapshot.mjs'),
    warn,
  });
  return {
    name: 'pyodide',
    runs: ({ runtime }) => isPythonRuntime(runtime),
    baseMb: executorLimits.pythonBaseMb,
    program: node,
    programInRoom: nodeInRoom,
    mounts: [
      { from: folder, to: `${inRoom}/package` },
      { from: bootstrap, to: `${inRoom}/bootstrap` },
      { from: snapshots, to: `${inRoom}/snapshots` },
    ],
    prepare: () => snapshot.ready(),
    command(spec, places, isInRoom) {
      const main = isInRoom ? `/${inRoom}/bootstrap/main.mjs` : join(bootstrap, 'main.mjs');
      return nodeCommand(spec, places, main);
    },
    told(isInRoom) {
      const at = isInRoom ? `/${inRoom}/snapshots` : snapshots;
      return {
        python: {
          folder: isInRoom ? `/${inRoom}/package` : folder,
          ...(snapshot.name === undefined ? {} : { snapshot: join(at, snapshot.name) }),
        },
      };
    },
  };
}
