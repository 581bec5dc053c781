/** The command line that starts a function's process. Nothing in it comes from the function's owner but `NODE_OPTIONS`, looked at before. */
import { join } from 'node:path';
import type { EnvironmentSpec } from '../api.ts';
import { executorLimits } from '../limits.ts';
import { nodeOptions, nodePath, type Places } from '../variables.ts';
import type { ControlGroup } from './cgroup.ts';
import type { Ground } from './ground.ts';
import { bootstrapFolder, enterScript, type Room } from './room.ts';
import { findTool, type Tools, toolsPath } from './tools.ts';

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

/** Of a function in a room. */
export const roomPlaces: Places = {
  task: '/var/task',
  layers: ['/opt'],
  runtime: '/var/runtime',
  endpoint: 'http://127.0.0.1:4566',
};

/** Where the platform has no rooms. */
export function openPlaces(spec: EnvironmentSpec, sdkFolder: string, endpoint: string): Places {
  return {
    task: spec.codeFolder,
    // Later ones win.
    layers: spec.layerFolders.toReversed(),
    runtime: join(sdkFolder, '..'),
    endpoint,
  };
}

/** @param places what the process sees */
function nodeArguments(spec: EnvironmentSpec, places: Places, main: string): string[] {
  const args = [`--max-old-space-size=${Math.max(64, Math.floor(spec.memoryMb * 0.9))}`, '--disable-sigusr1'];
  if (!spec.isTrusted) {
    args.push('--permission', '--allow-fs-write=/tmp/', '--allow-fs-read=/tmp/');
    // Node looks for packages in every folder above a module.
    const folders = [...ancestors(places.task), places.task, ...places.layers, places.runtime];
    for (const folder of folders) args.push(`--allow-fs-read=${folder}/`);
  }
  return [...args, main];
}

/** node_modules beside the folders that a folder is in. */
function ancestors(folder: string): string[] {
  const parts = folder.split('/').slice(1, -1);
  return ['', ...parts].map((_, at, all) => [...all.slice(0, at + 1), 'node_modules'].join('/'));
}

function initialVariables(spec: EnvironmentSpec, places: Places): Record<string, string> {
  const options = nodeOptions(spec);
  return {
    NODE_PATH: nodePath(spec.runtime, places),
    ...(options === '' ? {} : { NODE_OPTIONS: options }),
  };
}

export interface RoomUse {
  readonly tools: Tools;
  readonly ground: Ground;
  readonly room: Room;
  /** Of a process in the function's network. */
  readonly networkPid: number;
  readonly group: ControlGroup;
  readonly uid: number;
}

export function commandInRoom(spec: EnvironmentSpec, use: RoomUse): Command {
  const main = nodeArguments(spec, roomPlaces, '/var/runtime/bootstrap/main.mjs');
  return {
    ...enterRoom(spec, use, ['/var/lang/bin/node', ...main]),
    variables: { PATH: toolsPath, ...initialVariables(spec, roomPlaces) },
  };
}

/** @param command to start there */
export function enterRoom(
  {
    codeFolder,
    layerFolders,
    ephemeralMb,
  }: Pick<EnvironmentSpec, 'codeFolder' | 'layerFolders' | 'ephemeralMb'>,
  { tools, ground, room, networkPid, group, uid }: RoomUse,
  command: readonly string[],
): Omit<Command, 'variables'> {
  const isUser = ground.kind === 'user';
  // Its mounts and processes belong to a user namespace of its own, which holds what is shared with others as it was made.
  const user = isUser ? ['--user', '--map-root-user'] : [];
  return {
    program: tools.setpriv,
    args: [
      ...['--pdeathsig', 'KILL', '--no-new-privs', '--inh-caps=-all'],
      ...ground.enter(`--net=/proc/${networkPid}/ns/net`, `--mount=/proc/${room.pid}/ns/mnt`),
      ...[tools.unshare, ...user, '--mount', '--pid', '--fork', '--ipc', '--uts', '--kill-child=KILL'],
      ...[tools.sh, enterScript, ground.kind, room.root, codeFolder, layerFolders.toReversed().join(':')],
      ...[
        String(ephemeralMb),
        String(uid),
        ground.countsProcesses ? String(executorLimits.processesMax) : '',
      ],
      ...[group.folders.join(':'), ...command],
    ],
  };
}

/** It ends with the gateway, where the platform has a way to say so; what it started does not. */
export function openCommand(spec: EnvironmentSpec, node: string, places: Places): Command {
  const main = [node, ...nodeArguments(spec, places, join(bootstrapFolder, 'main.mjs'))];
  const setpriv = process.platform === 'linux' ? findTool('setpriv') : undefined;
  const [program, ...args] = setpriv ? [setpriv, '--pdeathsig', 'KILL', ...main] : main;
  return { program: program!, args, variables: initialVariables(spec, places) };
}
