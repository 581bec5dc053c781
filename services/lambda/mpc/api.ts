/**
 * Functions of runtime `mpc`: a package holds a circuit's source and who takes part, an invocation is one computation. CreateFunction,
 * UpdateFunctionCode and PublishVersion compile; the invoker asks the runner in place of an executor.
 */
import type { Computations } from '@hypergate/kit';
import type {
  EnvironmentCredentials,
  FunctionCircuit,
  InvocationOutcome,
  LogLine,
  Recordable,
} from '../executor/api.ts';
import type { LambdaBase } from '../store/context.ts';

export type MpcLevel = 'semi-honest' | 'malicious' | 'three-party';

/** Files of a package, before or after it is kept. */
export interface PackageFiles {
  /** @param path with `/` between names, as in the zip file; undefined: no file stands there */
  find(path: string): PackageFile | undefined;
}

export interface PackageFile {
  /** Bytes that `read` gives: looked at first. */
  readonly size: number;
  read(): Promise<Uint8Array>;
}

export interface CompiledFunction {
  /** For the version's row. */
  readonly circuit: FunctionCircuit;
  readonly parties: readonly string[];
  readonly level: MpcLevel;
  /** Of the manifest's canonical text: 64 hex digits. */
  readonly manifestSha256: string;
  /** Of the compiler, with line and column. */
  readonly warnings: readonly string[];
}

/** One invocation of a version. */
export interface MpcInvocation {
  /** Whose function it is. */
  readonly account: string;
  readonly region: string;
  readonly circuit: FunctionCircuit;
  /** JSON: `{as, inputs?, session?}`. */
  readonly payload: Uint8Array;
  /** Milliseconds since 1970, from the function's Timeout. */
  readonly deadlineMs: number;
  /** Of the version's role; asked for only where the manifest names objects. */
  credentials(): EnvironmentCredentials;
  /** Lines for the function's log. They hold no input, no output and no text of another party. */
  log(line: LogLine): void;
}

export interface MpcResult {
  /** `answer`, or a failure of kind `handler` (errorType `Mpc.…`), `timeout` or `too-large`. */
  readonly outcome: InvocationOutcome;
  /**
   * In place of payload and answer wherever these, or hashes of them, are recorded: who has the hash of a payload can guess a salary in it.
   */
  readonly recordable: Recordable;
}

export interface MpcRunner {
  /** @throws AwsError TooManyRequestsException, ServiceException: no fault of the function */
  invoke(invocation: MpcInvocation): Promise<MpcResult>;
}

export interface MpcRuntime {
  /**
   * Compiles the source of a package on the node, which keeps its circuit. Twice the same is once.
   * @throws AwsError InvalidParameterValueException with what is wrong and, in a source, line and column; ServiceException
   */
  compileFunction(files: PackageFiles): Promise<CompiledFunction>;
  readonly runner: MpcRunner;
}

export interface S3InputRequest {
  readonly credentials: EnvironmentCredentials;
  readonly region: string;
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
  /** More is refused before it is read. */
  readonly bytesMax: number;
  readonly signal: AbortSignal;
}

/** An address in the session that a caller gave. */
export interface PartyAddress {
  readonly host: string;
  readonly port: number;
  /** The gateway's own party would listen there; others would be dialled. */
  readonly use: 'listen' | 'dial';
}

/** What the composition fills. */
export interface MpcPorts {
  /** Undefined: no service of this gateway keeps circuits. */
  computations(): Computations | undefined;
  /** An object through the gateway, with what the credentials may. @throws AwsError of S3 */
  readS3Object(request: S3InputRequest): Promise<Uint8Array>;
  /**
   * Callers name hosts and ports that this machine is to listen at and to dial; whoever runs it says which functions may. It is asked
   * for every address of a session before anyone is spoken to.
   */
  mayUse(account: string, address: PartyAddress): boolean;
}

export interface MpcRuntimeModules extends MpcPorts {
  readonly base: Pick<LambdaBase, 'clock'>;
}
