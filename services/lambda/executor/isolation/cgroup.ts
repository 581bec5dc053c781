/** Memory and processes of an environment bounded by control groups, version 1 or 2, below the group that the gateway itself is in. */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { executorLimits } from '../limits.ts';
import { takeGroup } from './delegated-group.ts';

const MiB = 1024 * 1024;

export interface ControlGroup {
  /** Folders whose `cgroup.procs` a process has to join. */
  readonly folders: readonly string[];
  /** What its processes hold beside files: bytes. Undefined where that cannot be known. */
  usedBytes(): number | undefined;
  /** Most that was held at a time, files included. */
  peakBytes(): number | undefined;
  /** The kernel ended a process of it because of its memory. */
  ranOut(): boolean;
  processes(): readonly number[];
  remove(): Promise<void>;
}

export interface ControlGroups {
  readonly memory: boolean;
  readonly processes: boolean;
  make(id: string, memoryBytesMax: number): ControlGroup;
  remove(): void;
}

interface Place {
  readonly version: 1 | 2;
  readonly folder: string;
  readonly hasMemory: boolean;
  readonly hasProcesses: boolean;
}

const read = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
};

/**
 * Where groups of ours can be made.
 * @param name of the folder that holds them
 * @param memoryBytesMax of all together: what stands in their /tmp is counted nowhere else
 */
export function openControlGroups(name: string, memoryBytesMax: number | undefined): ControlGroups {
  const places = findPlaces(name);
  if (memoryBytesMax !== undefined)
    for (const place of places) if (place.hasMemory) boundMemory(place, memoryBytesMax);
  return {
    memory: places.some(({ hasMemory }) => hasMemory),
    processes: places.some(({ hasProcesses }) => hasProcesses),
    make: (id, memoryBytesMax) => makeGroup(places, id, memoryBytesMax),
    remove: () => {
      for (const { folder } of places) removeTree(folder);
    },
  };
}

/** Tells whose groups they are, so that what a gateway that was killed left behind is known as such. */
export const groupName = (pid: number, random: string): string => `hypergate-${pid}-${random}`;

/** Of processes that are gone. Groups in which somebody still is cannot be removed, and stay. */
function sweepGroups(own: string): void {
  for (const name of readdirSync(own)) {
    const pid = /^hypergate-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) removeTree(join(own, name));
  }
}

function findPlaces(name: string): Place[] {
  const places: Place[] = [];
  for (const line of (read('/proc/self/cgroup') ?? '').trim().split('\n')) {
    const [hierarchy, controllers = '', path = '/'] = line.split(':');
    const wanted = controllers
      .split(',')
      .filter((controller) => controller === 'memory' || controller === 'pids');
    if (hierarchy === '0') {
      const own = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified']
        .map((root) => join(root, path))
        .find((folder) => existsSync(join(folder, 'cgroup.controllers')));
      if (own) places.push(...openVersion2(own, name));
    } else if (wanted.length > 0) {
      const own = join('/sys/fs/cgroup', controllers, path);
      const folder = join(own, name);
      if (!tryMake(folder)) continue;
      sweepGroups(own);
      places.push({
        version: 1,
        folder,
        hasMemory: wanted.includes('memory') && existsSync(join(folder, 'memory.limit_in_bytes')),
        hasProcesses: wanted.includes('pids'),
      });
    }
  }
  return places;
}

function openVersion2(own: string, name: string): Place[] {
  const available = (read(join(own, 'cgroup.controllers')) ?? '').trim().split(' ');
  const wanted = ['memory', 'pids'].filter((controller) => available.includes(controller));
  if (wanted.length === 0) return [];
  try {
    const parent = takeGroup(own, wanted);
    sweepGroups(parent);
    const folder = join(parent, name);
    if (!tryMake(folder)) return [];
    const controllers = wanted.map((controller) => `+${controller}`).join(' ');
    writeFileSync(join(folder, 'cgroup.subtree_control'), controllers);
    return [
      { version: 2, folder, hasMemory: wanted.includes('memory'), hasProcesses: wanted.includes('pids') },
    ];
  } catch {
    return [];
  }
}

function tryMake(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    accessSync(join(folder, 'cgroup.procs'), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function makeGroup(places: readonly Place[], id: string, memoryBytesMax: number): ControlGroup {
  const groups = places.map((place) => ({ ...place, folder: join(place.folder, id) }));
  for (const { folder, version, hasMemory, hasProcesses } of groups) {
    mkdirSync(folder);
    if (hasMemory) boundMemory({ folder, version }, memoryBytesMax);
    // Version 2 counts what connections hold as memory.
    const sockets = join(folder, 'memory.kmem.tcp.limit_in_bytes');
    if (hasMemory && version === 1 && existsSync(sockets))
      writeFileSync(sockets, String(executorLimits.socketsBytesMax));
    // All of an environment ends, or nothing of it.
    if (hasMemory && version === 2) writeFileSync(join(folder, 'memory.oom.group'), '1');
    if (hasProcesses) writeFileSync(join(folder, 'pids.max'), String(executorLimits.processesMax));
  }
  const memory = groups.find(({ hasMemory }) => hasMemory);
  const file = (one: string, two: string) =>
    memory && read(join(memory.folder, memory.version === 1 ? one : two));
  return {
    folders: groups.map(({ folder }) => folder),
    usedBytes() {
      const text = file('memory.stat', 'memory.stat');
      const found = text && /^(?:rss|anon) (\d+)$/m.exec(text);
      return found ? Number(found[1]) : undefined;
    },
    peakBytes() {
      const text = file('memory.max_usage_in_bytes', 'memory.peak');
      return text === undefined ? undefined : Number(text);
    },
    ranOut() {
      const text = file('memory.oom_control', 'memory.events');
      return text !== undefined && /^oom_kill [1-9]/m.test(text);
    },
    processes() {
      const text = groups[0] && read(join(groups[0].folder, 'cgroup.procs'));
      return (text ?? '').split('\n').filter(Boolean).map(Number);
    },
    async remove() {
      // Processes that were killed are in it until the kernel has taken them apart.
      for (let tries = 0; tries < executorLimits.controlGroupTries; tries++) {
        if (groups.every(({ folder }) => removeTree(folder))) return;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}

/** Without swapping, which would slow down everybody. */
function boundMemory({ folder, version }: Pick<Place, 'folder' | 'version'>, bytesMax: number): void {
  const [limit, swap] =
    version === 1
      ? (['memory.limit_in_bytes', 'memory.swappiness'] as const)
      : (['memory.max', 'memory.swap.max'] as const);
  writeFileSync(join(folder, limit), String(bytesMax));
  if (existsSync(join(folder, swap))) writeFileSync(join(folder, swap), '0');
}

/** @returns whether it is gone */
function removeTree(folder: string): boolean {
  if (!existsSync(folder)) return true;
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) removeTree(join(folder, entry.name));
    }
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

/** Room for an environment: what it may hold, and what its /tmp holds, which is memory here and is not on AWS. */
export const groupBytes = (memoryMb: number, ephemeralMb: number) => (memoryMb + ephemeralMb + 16) * MiB;
