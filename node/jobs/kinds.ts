/** Kinds of jobs that a node runs, one row each: a new one is added here and nowhere else. */
import { jobLimits } from './limits.ts';

/** What the module of a kind exports: from bytes to bytes. */
export interface JobModule {
  /**
   * @param seed of the party that the node is, for kinds that ask for it; the module overwrites it when it is done
   * @throws JobRefused when the payload is not what it should be
   */
  run(payload: Uint8Array, seed?: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** Jobs of a lane are begun in their order, so many at once. */
export interface JobLane {
  readonly name: string;
  readonly atOnceMax: number;
}

export interface JobKind {
  /** Loaded in the job's thread alone: the gateway does not pay for jobs that it never runs. */
  readonly module: URL;
  readonly payloadBytesMax: number;
  readonly lane: JobLane;
  /** It is given the seed of the party that the node is. */
  readonly isParty?: boolean;
  /** A job that takes longer is ended. */
  readonly timeMsMax: (payloadBytes: number) => number;
}

const bySize = (payloadBytes: number): number =>
  jobLimits.startMs + Math.ceil(payloadBytes / 1024) * jobLimits.msPerKibibyte;

const workers: JobLane = { name: 'workers', atOnceMax: jobLimits.workersMax };
const parties: JobLane = { name: 'parties', atOnceMax: jobLimits.partiesMax };
const allParties: JobLane = { name: 'all-parties', atOnceMax: jobLimits.allPartiesMax };

export const jobKinds: ReadonlyMap<string, JobKind> = new Map([
  [
    'mpc.inspect',
    {
      module: new URL('./mpc/jobs/inspect.ts', import.meta.url),
      payloadBytesMax: jobLimits.circuitBytesMax,
      lane: workers,
      timeMsMax: bySize,
    },
  ],
  [
    'mpc.compile',
    {
      module: new URL('./mpc/jobs/compile.ts', import.meta.url),
      payloadBytesMax: jobLimits.sourceBytesMax,
      lane: workers,
      timeMsMax: () => jobLimits.compileMs,
    },
  ],
  [
    'mpc.party-key',
    {
      module: new URL('./mpc/jobs/party-key.ts', import.meta.url),
      payloadBytesMax: 0,
      lane: workers,
      isParty: true,
      timeMsMax: () => jobLimits.startMs,
    },
  ],
  [
    'mpc.party',
    {
      module: new URL('./mpc/jobs/party.ts', import.meta.url),
      payloadBytesMax: jobLimits.circuitBytesMax + jobLimits.partyTextBytesMax,
      lane: parties,
      isParty: true,
      // It has limits of its own, which are not longer.
      timeMsMax: () => jobLimits.startMs + jobLimits.partyMsMax,
    },
  ],
  [
    'mpc.all-parties',
    {
      module: new URL('./mpc/jobs/all-parties.ts', import.meta.url),
      payloadBytesMax: jobLimits.circuitBytesMax + jobLimits.partyTextBytesMax,
      lane: allParties,
      timeMsMax: () => jobLimits.startMs + jobLimits.partyMsMax,
    },
  ],
]);
