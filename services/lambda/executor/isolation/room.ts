/** What functions see as `/`: made once in a mount namespace of its own, of which every environment takes a copy. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Engine } from '../engine.ts';
import type { Ground } from './ground.ts';
import { type Holder, hold } from './holder.ts';
import { type Tools, toolsPath } from './tools.ts';

const script = fileURLToPath(new URL('room.sh', import.meta.url));
export const enterScript = fileURLToPath(new URL('enter.sh', import.meta.url));
export const bootstrapFolder = fileURLToPath(new URL('../bootstrap', import.meta.url));

export interface Room extends Holder {
  /** Within the namespace. */
  readonly root: string;
}

export interface RoomOptions {
  readonly tools: Tools;
  readonly ground: Ground;
  /** An empty folder. */
  readonly folder: string;
  readonly node: string;
  readonly sdk: { readonly folder: string; readonly names: readonly string[] };
  readonly engines: readonly Engine[];
  /** The platform's programs can be started in it. */
  readonly isOpen: boolean;
}

export async function makeRoom({
  tools,
  ground,
  folder,
  node,
  sdk,
  engines,
  isOpen,
}: RoomOptions): Promise<Room> {
  const programs = [...new Set(engines.map(({ program }) => program))];
  const libraries = isOpen ? [] : new Set((await Promise.all(programs.map(librariesOf))).flat());
  const mounts = engines.flatMap((engine) => engine.mounts.map(({ from, to }) => `${to}=${from}`));
  const holder = await hold('a root folder for functions', [
    ...ground.enter(),
    tools.unshare,
    '--mount',
    tools.sh,
    script,
    folder,
    node,
    bootstrapFolder,
    [...libraries].join('\n'),
    sdk.folder,
    sdk.names.join('\n'),
    isOpen ? 'open' : 'closed',
    mounts.join('\n'),
  ]);
  return { ...holder, root: folder };
}

/** Of a program that is linked with shared libraries: their paths, the loader's included. */
async function librariesOf(program: string): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)('ldd', [program], { env: { PATH: toolsPath, LC_ALL: 'C' } });
  return [...stdout.matchAll(/^\s*(?:\S+ => )?(\/\S+) \(0x/gm)].map(([, path]) => path!);
}
