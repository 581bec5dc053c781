/** The service behind a real AWS port on a free port of loopback, with two accounts. */
import { randomBytes } from 'node:crypto';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import {
  type Account,
  awsDefinitions,
  createAwsPort,
  type EventTargets,
  type Service,
  StaticCredentialStore,
} from '@hypergate/kit';
import type { TableStore } from '@hypergate/table';
import pino from 'pino';
import { Registry } from 'prom-client';
import { createService } from '../index.ts';

export const account: Account = {
  accountId: '000000000000',
  userId: 'canonical-owner',
  displayName: 'owner',
  email: 'owner@example.com',
  accessKeyId: 'test',
  secretAccessKey: 'test',
};

export const stranger: Account = {
  accountId: '111111111111',
  userId: 'canonical-stranger',
  displayName: 'stranger',
  email: 'stranger@example.com',
  accessKeyId: 'other',
  secretAccessKey: 'other-secret',
};

export interface S3Server {
  readonly endpoint: string;
  readonly port: number;
  readonly service: Service;
  /** Lines of the log at level error. */
  readonly errors: string[];
  client(options?: { account?: Account; config?: S3ClientConfig }): S3Client;
  close(): Promise<void>;
}

/** @param targets where events go */
export async function startServer(tables: TableStore, targets?: EventTargets): Promise<S3Server> {
  const errors: string[] = [];
  const logger = pino({ level: 'error' }, { write: (line: string) => void errors.push(line) });
  const clock = { now: () => Date.now() };
  const random = { bytes: (length: number) => randomBytes(length) };
  const metrics = new Registry();
  const service = createService({
    node: undefined,
    tables,
    logger,
    metrics,
    clock,
    random,
    settings: {
      region: 'us-east-1',
      rootAccountId: account.accountId,
      accounts: [account, stranger],
      s3Domains: ['localhost', 's3.localhost'],
      lifecycleDayMs: 86_400_000,
      dataDir: '',
    },
    targets: () => targets,
  });
  await service.start();
  const port = await createAwsPort(
    {
      definitions: awsDefinitions(service),
      s3Domains: ['localhost', 's3.localhost'],
      region: 'us-east-1',
      systemRoutes: [],
    },
    { credentials: new StaticCredentialStore([account, stranger]), logger, metrics, clock, random },
  );
  const tcpPort = await port.listen({ host: '127.0.0.1', port: 0 });
  const endpoint = `http://127.0.0.1:${tcpPort}`;
  const clients: S3Client[] = [];
  return {
    endpoint,
    port: tcpPort,
    service,
    errors,
    client(options = {}) {
      const { accessKeyId, secretAccessKey } = options.account ?? account;
      const client = new S3Client({
        region: 'us-east-1',
        endpoint,
        forcePathStyle: true,
        credentials: { accessKeyId, secretAccessKey },
        maxAttempts: 1,
        ...options.config,
      });
      clients.push(client);
      return client;
    },
    async close() {
      for (const client of clients) client.destroy();
      await port.close();
      await service.stop();
    },
  };
}
