/** The command line that starts a function's process. Nothing in it comes from the function's owner but what its engine looked at. */
import { join } from 'node:path';
import type { EnvironmentSpec } from '../api.ts';
import type { Engine } from '../engine.ts';
import { executorLimits } from '../limits.ts';
import type { Places } from '../variables.ts';
import type { ControlGroup } from './cgroup.ts';
import type { Ground } from './ground.ts';
import { enterScript, type Room } from './room.ts';
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

export interface RoomUse {
  readonly tools: Tools;
  readonly ground: Ground;
  readonly room: Room;
  /** Of a process in the function's network. */
  readonly networkPid: number;
  readonly group: ControlGroup;
  readonly uid: number;
}

export function commandInRoom(spec: EnvironmentSpec, engine: Engine, use: RoomUse): Command {
  const { args, variables } = engine.command(spec, roomPlaces, true);
  const packages = engine.findsPackagesAbove ? 'above' : 'elsewhere';
  return {
    ...enterRoom(spec, use, [engine.programInRoom, ...args], packages),
    variables: { PATH: toolsPath, ...variables },
  };
}

/** @param command to start there @param packages whether packages of layers and of the SDK are put above the code */
export function enterRoom(
  {
    codeFolder,
    layerFolders,
    ephemeralMb,
  }: Pick<EnvironmentSpec, 'codeFolder' | 'layerFolders' | 'ephemeralMb'>,
  { tools, ground, room, networkPid, group, uid }: RoomUse,
  command: readonly string[],
  packages: 'above' | 'elsewhere' = 'elsewhere',
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
      ...[tools.bash, enterScript, ground.kind, room.root, codeFolder, layerFolders.toReversed().join(':')],
      ...[
        String(ephemeralMb),
        String(uid),
        ground.countsProcesses ? String(executorLimits.processesMax) : '',
      ],
      ...[group.folders.join(':'), packages, ...command],
    ],
  };
}

/** It ends with the gateway, where the platform has a way to say so; what it started does not. */
export function openCommand(spec: EnvironmentSpec, engine: Engine, places: Places): Command {
  const { args: own, variables } = engine.command(spec, places, false);
  const main = [engine.program, ...own];
  const setpriv = process.platform === 'linux' ? findTool('setpriv') : undefined;
  const [program, ...args] = setpriv ? [setpriv, '--pdeathsig', 'KILL', ...main] : main;
  return { program: program!, args, variables };
}
