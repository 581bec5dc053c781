/** The contract between whoever calls functions and what runs them. An environment runs one invocation at a time. */
import type { VersionRow } from '../model/function-rows.ts';

/** What a version of runtime `mpc` keeps: commitment of the circuit, and the manifest in its canonical text. */
export type FunctionCircuit = NonNullable<VersionRow['circuit']>;

/** What an environment is made for. */
export interface EnvironmentSpec {
  /** 32 hexadecimal digits; names its log stream and its folders. */
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly functionName: string;
  /** `$LATEST`, or a number. */
  readonly version: string;
  /** Functions that share it share a network of their own; a function that is made again has another. */
  readonly functionId: string;
  readonly runtime: string;
  readonly architecture: 'x86_64' | 'arm64';
  /** `index.handler`, `dir/file.fn`. */
  readonly handler: string;
  readonly memoryMb: number;
  readonly ephemeralMb: number;
  /** For starting it, beside the 10 s that everybody has. */
  readonly timeoutMs: number;
  /** Folders on disk, not to be written: what was unpacked from the package, and from layers in their order. */
  readonly codeFolder: string;
  readonly layerFolders: readonly string[];
  /** Of the function's configuration, as its owner wrote it. */
  readonly variables: Readonly<Record<string, string>>;
  readonly logGroup: string;
  readonly logStream: string;
  readonly logFormat: 'Text' | 'JSON';
  /** `AWS_LAMBDA_LOG_LEVEL`, of functions that log JSON. */
  readonly applicationLevel?: string;
  readonly isOnDemand: boolean;
  /** May start processes and workers and load native addons: its owner is trusted by whoever runs the gateway. */
  readonly isTrusted: boolean;
  /** For calls of the function to the gateway; good for the time that an environment lives. */
  readonly credentials: EnvironmentCredentials;
  /** Of runtime `mpc`. */
  readonly circuit?: FunctionCircuit;
}

export interface EnvironmentCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface Invocation {
  /** UUID. */
  readonly requestId: string;
  readonly invokedArn: string;
  /** JSON. */
  readonly payload: Uint8Array;
  /** Milliseconds since 1970: the environment is ended then. */
  readonly deadlineMs: number;
  /** JSON, as `context.clientContext` shows it. */
  readonly clientContext?: string;
  readonly cognitoIdentity?: string;
  /** `X-Amzn-Trace-Id`. */
  readonly traceId: string;
  /** The caller takes the answer in pieces. Without it, what a streaming handler writes is put together. */
  readonly stream?: ResponseSink;
}

/** Where the pieces of an answer go. */
export interface ResponseSink {
  /** Called before the first piece. @param prelude of `HttpResponseStream.from`: status, headers, cookies as JSON */
  begin(contentType: string, prelude: string | undefined): void;
  /** Resolves when more may come. */
  write(piece: Uint8Array): Promise<void>;
}

/** Why a function did not answer. */
export type FunctionFailure =
  /** Its handler threw, rejected or called back with an error: the body is `{errorType, errorMessage, trace}`. */
  | { readonly kind: 'handler'; readonly body: Uint8Array }
  /** It could not be loaded. The same body. */
  | { readonly kind: 'init'; readonly body: Uint8Array }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'memory' }
  /** The process ended by itself or by a signal. */
  | { readonly kind: 'exit'; readonly code: number | undefined; readonly signal: string | undefined }
  | { readonly kind: 'too-large'; readonly bytes: number };

export type InvocationOutcome =
  | { readonly kind: 'answer'; readonly body: Uint8Array; readonly recordable?: Recordable }
  /** All of it went to the sink. */
  | { readonly kind: 'streamed'; readonly bytes: number }
  /** `streamed`: part of an answer went to the sink before. */
  | {
      readonly kind: 'failure';
      readonly failure: FunctionFailure;
      readonly streamed: boolean;
      readonly recordable?: Recordable;
    };

/** In place of payload and answer in the record of the invocation, where their hashes would tell too much. */
export interface Recordable {
  readonly payload: Uint8Array;
  readonly answer: Uint8Array;
}

/** One line, or one call of console, as it reaches the log of the function. */
export interface LogLine {
  readonly timeMs: number;
  readonly message: string;
}

export interface EnvironmentEvents {
  /** Everything that was written to stdout, stderr and console before an outcome comes before the outcome. */
  log(line: LogLine): void;
  /** Once, also when it was closed. Nothing is heard of it afterwards. */
  ended(failure: FunctionFailure | undefined): void;
}

export interface Environment {
  readonly spec: EnvironmentSpec;
  /** What the handler's module and the runtime took to start, milliseconds. */
  readonly initMs: number;
  /** Never rejects. After a failure other than `handler` the environment has ended. */
  invoke(invocation: Invocation): Promise<InvocationOutcome>;
  /** Most that it used so far, MiB. */
  readonly memoryUsedMb: number;
  /** It stands still until the next invocation, which wakes it. */
  freeze(): void;
  /** Ends it and all that it started. */
  close(): Promise<void>;
}

/** What keeps functions from the machine and from each other here. */
export interface Isolation {
  /** Good enough for functions of tenants that are not trusted. */
  readonly isForUntrusted: boolean;
  /** One sentence for each thing that this platform cannot do. */
  readonly missing: readonly string[];
  /** Each environment has a user of its own on the machine; otherwise all have the gateway's. */
  readonly uid: boolean;
  readonly network: boolean;
  readonly mounts: boolean;
  readonly memory: 'cgroup' | 'watched';
  readonly processes: boolean;
}

/** It could not be started for a reason of our own; a function's own faults are failures. */
export class ExecutorUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ExecutorUnavailable';
  }
}

export interface Executor {
  readonly name: string;
  readonly isolation: Isolation;
  runs(runtime: string): boolean;
  /** What would make it run functions of a runtime that it does not run: a sentence. */
  lacks?(runtime: string): string | undefined;
  /** MiB of the machine that an environment may take: its function's memory, unless this says what comes to that. */
  takesMb?(spec: Pick<EnvironmentSpec, 'runtime' | 'isTrusted' | 'memoryMb' | 'ephemeralMb'>): number;
  /**
   * Starts a process and loads the handler in it.
   * @returns a failure when the function is at fault: `init`, `exit`, `timeout`, `memory`
   * @throws ExecutorUnavailable
   */
  start(
    spec: EnvironmentSpec,
    events: EnvironmentEvents,
    signal?: AbortSignal,
  ): Promise<
    | { readonly environment: Environment }
    | { readonly failure: FunctionFailure; readonly initMs: number; readonly memoryUsedMb: number }
  >;
  /** Ends all environments. */
  stop(): Promise<void>;
}
