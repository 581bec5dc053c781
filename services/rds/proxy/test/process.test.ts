import { execFileSync } from 'node:child_process';
import { createConnection } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PlainEngine, startPlainEngine } from '../../test/support/plain-engine.ts';
import { readFields } from '../../wire/message-reader.ts';
import { ProxyProcess } from '../proxy-process.ts';
import { selfSigned } from './support/certificate.ts';
import { RawClient, startup } from './support/raw-client.ts';
import { openWorld, type World } from './support/world.ts';

let engine: PlainEngine;
beforeAll(async () => {
  engine = await startPlainEngine();
});
afterAll(() => engine.remove());

async function withWorld(run: (world: World) => Promise<void>): Promise<void> {
  const world = await openWorld({ engine });
  try {
    await run(world);
  } finally {
    await world.close();
  }
}

test('closing tells clients, and ends the process', () =>
  withWorld(async (world) => {
    await world.admin.query("set password_encryption = 'md5'; create role raw login password 'x'");
    const client = new RawClient({ host: '127.0.0.1', port: world.port });
    client.send(startup(0, { user: 'raw', database: 'postgres' }));
    await client.logInByMd5('raw', 'x');
    const ended = Promise.withResolvers<string>();
    world.handlers.ended = ended.resolve;
    const closed = world.proxy.close(30_000);
    const { type, body } = await client.answer();
    expect([type, readFields(body).get('C')]).toEqual(['E', '57P01']);
    client.destroy();
    await closed;
    expect(await ended.promise).toBe('it ended with code 0');
    // Who comes later is not left waiting.
    const late = new RawClient({ host: '127.0.0.1', port: world.port });
    expect(await late.rest()).toHaveLength(0);
  }));

test('also clients that are encrypted', () =>
  withWorld(async (world) => {
    const client = await world.connect({ ssl: { rejectUnauthorized: false } });
    const told = new Promise((resolve) => client.on('error', resolve));
    await world.proxy.close(30_000);
    expect(await told).toMatchObject({ code: '57P01', detail: 'the gateway stops' });
  }));

test('who is only about to log in does not keep the process', () =>
  withWorld(async (world) => {
    const client = new RawClient({ host: '127.0.0.1', port: world.port });
    client.send(startup(0, { user: 'nobody' }));
    await client.answer();
    await world.proxy.close(30_000);
    expect(await client.rest()).toHaveLength(0);
  }));

test('a process that is killed cuts its clients, and nothing is left of it', () =>
  withWorld(async (world) => {
    const client = await world.connect();
    const cut = new Promise<void>((resolve) => client.on('end', () => resolve()));
    const ended = Promise.withResolvers<string>();
    world.handlers.ended = ended.resolve;
    process.kill(world.proxy.pid, 'SIGKILL');
    expect(await ended.promise).toBe('it was ended by SIGKILL');
    await cut;
  }));

test('no secret stands where other processes can see it', () =>
  withWorld(async (world) => {
    const secret = 'a secret of the administrator';
    world.proxy.setRoute({ ...world.route, adminPassword: secret });
    await (await world.connect()).end();
    const args = ['eww', '-o', 'args=', '-p', String(world.proxy.pid)];
    const seen = execFileSync('ps', args, { encoding: 'utf8' });
    // Arguments and environment, both.
    expect(seen).toMatch(/proxy-main\.ts.* PATH=/);
    expect(seen).not.toContain(secret);
    expect(seen).not.toContain('PRIVATE KEY');
  }));

test('a client that was gone before its socket arrived leaves nothing behind', () =>
  withWorld(async (world) => {
    for (let count = 0; count < 20; count++) {
      const socket = createConnection({ host: '127.0.0.1', port: world.port });
      await new Promise((resolve) => socket.once('connect', resolve));
      socket.resetAndDestroy();
    }
    await (await world.connect()).end();
    expect(world.logged).toEqual([]);
  }));

test('a certificate that cannot be used fails the start', async () => {
  const { cert } = selfSigned();
  const { key } = selfSigned();
  const start = ProxyProcess.start(
    { tls: { cert, key }, secret: Buffer.alloc(32) },
    {
      wake: () => Promise.resolve(),
      find: () => undefined,
      certified: () => Promise.resolve(),
      verifyToken: () => Promise.resolve(false),
      connections: () => undefined,
      log: () => undefined,
      ended: () => undefined,
    },
  );
  await expect(start).rejects.toThrow("the proxy's process ended before it was ready");
});
