/** An invoker over the model of an executor, with time, folders and logs in the test's hands. */

import type { Account } from '@hypergate/kit';
import type { DomainWrite, TableDomain, TableStore } from '@hypergate/table';
import { pino } from 'pino';
import type { LogLine } from '../../../executor/api.ts';
import { chooseExecutor } from '../../../executor/choose.ts';
import type { LogPlace, LogStore } from '../../../logs/api.ts';
import type { FunctionRow, PackageRef, VersionRow } from '../../../model/function-rows.ts';
import type { Packages } from '../../../packages/api.ts';
import type { ResolvedFunction } from '../../../store/api.ts';
import type { LambdaBase } from '../../../store/context.ts';
import type { InvokeRequest } from '../../api.ts';
import { createInvoker, type InvocationRow, type InvokerOptions, type PooledInvoker } from '../../index.ts';
import type { Timers } from '../../timers.ts';
import { ModelExecutor } from './model-executor.ts';

export const account = '000000000000';
export const otherAccount = '111111111111';
export const region = 'eu-central-1';

export const accounts: readonly Account[] = [account, otherAccount].map((accountId) => ({
  accountId,
  userId: accountId,
  displayName: 'root',
  email: `root@${accountId}.example`,
  accessKeyId: `AKIA${accountId}`,
  secretAccessKey: `secret of ${accountId}`,
}));

export class ManualTimers implements Timers {
  readonly armed = new Set<{ readonly atMs: number; readonly work: () => void }>();
  readonly #clock: { readonly ms: number };

  constructor(clock: { readonly ms: number }) {
    this.#clock = clock;
  }

  later(ms: number, work: () => void): () => void {
    const timer = { atMs: this.#clock.ms + ms, work };
    this.armed.add(timer);
    return () => this.armed.delete(timer);
  }

  /** Runs what is due, also what that arms. */
  runDue(): void {
    for (const timer of this.armed)
      if (timer.atMs <= this.#clock.ms) {
        this.armed.delete(timer);
        timer.work();
      }
  }
}

export class ModelFolders implements Pick<Packages, 'folder'> {
  held = 0;
  failure: Error | undefined;

  async folder(ref: PackageRef): Promise<{ readonly path: string; release(): void }> {
    await Promise.resolve();
    if (this.failure !== undefined) throw this.failure;
    this.held += 1;
    let isHeld = true;
    const release = () => {
      if (!isHeld) throw new Error('a folder was given back twice');
      isHeld = false;
      this.held -= 1;
    };
    return { path: `folder of ${ref.sha256}`, release };
  }
}

export class ModelLogs implements LogStore {
  readonly streams = new Map<string, LogLine[]>();

  append({ group, stream: of }: LogPlace, lines: readonly LogLine[]): void {
    const name = `${group} ${of}`;
    const stand = this.streams.get(name);
    if (stand === undefined) this.streams.set(name, [...lines]);
    else stand.push(...lines);
  }

  async flush(): Promise<void> {}

  get messages(): string[] {
    return [...this.streams.values()].flat().map(({ message }) => message);
  }
}

/** Takes records, and refuses them while it has a failure. */
export class ModelTables {
  readonly rows = new Map<string, InvocationRow>();
  failure: Error | undefined;

  async transact(writes: readonly DomainWrite[]): Promise<void> {
    await Promise.resolve();
    if (this.failure !== undefined) throw this.failure;
    for (const write of writes)
      if (write.kind === 'put') {
        const row = write.row as InvocationRow;
        this.rows.set(row.requestId, row);
      }
  }
}

export interface World {
  readonly invoker: PooledInvoker;
  readonly executor: ModelExecutor;
  readonly clock: { ms: number };
  readonly elapsed: { ms: number };
  readonly timers: ManualTimers;
  readonly folders: ModelFolders;
  readonly logs: ModelLogs;
  readonly tables: ModelTables;
  readonly base: LambdaBase;
  /** Time goes on, and what is due happens. */
  advance(ms: number): Promise<void>;
}

const noRows = { next: () => undefined, seek: () => undefined };

export function openWorld(options: Partial<InvokerOptions> = {}, more: Partial<LambdaBase> = {}): World {
  const clock = { ms: Date.UTC(2026, 10, 23, 1, 2, 3) };
  const elapsed = { ms: 0 };
  const timers = new ManualTimers(clock);
  const executor = new ModelExecutor();
  const folders = new ModelFolders();
  const logs = new ModelLogs();
  const tables = new ModelTables();
  let drawn = 0;
  const base: LambdaBase = {
    tables: tables as unknown as TableStore,
    domain: { cursorSecondary: () => noRows } as unknown as TableDomain,
    clock: { now: () => clock.ms },
    random: { bytes: (length) => Buffer.alloc(length, ++drawn) },
    logger: pino({ level: 'silent' }),
    settings: {
      region,
      rootAccountId: account,
      accounts,
      s3Domains: [],
      lifecycleDayMs: 86_400_000,
      dataDir: '',
    },
    ...more,
  };
  const invoker = createInvoker({
    base,
    executor: chooseExecutor(executor),
    packages: folders as unknown as Packages,
    logs,
    timers,
    elapsedMs: () => elapsed.ms,
    memoryBudgetMb: 4096,
    startsAtOnce: 100,
    ...options,
  });
  return {
    invoker,
    executor,
    clock,
    elapsed,
    timers,
    folders,
    logs,
    tables,
    base,
    async advance(ms) {
      clock.ms += ms;
      elapsed.ms += ms;
      timers.runDue();
      await settled();
    },
  };
}

/** Everything that only waits for promises has happened. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

export interface TargetOptions {
  readonly name?: string;
  readonly id?: string;
  readonly row?: Partial<FunctionRow>;
  readonly version?: Partial<VersionRow>;
}

export function targetOf({
  name = 'hello',
  id = `id-${name}`,
  row,
  version,
}: TargetOptions = {}): ResolvedFunction {
  const functionRow: FunctionRow = {
    account,
    region,
    name,
    id,
    createdMs: 0,
    nextVersion: 1,
    tags: {},
    policies: {},
    recursiveLoop: 'Terminate',
    ...row,
  };
  const versionRow: VersionRow = {
    version: '$LATEST',
    functionName: name,
    functionId: id,
    revisionId: 'r1',
    lastModifiedMs: 0,
    description: '',
    runtime: 'nodejs24.x',
    role: `arn:aws:iam::${account}:role/path/worker`,
    handler: 'index.handler',
    timeoutSeconds: 3,
    memoryMb: 128,
    ephemeralMb: 512,
    architecture: 'x86_64',
    tracingMode: 'PassThrough',
    layers: [],
    code: { account, sha256: 'hash of code', size: 1, unpackedSize: 1 },
    logging: { format: 'Text', group: `/aws/lambda/${name}` },
    snapStart: 'None',
    runtimeUpdate: { mode: 'Auto' },
    ...version,
  };
  return {
    function: functionRow,
    version: versionRow,
    invokedArn: `arn:aws:lambda:${region}:${account}:function:${name}`,
    qualifier: undefined,
  };
}

let requests = 0;

export function requestOf(
  target: ResolvedFunction = targetOf(),
  more: Partial<InvokeRequest> = {},
): InvokeRequest {
  requests += 1;
  return {
    target,
    requestId: `00000000-0000-4000-8000-${String(requests).padStart(12, '0')}`,
    payload: Buffer.from('{}'),
    traceId: 'Root=1-5759e988-bd862e3fe1be46a994272793',
    wantsLog: false,
    ...more,
  };
}
