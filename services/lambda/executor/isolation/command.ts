/** The command line that starts a function's process. Nothing in it comes from the function's owner but what its engine looked at. */
import { join } from 'node:path';
import type { EnvironmentSpec } from '../api.ts';
import type { Engine } from '../engine.ts';
import type { Places } from '../variables.ts';
import type { ControlGroup } from './cgroup.ts';
import { enterScript, type Room } from './room.ts';
import { type Tools, toolsPath } from './tools.ts';

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
  readonly room: Room;
  /** Of a process in the function's network. */
  readonly networkPid: number;
  readonly group: ControlGroup;
  readonly uid: number;
}

export function commandInRoom(
  spec: EnvironmentSpec,
  engine: Engine,
  { tools, room, networkPid, group, uid }: RoomUse,
): Command {
  const { args, variables } = engine.command(spec, roomPlaces, true);
  return {
    program: tools.setpriv,
    args: [
      ...['--pdeathsig', 'KILL', '--no-new-privs', '--inh-caps=-all'],
      ...[tools.nsenter, `--net=/proc/${networkPid}/ns/net`, `--mount=/proc/${room.pid}/ns/mnt`],
      ...[tools.unshare, '--mount', '--pid', '--fork', '--ipc', '--uts', '--kill-child=KILL'],
      ...[tools.sh, enterScript, room.root, spec.codeFolder, spec.layerFolders.toReversed().join(':')],
      ...[String(spec.ephemeralMb), String(uid), group.folders.join(':')],
      engine.findsPackagesAbove ? 'above' : 'elsewhere',
      ...[engine.programInRoom, ...args],
    ],
    variables: { PATH: toolsPath, ...variables },
  };
}

export function openCommand(spec: EnvironmentSpec, engine: Engine, places: Places): Command {
  return { program: engine.program, ...engine.command(spec, places, false) };
}
