/** Kinds of jobs that a node runs, one row each: a new one is added here and nowhere else. */
import { jobLimits } from './limits.ts';

/** What the module of a kind exports: pure, from bytes to bytes. */
export interface JobModule {
  /** @throws JobRefused when the payload is not what it should be */
  run(payload: Uint8Array): Uint8Array;
}

export interface JobKind {
  /** Loaded in the job's thread alone: the gateway does not pay for jobs that it never runs. */
  readonly module: URL;
  readonly payloadBytesMax: number;
  /** A job that takes longer is ended. */
  readonly timeMsMax: (payloadBytes: number) => number;
}

const bySize = (payloadBytes: number): number =>
  jobLimits.startMs + Math.ceil(payloadBytes / 1024) * jobLimits.msPerKibibyte;

export const jobKinds: ReadonlyMap<string, JobKind> = new Map([
  [
    'mpc.inspect',
    {
      module: new URL('./mpc/jobs/inspect.ts', import.meta.url),
      payloadBytesMax: jobLimits.circuitBytesMax,
      timeMsMax: bySize,
    },
  ],
  [
    'mpc.compile',
    {
      module: new URL('./mpc/jobs/compile.ts', import.meta.url),
      payloadBytesMax: jobLimits.sourceBytesMax,
      timeMsMax: () => jobLimits.compileMs,
    },
  ],
]);
