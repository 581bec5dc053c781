/** Operations of functions behind a real AWS port over a node in memory, asked by the SDK's own client; several gateways if wanted. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import {
  type Account,
  AwsError,
  type Credential,
  createAwsPort,
  rootPrincipal,
  type ServiceSettings,
} from '@hypergate/kit';
import { schemas } from '@hypergate/kit/aws/gen/lambda';
import { createKeystore, createPooledRandom, ed25519SigningKey } from '@hypergate/node/crypto';
import { openMemoryNode } from '@hypergate/node/embedded';
import { MemoryStore } from '@hypergate/node/store';
import { openTables } from '@hypergate/table';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import type { Invoker } from '../../invoke/api.ts';
import { domainAddress } from '../../model/tables.ts';
import { functionOperations } from '../../ops/index.ts';
import { rowOf } from '../../ops/operation.ts';
import type { LambdaContext, S3ObjectRequest } from '../../store/context.ts';
import { createFunctions } from '../../store/functions.ts';
import { createProvisioning } from '../../store/provisioning.ts';
import { MemoryPackages } from './memory-packages.ts';

export const region = 'eu-central-1';
export const account = '000000000000';
export const otherAccount = '111111111111';
export const role = `arn:aws:iam::${account}:role/service-role/made-for-tests`;
const accountOf = (accountId: string): Account => ({
  accountId,
  userId: accountId,
  displayName: 'root',
  email: `root@${accountId}.example`,
  accessKeyId: `AKIA${accountId}`,
  secretAccessKey: `secret of ${accountId}`,
});

export interface ControlWorld {
  readonly context: LambdaContext;
  readonly packages: MemoryPackages;
  readonly clock: { ms: number };
  /** `id`, or `id:version`, by the name of the function's id. */
  readonly retired: string[];
  readonly objects: Map<string, Uint8Array>;
  client(accountId?: string): LambdaClient;
  /** What a second gateway over the same node has. */
  another(): Promise<LambdaContext>;
  /** A user with these policies only. */
  user(name: string, policies: readonly unknown[], accountId?: string): LambdaClient;
  [Symbol.asyncDispose](): Promise<void>;
}

const keystore = createKeystore(Buffer.alloc(32, 0x4c));

export async function openControlWorld(): Promise<ControlWorld> {
  await using opened = new AsyncDisposableStack();
  const writerKey = ed25519SigningKey(keystore.writerSeed());
  const { node } = await openMemoryNode({ writerKey });
  opened.defer(() => node.close());
  const random = createPooledRandom();
  const open = () => {
    const keys = { keys: keystore, writerKey: writerKey.publicKey };
    return openTables({}, { node, indexStore: new MemoryStore(), ...keys, random });
  };
  const tables = await open();
  opened.defer(() => tables.close());
  const clock = { ms: Date.UTC(2026, 2, 4, 5, 6, 7, 89) };
  const logger = pino({ level: 'silent' });
  const settings: ServiceSettings = {
    region,
    rootAccountId: account,
    accounts: [accountOf(account), accountOf(otherAccount)],
    s3Domains: [],
    lifecycleDayMs: 1,
    dataDir: '/data',
  };
  const domain = await tables.ensureDomain(domainAddress);
  const base = { tables, domain, clock: { now: () => clock.ms }, random, logger, settings };
  const packages = new MemoryPackages(base);
  const retired: string[] = [];
  const objects = new Map<string, Uint8Array>();
  const absent = () => {
    throw new Error('not asked by these operations');
  };
  const functions = createFunctions(base);
  const invoker: Invoker = {
    invoke: absent,
    retire: (id, version) => void retired.push(version === undefined ? id : `${id}:${version}`),
    counts: () => ({ busy: 0, warm: 0 }),
    provision: absent,
    stop: async () => undefined,
  };
  const context: LambdaContext = {
    ...base,
    functions,
    packages,
    invoker,
    logs: { append: absent, flush: absent },
    events: { put: absent, tell: absent },
    queues: { find: absent },
    readS3Object: async (request) => readObject(objects, request),
    codeUrl: ({ sha256 }) => `http://gateway.example/code/${encodeURIComponent(sha256)}`,
    urlOf: absent,
    mpc: { compileFunction: absent },
    provisioning: createProvisioning(base, functions, invoker),
  };
  const users = new Map<string, Credential>();
  for (const id of [account, otherAccount]) {
    const one = accountOf(id);
    users.set(one.accessKeyId, { secretAccessKey: one.secretAccessKey, principal: rootPrincipal(one) });
  }
  const port = await createAwsPort(
    {
      definitions: [
        {
          signingName: 'lambda',
          protocol: 'restJson1',
          requestIds: 'uuid',
          schemas,
          operations: functionOperations.map((operation) => rowOf(operation, (work) => work(context))),
        },
      ],
      s3Domains: [],
      region,
      systemRoutes: [],
    },
    {
      credentials: { lookup: (id) => users.get(id) },
      logger,
      metrics: new Registry(),
      clock: { now: Date.now },
      random,
    },
  );
  opened.defer(() => port.close());
  const tcp = await port.listen({ host: '127.0.0.1', port: 0 });
  const clientOf = (credentials: { accessKeyId: string; secretAccessKey: string }) => {
    const endpoint = `http://127.0.0.1:${tcp}`;
    const made = new LambdaClient({ endpoint, region, maxAttempts: 1, credentials });
    kept.defer(() => made.destroy());
    return made;
  };
  const kept = opened.move();
  return {
    context,
    packages,
    clock,
    retired,
    objects,
    async another() {
      const others = await open();
      kept.defer(() => others.close());
      return { ...context, tables: others, domain: await others.openDomain(domainAddress) };
    },
    client: (id = account) => clientOf(accountOf(id)),
    user(name, identityPolicies, accountId = account) {
      const accessKeyId = `AKIAUSER${name}`;
      const secretAccessKey = `secret of ${name}`;
      const arn = `arn:aws:iam::${accountId}:user/${name}`;
      const principal = {
        kind: 'user',
        accountId,
        userId: name,
        arn,
        displayName: name,
        accessKeyId,
      } as const;
      users.set(accessKeyId, { secretAccessKey, principal, identityPolicies });
      return clientOf({ accessKeyId, secretAccessKey });
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function readObject(objects: ReadonlyMap<string, Uint8Array>, request: S3ObjectRequest): Uint8Array {
  const { bucket, key, version, principal } = request;
  if (bucket === 'forbidden' || principal.accountId !== account)
    throw new AwsError('AccessDenied', 403, 'Access Denied');
  const found = objects.get([bucket, key, ...(version === undefined ? [] : [version])].join('/'));
  if (found === undefined) throw new AwsError('NoSuchKey', 404, 'The specified key does not exist.');
  return found;
}

/** Zip files are not looked into here: these are as different as their texts. */
export const zipOf = (text: string): Uint8Array => Buffer.from(`PK ${text}`);

export const newFunction = (FunctionName: string, code = 'one') =>
  ({
    FunctionName,
    Role: role,
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Code: { ZipFile: zipOf(code) },
  }) as const;

/** `Code: message`, or what came instead of an error. */
export async function errorOf(work: Promise<unknown>): Promise<string> {
  try {
    const { $metadata: _, ...answer } = (await work) as Record<string, unknown>;
    return `no error: ${JSON.stringify(answer)}`;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return `${error.name}: ${error.message}`;
  }
}
