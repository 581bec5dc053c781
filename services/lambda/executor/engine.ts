/** What a function's code runs in: the program of a process, and what it needs around it. All engines share rooms, networks and the Runtime API. */
import type { EnvironmentSpec } from './api.ts';
import type { Places } from './variables.ts';

/** A folder, or a file, that is there before a room is made. */
export interface EngineMount {
  readonly from: string;
  /** Below the room's root, without a slash in front. */
  readonly to: string;
}

export interface EngineCommand {
  readonly args: readonly string[];
  /** What only counts while the program starts: a function's own variables come later, over the Runtime API. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface Engine {
  readonly name: string;
  runs(spec: Pick<EnvironmentSpec, 'runtime' | 'isTrusted'>): boolean;
  /** MiB that it holds before anything of a function's: they are not counted as the function's. */
  readonly baseMb: number;
  /** The program, on the machine; rooms have the libraries that it is linked with. */
  readonly program: string;
  /** The program, in a room. */
  readonly programInRoom: string;
  readonly mounts: readonly EngineMount[];
  /** Packages of layers and of the SDK are put into folders above the function's code: it knows no other places. */
  readonly findsPackagesAbove?: boolean;
  /** Awaited before each start; prepares once, and never rejects. */
  prepare?(): Promise<void>;
  /** @param places what the process sees @param isInRoom it is in a room, else among the gateway's own files */
  command(spec: EnvironmentSpec, places: Places, isInRoom: boolean): EngineCommand;
  /** What its bootstrap is told beside what all are told. */
  told?(isInRoom: boolean): Readonly<Record<string, unknown>>;
}
