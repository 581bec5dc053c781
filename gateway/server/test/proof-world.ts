/** S3 objects and proofs of them without a prover's cryptography: a service behind a real AWS port, and an admin API. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';
import { awsDefinitions, createAwsPort, StaticCredentialStore } from '@hypergate/kit';
import { createKeystore, createPooledRandom, ed25519SigningKey } from '@hypergate/node/crypto';
import { openMemoryNode } from '@hypergate/node/embedded';
import { PlainProver, type PlainProverOptions } from '@hypergate/node/sim';
import { MemoryStore } from '@hypergate/node/store';
import { createService } from '@hypergate/s3';
import { openTables } from '@hypergate/table';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createHandlers } from '../admin/handlers.ts';
import { createAdminServer } from '../admin/server.ts';
import { requireComputations } from '../computations.ts';
import { loadSettings } from '../config/load.ts';
import { type ProofSource, proofStatus, proveTarget, readTrustRoot } from '../proofs.ts';

export const account = {
  accountId: '000000000000',
  userId: 'owner',
  displayName: 'owner',
  email: 'owner@example.com',
  accessKeyId: 'test',
  secretAccessKey: 'test',
};

export interface ProofWorld {
  readonly s3: S3Client;
  readonly prover: PlainProver;
  readonly adminPort: number;
  prove(target: string, discloseAddressKeys?: boolean, delay?: boolean): Promise<string>;
  close(): Promise<void>;
}

export async function openProofWorld(options: PlainProverOptions = {}): Promise<ProofWorld> {
  await using opened = new AsyncDisposableStack();
  const keys = createKeystore(Buffer.alloc(32, 0x53));
  const writerKey = ed25519SigningKey(keys.writerSeed());
  const random = createPooledRandom();
  const { node } = await openMemoryNode({ writerKey });
  opened.defer(() => node.close());
  const prover = new PlainProver(options);
  const tables = await openTables(
    {},
    {
      node: prover.over(node),
      indexStore: new MemoryStore(),
      keys,
      writerKey: writerKey.publicKey,
      random,
      onFailure: (error) => {
        throw error;
      },
    },
  );
  opened.defer(() => tables.close());
  const modules = { logger: pino({ level: 'silent' }), metrics: new Registry(), clock: Date, random };
  const settings = loadSettings({ flags: {}, env: {}, folder: '/' });
  const service = createService({
    ...modules,
    node: undefined,
    tables,
    settings: {
      region: 'us-east-1',
      rootAccountId: account.accountId,
      accounts: [account],
      s3Domains: [],
      lifecycleDayMs: 1,
      dataDir: '',
    },
  });
  await service.start();
  opened.defer(() => service.stop());
  const port = await createAwsPort(
    { definitions: awsDefinitions(service), s3Domains: [], region: 'us-east-1', systemRoutes: [] },
    { ...modules, credentials: new StaticCredentialStore([account]) },
  );
  opened.defer(() => port.close());
  const endpoint = `http://127.0.0.1:${await port.listen({ host: '127.0.0.1', port: 0 })}`;
  const s3 = new S3Client({ endpoint, region: 'us-east-1', credentials: account, forcePathStyle: true });
  opened.defer(() => s3.destroy());

  const source = sourceOf(prover);
  const unused = () => Promise.reject(new Error('not asked for'));
  const handlers = createHandlers({
    status: async () => ({ ...bareStatus, proofs: proofStatus(source) }),
    health: () => ({ ready: true, services: [] }),
    usage: unused,
    collect: unused,
    prove: (query) => proveTarget(query, [service]),
    trustRoot: () => readTrustRoot(source),
    computations: () => requireComputations([service]),
    custodians: () => undefined,
    settings,
    logger: modules.logger,
    metrics: modules.metrics,
  });
  const admin = await createAdminServer(handlers, { token: undefined, host: '127.0.0.1' }, modules.logger);
  opened.defer(() => admin.close());
  const server = createServer(admin.handle).listen(0, '127.0.0.1');
  opened.defer(() => server.close().closeAllConnections());
  await once(server, 'listening');
  const closing = opened.move();
  return {
    s3,
    prover,
    adminPort: (server.address() as AddressInfo).port,
    prove: (target, discloseAddressKeys = false, delay = false) =>
      service.prove!({ target, discloseAddressKeys, delay }),
    close: () => closing.disposeAsync(),
  };
}

function sourceOf(prover: PlainProver): ProofSource {
  return {
    status: () => ({
      state: 'running',
      reason: undefined,
      last: { number: prover.frame, timeMs: prover.timeMs, changed: 0, buildMs: 0 },
      lagMs: 0,
      proofs: 0,
      trustRoot: prover.trustRoot,
    }),
    nextFrame: () => prover.frame + 1,
    network: () => ({ name: 'plain network', discriminantBits: 2048 }),
  };
}

const bareStatus = {
  version: '0.0.0',
  runtime: '24.0.0',
  pid: 1,
  startedAt: new Date(0).toISOString(),
  phase: 'running' as const,
  region: 'us-east-1',
  dataDir: '/data',
  endpoint: '',
  adminEndpoint: '',
  tls: false,
  services: [],
  listeners: [],
  node: { position: 1 },
  process: { uptimeSeconds: 1, cpuSeconds: 1, residentBytes: 1 },
};
