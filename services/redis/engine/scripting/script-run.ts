/** A script or function while it runs. */
import type { Call } from '../call.ts';
import type { ScriptFlag } from './shebang.ts';

export type ScriptKind = 'eval' | 'function';

export interface ScriptRunOptions {
  readonly kind: ScriptKind;
  /** SHA-1 of a script, name of a function. */
  readonly name: string;
  /** Words of the command. */
  readonly args: readonly string[];
  /** Position of the first key in them. */
  readonly keysAt: number;
  readonly keyCount: number;
  /** The command is one of those that only read. */
  readonly isReadCommand: boolean;
  /** Undefined: without a first line. */
  readonly flags: readonly ScriptFlag[] | undefined;
}

export class ScriptRun {
  readonly options: ScriptRunOptions;
  /** The call of the commands that it runs. */
  readonly call: Call;
  readonly readOnly: boolean;
  readonly allowsFullMemory: boolean;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** `redis.setresp` */
  resp: 2 | 3 = 2;
  /** It ran a command that writes: it can no longer be killed. */
  wrote = false;
  killed = false;

  constructor(options: ScriptRunOptions, call: Call, startedAt: number) {
    this.options = options;
    this.call = call;
    this.startedAt = startedAt;
    const { flags } = options;
    this.readOnly = options.isReadCommand || flags?.includes('no-writes') === true;
    this.allowsFullMemory = flags?.includes('allow-oom') === true;
  }
}
