/** Limits of what functions may make the gateway hold or do. Bytes unless the name says otherwise. */
import { lambdaLimits } from '../limits.ts';

const MiB = 1024 * 1024;

export const executorLimits = {
  initMsMax: lambdaLimits.initMsMax,
  /** AWS's number, which is a little more than what a request may have. */
  responseMax: 6_291_556,
  streamedResponseMax: lambdaLimits.streamedResponseMax,
  errorBodyMax: 1 * MiB,
  /** Status, headers and cookies before a streamed answer. */
  preludeMax: 128 * 1024,
  logLineMax: 256 * 1024,
  /** What is read at once of what a function writes, and from then on. */
  logLinesBurst: 20_000,
  logLinesPerSecond: 5000,
  logBytesBurst: 8 * MiB,
  logBytesPerSecond: 2 * MiB,
  /** Requests to the Runtime API for one invocation. Its runtime has three. */
  requestsMax: 64,
  /** Requests that a function sent and that are not answered. Its runtime never has more than two. */
  pendingRequestsMax: 8,
  /** Of a function to the gateway at once. */
  connectionsMax: 128,
  /** Of a connection within its network, in each direction: the kernel's memory for all connections is one for the whole machine. */
  socketBytesMax: 256 * 1024,
  /** Of all connections of an environment, where control groups of version 1 count them by themselves. */
  socketsBytesMax: 64 * MiB,
  /** Processes and threads, as on AWS. */
  processesMax: 1024,
  /** A process whose end of the Runtime API is closed is given this long to end by itself, so that its exit code is seen. */
  exitGraceMs: 500,
  /** Processes of a function that are looked at one by one for what it used. */
  measuredProcessesMax: 64,
  /** Between two looks at the memory of those that run. */
  watchMs: 50,
  /** What preparing namespaces may take. */
  prepareMs: 20_000,
  /** Of the environments' users. */
  uidFirst: 2_000_000,
  uidCount: 1_000_000,
  controlGroupTries: 200,
  /** MiB: what CPython as WebAssembly holds in its process before a function's module is loaded. */
  pythonBaseMb: 144,
  /** MiB: what Deno holds beyond what Node does. */
  denoBaseMb: 8,
  pythonSnapshotMax: 256 * MiB,
  /** Looks, 5 ms apart, at whether what was killed is gone. */
  endTries: 200,
} as const;
