/** Calls of functions: who is called, and what came of it. */
import type { FunctionFailure, ResponseSink } from '../executor/api.ts';
import type { ResolvedFunction } from '../store/api.ts';
import type { InvocationRow } from './record-table.ts';

export interface InvokeRequest {
  readonly target: ResolvedFunction;
  /** UUID; the answer's request id. */
  readonly requestId: string;
  readonly payload: Uint8Array;
  readonly clientContext?: string;
  readonly traceId: string;
  /** The caller wants the end of the log. */
  readonly wantsLog: boolean;
  readonly stream?: ResponseSink;
  /** The caller left. What it asked for goes on, as on AWS; only waiting for an environment ends. */
  readonly signal?: AbortSignal;
  /** The caller keeps `InvokeResult.record` in a transaction of its own. Otherwise it is written behind the answer. */
  readonly keepsRecord?: boolean;
}

export interface InvokeResult {
  /** `$LATEST` or a number. */
  readonly executedVersion: string;
  /** What the caller gets: the answer, or the error as JSON. Empty when it was streamed. */
  readonly payload: Uint8Array;
  readonly failure: FunctionFailure | undefined;
  /** Last 4 KiB of what the invocation logged. */
  readonly logTail: Uint8Array;
  readonly durationMs: number;
  readonly billedMs: number;
  readonly memoryUsedMb: number;
  /** Of a cold start. */
  readonly initMs: number | undefined;
  readonly streamedBytes: number;
  /** With this invocation in its lineage: for what follows from it. */
  readonly traceId: string;
  readonly record: InvocationRow;
}

export interface Invoker {
  /** @throws AwsError TooManyRequestsException, RecursiveInvocationException, ServiceException and others that are no fault of the function */
  invoke(request: InvokeRequest): Promise<InvokeResult>;
  /** A version is not what it was, or is gone: its environments end when they have answered. */
  retire(functionId: string, version?: string): void;
  /** Environments under way and kept warm for a function (all versions, or one). */
  counts(functionId: string, version?: string): { readonly busy: number; readonly warm: number };
  /** How many environments of a version are to be ready at any time; they are started before this resolves. */
  provision(target: ResolvedFunction, count: number): Promise<{ readonly ready: number }>;
  /** Nothing new begins; what runs comes to its end, or is cut short by the signal. No environment is left. */
  stop(signal: AbortSignal): Promise<void>;
}
