/** Finds out what the platform has for keeping functions in, and prepares it. */
import { mkdirSync, rmSync } from 'node:fs';
import type { EnvironmentSpec, Isolation } from '../api.ts';
import type { Engine } from '../engine.ts';
import { executorLimits } from '../limits.ts';
import type { Places } from '../variables.ts';
import { type ControlGroup, type ControlGroups, groupBytes, openControlGroups } from './cgroup.ts';
import { type Command, commandInRoom, openCommand, openPlaces, roomPlaces } from './command.ts';
import { type Enclosure, enclose } from './enclosure.ts';
import type { Door } from './network.ts';

export interface SurroundingsOptions {
  readonly node: string;
  /** Ours alone; made if it is not there. */
  readonly folder: string;
  readonly engines: readonly Engine[];
  readonly sdk: { readonly folder: string; readonly names: readonly string[] };
  readonly doors: () => readonly Door[];
  /** Where the gateway is for functions that have no network of their own. */
  readonly endpoint: string;
  /** Of a number below the limit. */
  readonly pick: (limit: number) => number;
  /** Of all functions together. */
  readonly memoryBytesMax: number | undefined;
  /** Names this executor's control groups. */
  readonly name: string;
}

/** What one environment has of it. */
export interface Place {
  readonly command: Command;
  readonly places: Places;
  readonly group: ControlGroup;
  release(): Promise<void>;
}

export interface Surroundings {
  readonly isolation: Isolation;
  /** @throws ExecutorUnavailable */
  place(spec: EnvironmentSpec, engine: Engine): Promise<Place>;
  /** Something may be prepared for the next one. */
  idle(): void;
  stop(): Promise<void>;
}

export async function prepareSurroundings(options: SurroundingsOptions): Promise<Surroundings> {
  const missing: string[] = [];
  rmSync(options.folder, { recursive: true, force: true });
  mkdirSync(options.folder, { recursive: true, mode: 0o711 });
  const uids = new Uids(options.pick);
  const enclosure = await enclose(options, missing, uids.take());
  const groups = openControlGroups(options.name, options.memoryBytesMax);
  if (!groups.memory)
    missing.push('No control group for memory can be made: what functions hold is only watched.');
  const boundsProcesses = groups.processes || enclosure?.ground.countsProcesses === true;
  if (!boundsProcesses)
    missing.push('No control group for processes can be made: their number is not bounded.');
  const hasRooms = enclosure !== undefined;
  const isolation: Isolation = {
    isForUntrusted: hasRooms,
    missing,
    uid: enclosure?.ground.kind === 'root',
    network: hasRooms,
    mounts: hasRooms,
    memory: groups.memory ? 'cgroup' : 'watched',
    processes: boundsProcesses,
  };
  return {
    isolation,
    place: (spec, engine) =>
      enclosure
        ? placeInRoom(enclosure, groups, uids, spec, engine)
        : placeInTheOpen(options, groups, spec, engine),
    idle: () => enclosure?.networks.refill(),
    async stop() {
      await enclosure?.close();
      groups.remove();
      rmSync(options.folder, { recursive: true, force: true });
    },
  };
}

async function placeInRoom(
  { tools, ground, closed, open, networks }: Enclosure,
  groups: ControlGroups,
  uids: Uids,
  spec: EnvironmentSpec,
  engine: Engine,
): Promise<Place> {
  const network = await networks.acquire(spec.functionId, spec.isTrusted);
  const uid = uids.take();
  try {
    const group = groups.make(spec.id, groupBytes(spec.memoryMb + engine.baseMb, spec.ephemeralMb));
    const room = spec.isTrusted ? open : closed;
    return {
      command: commandInRoom(spec, engine, { tools, ground, room, networkPid: network.pid, group, uid }),
      places: roomPlaces,
      group,
      async release() {
        network.release();
        await group.remove();
        uids.give(uid);
      },
    };
  } catch (error) {
    network.release();
    uids.give(uid);
    throw error;
  }
}

async function placeInTheOpen(
  { sdk, endpoint }: SurroundingsOptions,
  groups: ControlGroups,
  spec: EnvironmentSpec,
  engine: Engine,
): Promise<Place> {
  const places = openPlaces(spec, sdk.folder, endpoint);
  const group = groups.make(spec.id, groupBytes(spec.memoryMb + engine.baseMb, spec.ephemeralMb));
  return { command: openCommand(spec, engine, places), places, group, release: () => group.remove() };
}

/** Users that nobody is, one for each environment. */
class Uids {
  readonly #used = new Set<number>();
  readonly #pick: (limit: number) => number;

  constructor(pick: (limit: number) => number) {
    this.#pick = pick;
  }

  take(): number {
    for (;;) {
      const uid = executorLimits.uidFirst + this.#pick(executorLimits.uidCount);
      if (this.#used.has(uid)) continue;
      this.#used.add(uid);
      return uid;
    }
  }

  give(uid: number): void {
    this.#used.delete(uid);
  }
}
