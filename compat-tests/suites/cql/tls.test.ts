/** CQL over TLS: drivers that trust the certificate are served, others learn nothing. */
import { connect } from 'node:net';
import { freePort } from '@hypergate/node/sim/ports';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectCql, cqlClient } from '../../lib/cql-client.ts';
import { only, startGateway } from '../../lib/gateway.ts';
import type { Target } from '../../lib/target.ts';

let gateway: Target;
let port: number;

beforeAll(async () => {
  port = await freePort();
  gateway = await startGateway({ tls: true, env: { HYPERGATE_CQL_PORT: String(port), ...only('cql') } });
});
afterAll(() => gateway.dispose());

test('a driver that trusts the certificate logs in, and values of any size come back', async () => {
  const client = await connectCql(port, {
    sslOptions: { ca: [gateway.ca!], rejectUnauthorized: true, host: '127.0.0.1' },
  });
  try {
    await client.execute(
      "CREATE KEYSPACE safe WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
    );
    await client.execute('CREATE TABLE safe.t (k int PRIMARY KEY, v blob)');
    // Around the 16 KiB of a record of TLS, and many of them.
    for (const length of [0, 1, 16_383, 16_384, 1_000_000]) {
      const value = Buffer.alloc(length, length % 251);
      await client.execute('INSERT INTO safe.t (k, v) VALUES (?, ?)', [length, value], { prepare: true });
      const { rows } = await client.execute('SELECT v FROM safe.t WHERE k = ?', [length], { prepare: true });
      expect(value.equals(rows[0]!.get('v'))).toBe(true);
    }
  } finally {
    await client.shutdown();
  }
});

test('a driver that does not trust the certificate refuses it', async () => {
  const client = cqlClient(port, { sslOptions: { rejectUnauthorized: true } });
  const failure = await client.connect().then(
    () => undefined,
    (error: { innerErrors?: Record<string, Error> }) => Object.values(error.innerErrors ?? {}).join(),
  );
  await client.shutdown();
  expect(failure).toMatch(/self-signed certificate/);
});

test('a connection without TLS is closed, unanswered', async () => {
  const optionsOfV4 = Buffer.of(4, 0, 0, 0, 5, 0, 0, 0, 0);
  const answered = await new Promise<number>((resolve) => {
    let length = 0;
    const socket = connect(port, '127.0.0.1', () => socket.write(optionsOfV4));
    socket.on('data', (chunk) => (length += chunk.length));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(length));
  });
  expect(answered).toBe(0);
});
