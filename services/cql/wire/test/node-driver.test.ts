/** cassandra-driver as applications use it, against a server of canned answers. */
import { auth, Client, errors, type types } from 'cassandra-driver';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestServer } from './support/test-server.ts';

let server: Awaited<ReturnType<typeof openTestServer>>;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());

async function withClient(
  options: { readonly maxVersion?: number; readonly password?: string },
  use: (client: Client) => Promise<void>,
): Promise<void> {
  const { maxVersion, password = 'cassandra' } = options;
  const client = new Client({
    contactPoints: ['127.0.0.1'],
    localDataCenter: 'dc1',
    protocolOptions: { port: server.port, ...(maxVersion === undefined ? {} : { maxVersion }) },
    authProvider: new auth.PlainTextAuthProvider('cassandra', password),
  });
  try {
    await use(client);
  } finally {
    await client.shutdown();
  }
}

test('it steps down from a version of its own to v4, and logs in', () =>
  withClient({}, async (client) => {
    const { rows } = await client.execute('SELECT * FROM system.local');
    expect(rows[0]?.get('cluster_name')).toBe('Test Cluster');
    expect(rows[0]?.get('tokens')).toEqual(['-1']);
    expect(server.refused).toContain(
      'Invalid or unsupported protocol version (66); supported versions are (3/v3, 4/v4, 5/v5)',
    );
    expect(server.started.at(-1)).toBe('v4 plain');
  }));

test.each([3, 4])('prepared statements and pages over v%i', (maxVersion) =>
  withClient({ maxVersion }, async (client) => {
    const value = 'ä'.repeat(100_000);
    const read: string[] = [];
    // Typed as an emitter only.
    const stream = client.stream('SELECT echo', [value], {
      prepare: true,
      fetchSize: 2,
      autoPage: true,
    }) as unknown as AsyncIterable<types.Row>;
    for await (const row of stream) {
      read.push(row.get('echo'));
    }
    expect(read).toEqual(Array(6).fill(value));
    expect(server.started.at(-1)).toBe(`v${maxVersion} plain`);
    await expect(client.batch([{ query: 'INSERT', params: [1] }])).rejects.toThrow('No batches here');
    expect((await client.execute('SELECT echo', [null], { prepare: true })).rows[0]?.get('echo')).toBeNull();
  }),
);

test('a wrong password is told as such', () =>
  withClient({ password: 'wrong' }, async (client) => {
    const error = await client.connect().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(errors.NoHostAvailableError);
    const inner = Object.values((error as errors.NoHostAvailableError).innerErrors);
    expect(inner[0]).toMatchObject({ additionalInfo: { code: 0x0100 } });
  }));
