/** Functions for Node.js in the platform's own Node. */
import { join } from 'node:path';
import type { EnvironmentSpec } from '../api.ts';
import type { Engine, EngineCommand } from '../engine.ts';
import { nodeOptions, nodePath, type Places } from '../variables.ts';

export const nodeInRoom = '/var/lang/bin/node';

export const isNodeRuntime = (runtime: string): boolean => /^nodejs\d+\.x$/.test(runtime);

/** @param node the program @param bootstrap folder of `main.mjs` */
export function nodeEngine(node: string, bootstrap: string): Engine {
  return {
    name: 'node-child',
    runs: ({ runtime }) => isNodeRuntime(runtime),
    baseMb: 0,
    program: node,
    programInRoom: nodeInRoom,
    mounts: [],
    command: (spec, places, isInRoom) =>
      nodeCommand(spec, places, isInRoom ? '/var/runtime/bootstrap/main.mjs' : join(bootstrap, 'main.mjs')),
  };
}

/** @param places what the process sees @param main its first module */
export function nodeCommand(spec: EnvironmentSpec, places: Places, main: string): EngineCommand {
  const args = [`--max-old-space-size=${Math.max(64, Math.floor(spec.memoryMb * 0.9))}`, '--disable-sigusr1'];
  if (!spec.isTrusted) {
    args.push('--permission', '--allow-fs-write=/tmp/', '--allow-fs-read=/tmp/');
    // Node looks for packages in every folder above a module.
    const folders = [...ancestors(places.task), places.task, ...places.layers, places.runtime];
    for (const folder of folders) args.push(`--allow-fs-read=${folder}/`);
  }
  const options = nodeOptions(spec);
  return {
    args: [...args, main],
    variables: {
      NODE_PATH: nodePath(spec.runtime, places),
      ...(options === '' ? {} : { NODE_OPTIONS: options }),
    },
  };
}

/** node_modules beside the folders that a folder is in. */
function ancestors(folder: string): string[] {
  const parts = folder.split('/').slice(1, -1);
  return ['', ...parts].map((_, at, all) => [...all.slice(0, at + 1), 'node_modules'].join('/'));
}
