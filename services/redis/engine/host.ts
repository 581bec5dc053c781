/** What the engine cannot know of itself: the process it runs in. */
export interface Host {
  readonly processId: number;
  readonly executable: string;
  /** `Linux 6.1.0 x86_64` */
  readonly operatingSystem: string;
  /** `Node.js 24.0.0` */
  readonly runtime: string;
  readonly systemMemoryBytes: number;
  memory(): HostMemory;
  /** Of the process since it began. */
  cpu(): { readonly userSeconds: number; readonly systemSeconds: number };
  /** Gives back what memory it can; @returns whether it could */
  collectGarbage(): boolean;
}

/** All in bytes. */
export interface HostMemory {
  /** Of the process, in RAM. */
  readonly resident: number;
  /** Live objects, and those not yet collected. */
  readonly heapUsed: number;
  /** Reserved for objects. */
  readonly heapTotal: number;
  readonly heapLimit: number;
  /** Buffers. */
  readonly external: number;
}

/** For an engine that runs in a simulation: nothing is known. */
export const noHost: Host = {
  processId: 0,
  executable: '',
  operatingSystem: '',
  runtime: '',
  systemMemoryBytes: 0,
  memory: () => ({ resident: 0, heapUsed: 0, heapTotal: 0, heapLimit: 0, external: 0 }),
  cpu: () => ({ userSeconds: 0, systemSeconds: 0 }),
  collectGarbage: () => false,
};
