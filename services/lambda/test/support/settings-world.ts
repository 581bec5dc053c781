/**
 * The operations on settings behind a real AWS port, over a node in memory, asked by the SDK's own client. Functions, versions and aliases are
 * put as they would be stored; environments are counted, not started.
 */
import { LambdaClient } from '@aws-sdk/client-lambda';
import {
  type Account,
  AwsError,
  type AwsServiceDefinition,
  type Credential,
  createAwsPort,
  rootPrincipal,
} from '@hypergate/kit';
import { schemas } from '@hypergate/kit/aws/gen/lambda';
import { createKeystore, createPooledRandom, ed25519SigningKey } from '@hypergate/node/crypto';
import { MemoryState, openMemoryNode } from '@hypergate/node/embedded';
import { PlainProver } from '@hypergate/node/sim';
import { MemoryStore } from '@hypergate/node/store';
import { openTables, type TableStore } from '@hypergate/table';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import type { Invoker } from '../../invoke/api.ts';
import type { FunctionRow, VersionRow } from '../../model/function-rows.ts';
import { domainAddress, functionKey, functionsTable, versionKey, versionsTable } from '../../model/tables.ts';
import { rowOf } from '../../ops/operation.ts';
import { settingOperations } from '../../ops/settings.ts';
import type { QueueFacts } from '../../queues/api.ts';
import type { LambdaBase, LambdaContext } from '../../store/context.ts';
import { createProvisioning } from '../../store/provisioning.ts';
import { PlainFunctions } from './plain-functions.ts';

export const region = 'eu-central-1';
export const account = '111122223333';
export const otherAccount = '444455556666';
export const startMs = Date.UTC(2026, 2, 4, 5, 6, 7);

const accountOf = (accountId: string): Account => ({
  accountId,
  userId: accountId,
  displayName: 'root',
  email: `root@${accountId}.example`,
  accessKeyId: `AKIA${accountId}`,
  secretAccessKey: `secret of ${accountId}`,
});

/** Starts at once as many as it has room for. */
export class CountingInvoker implements Invoker {
  readonly provisioned = new Map<string, number>();
  room = 1000;
  busy = 0;
  failure: Error | undefined;

  async provision(target: Parameters<Invoker['provision']>[0], count: number) {
    if (this.failure !== undefined) throw this.failure;
    const ready = Math.min(count, this.room);
    this.provisioned.set(`${target.function.name}:${target.version.version}`, ready);
    return { ready };
  }

  counts() {
    return { busy: this.busy, warm: 0 };
  }

  retire(): void {}

  async stop(): Promise<void> {}

  invoke(): never {
    throw new Error('nothing is called here');
  }
}

/** Every queue that a test names is there, but those that it says are not. */
class NamedQueues {
  readonly absent = new Set<string>();
  visibilityMs = 30_000;

  find(arn: string): QueueFacts | undefined {
    const name = arn.split(':').at(-1) ?? '';
    const { visibilityMs } = this;
    return this.absent.has(name)
      ? undefined
      : { arn, account, region, name, isFifo: name.endsWith('.fifo'), visibilityMs };
  }
}

export interface PutFunction {
  readonly versions?: readonly string[];
  /** By name, the version. */
  readonly aliases?: Readonly<Record<string, string>>;
  readonly account?: string;
}

export type SettingsWorld = Awaited<ReturnType<typeof openSettings>>;

export async function openSettings() {
  await using opened = new AsyncDisposableStack();
  const keys = createKeystore(Buffer.alloc(32, 0x4c));
  const writerKey = ed25519SigningKey(keys.writerSeed());
  const { node } = await openMemoryNode({ state: new MemoryState(), writerKey });
  opened.defer(() => node.close());
  const random = createPooledRandom();
  const tables = await openTables(
    {},
    {
      node: new PlainProver({}).over(node),
      indexStore: new MemoryStore(),
      keys,
      writerKey: writerKey.publicKey,
      random,
    },
  );
  opened.defer(() => tables.close());
  const time = { ms: startMs };
  const errors: string[] = [];
  const logger = pino({ level: 'error' }, { write: (line: string) => void errors.push(line) });
  const overtaking: Overtaking = { next: undefined };
  const base: LambdaBase = {
    tables: overtaken(tables, overtaking),
    domain: await tables.ensureDomain(domainAddress),
    clock: { now: () => time.ms },
    random,
    logger,
    settings: {
      region,
      rootAccountId: account,
      accounts: [],
      s3Domains: [],
      lifecycleDayMs: 1,
      dataDir: '/data',
    },
  };
  const functions = new PlainFunctions(base);
  const namedQueues = new NamedQueues();
  const invoker = new CountingInvoker();
  const context: LambdaContext = {
    ...base,
    functions,
    invoker,
    provisioning: createProvisioning(base, functions, invoker),
    urlOf: (id, where) => `http://${id}.lambda-url.${where}.localhost:4566/`,
    readS3Object: unused('readS3Object'),
    codeUrl: unused('codeUrl'),
    mpc: unused('mpc'),
    packages: unused('packages'),
    logs: unused('logs'),
    events: unused('events'),
    queues: { find: async (arn) => namedQueues.find(arn) },
  };
  const users = new Map<string, Credential>();
  for (const id of [account, otherAccount]) {
    const one = accountOf(id);
    users.set(one.accessKeyId, { secretAccessKey: one.secretAccessKey, principal: rootPrincipal(one) });
  }
  const definition: AwsServiceDefinition = {
    signingName: 'lambda',
    protocol: 'restJson1',
    requestIds: 'uuid',
    schemas,
    operations: settingOperations.map((one) => rowOf(one, (work) => work(context))),
  };
  const port = await createAwsPort(
    { definitions: [definition], s3Domains: [], region, systemRoutes: [] },
    {
      credentials: { lookup: (id) => users.get(id) },
      logger: pino({ level: 'silent' }),
      metrics: new Registry(),
      clock: { now: Date.now },
      random,
    },
  );
  opened.defer(() => port.close());
  const tcp = await port.listen({ host: '127.0.0.1', port: 0 });
  const clients = new Map<string, LambdaClient>();
  opened.defer(() => {
    for (const one of clients.values()) one.destroy();
  });

  const client = (accountId = account, clientRegion = region): LambdaClient => {
    const name = `${accountId} ${clientRegion}`;
    const { accessKeyId, secretAccessKey } = accountOf(accountId);
    const made =
      clients.get(name) ??
      new LambdaClient({
        endpoint: `http://127.0.0.1:${tcp}`,
        region: clientRegion,
        credentials: { accessKeyId, secretAccessKey },
        maxAttempts: 1,
      });
    clients.set(name, made);
    return made;
  };

  const putFunction = async (name: string, options: PutFunction = {}): Promise<FunctionRow> => {
    const { versions = [], aliases = {}, account: owner = account } = options;
    const row = functionRow(owner, name);
    const { domain } = base;
    await tables.transact([
      { kind: 'put', domain, table: functionsTable, key: functionKey(row, name), row },
      ...['$LATEST', ...versions].map(
        (version) =>
          ({
            kind: 'put',
            domain,
            table: versionsTable,
            key: versionKey(row.id, version),
            row: versionRow(row, version),
          }) as const,
      ),
    ]);
    for (const [alias, version] of Object.entries(aliases))
      functions.aliases.set(`${row.id} ${alias}`, version);
    return row;
  };

  const closing = opened.move();
  return {
    context,
    functions,
    invoker,
    queues: namedQueues,
    time,
    errors,
    port: tcp,
    client,
    putFunction,
    /** What the next call of an operation has decided is written only after this: somebody else is faster. */
    overtakeBy: (work: () => Promise<unknown>): void => {
      overtaking.next = work;
    },
    close: () => closing.disposeAsync(),
  };
}

interface Overtaking {
  next: (() => Promise<unknown>) | undefined;
}

function overtaken(tables: TableStore, overtaking: Overtaking): TableStore {
  return {
    prepareDomain: (address) => tables.prepareDomain(address),
    openDomain: (address) => tables.openDomain(address),
    ensureDomain: (address) => tables.ensureDomain(address),
    stageData: (source, signal) => tables.stageData(source, signal),
    prove: (subjects, options) => tables.prove(subjects, options),
    readData: (data, offset, length, signal) => tables.readData(data, offset, length, signal),
    transact: async (writes, options) => {
      const { next } = overtaking;
      overtaking.next = undefined;
      await next?.();
      return tables.transact(writes, options);
    },
  };
}

/** A part that operations on settings have no use for. */
function unused<Part extends object>(name: string): Part {
  return new Proxy({} as Part, {
    get: () => {
      throw new Error(`${name} is not used here`);
    },
  });
}

const functionRow = (owner: string, name: string): FunctionRow => ({
  account: owner,
  region,
  name,
  id: crypto.randomUUID(),
  createdMs: startMs,
  nextVersion: 1,
  tags: {},
  policies: {},
  recursiveLoop: 'Terminate',
});

const versionRow = (row: FunctionRow, version: string): VersionRow => ({
  version,
  functionName: row.name,
  functionId: row.id,
  revisionId: crypto.randomUUID(),
  lastModifiedMs: startMs,
  description: '',
  runtime: 'nodejs24.x',
  role: `arn:aws:iam::${row.account}:role/r`,
  handler: 'index.handler',
  timeoutSeconds: 3,
  memoryMb: 128,
  ephemeralMb: 512,
  architecture: 'x86_64',
  tracingMode: 'PassThrough',
  layers: [],
  code: { account: row.account, sha256: '', size: 0, unpackedSize: 0 },
  logging: { format: 'Text', group: `/aws/lambda/${row.name}` },
  snapStart: 'None',
  runtimeUpdate: { mode: 'Auto' },
});

/** `Code: message`, or what came instead of an error. */
export async function errorOf(work: Promise<unknown>): Promise<string> {
  try {
    const { $metadata: _, ...answer } = (await work) as Record<string, unknown>;
    return `no error: ${JSON.stringify(answer)}`;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return `${error instanceof AwsError ? error.code : error.name}: ${error.message}`;
  }
}
