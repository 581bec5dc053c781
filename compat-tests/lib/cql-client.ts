/** The Node driver of Cassandra for one gateway on this machine. */
import { setTimeout as delay } from 'node:timers/promises';
import cassandra, { type Client, type ClientOptions } from 'cassandra-driver';

export function cqlClient(port: number, more: Partial<ClientOptions> = {}): Client {
  const client = new cassandra.Client({
    contactPoints: [`127.0.0.1:${port}`],
    localDataCenter: 'datacenter1',
    credentials: { username: 'cassandra', password: 'cassandra' },
    // What failed is the caller's to judge.
    policies: {
      reconnection: new cassandra.policies.reconnection.ConstantReconnectionPolicy(50),
      retry: new cassandra.policies.retry.FallthroughRetryPolicy(),
    },
    ...more,
  });
  client.on('log', () => undefined);
  return client;
}

const readyMsLimit = 120_000;

/** Resolves with a client once the server answers. */
export async function connectCql(port: number, more: Partial<ClientOptions> = {}): Promise<Client> {
  const deadline = performance.now() + readyMsLimit;
  for (;;) {
    const client = cqlClient(port, more);
    try {
      await client.connect();
      await client.execute('SELECT release_version FROM system.local');
      return client;
    } catch (error) {
      await client.shutdown().catch(() => undefined);
      if (performance.now() > deadline) throw new Error('CQL is not served', { cause: error });
      await delay(20);
    }
  }
}
