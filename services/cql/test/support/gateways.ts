/** Whole services over one node, each with a port of 127.0.0.1, and the driver as their client. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { Service } from '@hypergate/kit';
import type { LocalNodePorts } from '@hypergate/node/api';
import cassandra, { type Client } from 'cassandra-driver';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createService } from '../../service.ts';
import { openStore } from './tables.ts';

export interface Gateway {
  readonly service: Service;
  readonly client: Client;
  close(): Promise<void>;
}

/**
 * @param name of the gateway, different from others
 * @param fresh of a node behind a socket
 */
export async function openGateway(
  node: LocalNodePorts,
  name: string,
  fresh?: () => Promise<unknown>,
): Promise<Gateway> {
  await using opened = new AsyncDisposableStack();
  const tables = await openStore(node);
  opened.defer(() => tables.close());
  const service = createService(
    {
      node,
      tables,
      logger: pino({ level: 'silent' }),
      metrics: new Registry(),
      clock: Date,
      random: { bytes: (length) => randomBytes(length) },
      settings: {
        region: 'us-east-1',
        rootAccountId: '000000000000',
        accounts: [],
        s3Domains: [],
        lifecycleDayMs: 1,
        dataDir: `/${name}`,
        isLoopback: true,
      },
    },
    fresh === undefined ? {} : { fresh },
  );
  await service.start();
  opened.defer(() => service.stop());
  const [listener] = service.listeners;
  const server = createServer((socket) => listener!.accept(socket, false));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.defer(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const client = new cassandra.Client({
    contactPoints: [`127.0.0.1:${port}`],
    localDataCenter: 'datacenter1',
    credentials: { username: 'cassandra', password: 'cassandra' },
    policies: { retry: new cassandra.policies.retry.FallthroughRetryPolicy() },
  });
  await client.connect();
  opened.defer(() => client.shutdown());
  const closing = opened.move();
  return { service, client, close: () => closing.disposeAsync() };
}
