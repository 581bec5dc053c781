/** The service as its clients see it: durability, restarts, takeover, proofs. Through ioredis. */

import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { Cluster } from 'ioredis';
import { afterEach, describe, expect, test } from 'vitest';
import { openWorld, type World, type WorldOptions } from './support/service-harness.ts';

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

async function open(options: WorldOptions = {}): Promise<World> {
  const world = await openWorld(options);
  worlds.push(world);
  return world;
}

async function reopen(world: World): Promise<World> {
  await world.close();
  worlds.splice(worlds.indexOf(world), 1);
  return open({ state: world.state, indexStore: world.indexStore });
}

describe('what was answered', () => {
  test('is there after an orderly stop', async () => {
    let world = await open();
    const client = world.client();
    expect(await client.set('name', 'value')).toBe('OK');
    await client.select(5);
    await client.set('other', Buffer.from([0, 255, 13, 10]));
    world = await reopen(world);
    expect(await world.client().get('name')).toBe('value');
    expect(await world.client({ db: 5 }).getBuffer('other')).toEqual(Buffer.from([0, 255, 13, 10]));
  });

  test('is there after the engine was killed, and clients find it again', async () => {
    const world = await open();
    const client = world.client();
    for (let i = 0; i < 50; i++) await client.set(`key:${i}`, `value ${i}`);
    const pid = world.enginePid();
    process.kill(pid, 'SIGKILL');
    // ioredis connects again by itself, and repeats what was not answered.
    expect(await client.get('key:49')).toBe('value 49');
    expect(world.enginePid()).not.toBe(pid);
    expect(world.service.health().ready).toBe(true);
    await client.set('after', 'too');
    expect(await (await reopen(world)).client().mget('key:0', 'after')).toEqual(['value 0', 'too']);
  });

  test('is there when it is larger than a transaction of the node', async () => {
    let world = await open();
    const large = 'x'.repeat(9 * 1024 * 1024);
    await world.client().set('large', large);
    world = await reopen(world);
    expect((await world.client().get('large'))?.length).toBe(large.length);
  });
});

describe('connections', () => {
  test('that send rubbish get one error and are closed', async () => {
    const world = await open();
    const socket = connectTcp(world.port, '127.0.0.1');
    socket.write('*x\r\n');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    await once(socket, 'close');
    expect(text).toBe('-ERR Protocol error: invalid multibulk length\r\n');
  });

  test('that end their side still get the answers to what they sent', async () => {
    const world = await open();
    const socket = connectTcp({ port: world.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.end('SET a 1\r\nGET a\r\n');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    await once(socket, 'end');
    expect(text).toBe('+OK\r\n$1\r\n1\r\n');
  });
});

test('a gateway that takes the lease makes the earlier one stop', async () => {
  const world = await open();
  const client = world.client({ retryStrategy: () => null });
  await client.set('a', '1');
  // The connection may end with a reset: the engine is gone.
  client.on('error', () => undefined);
  const ended = new Promise((resolve) => client.once('close', resolve));
  // Another gateway's start, seen from the node: the same holder takes the next term.
  const { node } = world;
  const { domainAddress, holderOf } = await import('../service.ts');
  const lease = await node.lease({
    domain: domainAddress,
    resource: 'redis',
    holder: holderOf('/data'),
    durationMs: 10_000,
  });
  await Promise.race([ended, client.set('a', '2').catch(() => undefined)]);
  await ended;
  await lease.release();
});

describe('proofs', () => {
  test('of a key show its value at once, and of one that is gone that there is none', async () => {
    const world = await open();
    const client = world.client();
    await client.set('a key', 'a value');
    const { prove } = world.service;
    const query = { target: 'redis://0/a key', discloseAddressKeys: true, delay: false };
    const document = JSON.parse(await prove!.call(world.service, query));
    expect(document.subject).toBe('redis://0/a%20key');
    await client.del('a key');
    const absent = JSON.parse(await prove!.call(world.service, query));
    expect(absent.absences).toHaveLength(1);
  });
});

test('with the setting it is a cluster of one shard, for clients that speak only to clusters', async () => {
  const world = await open({ own: { cluster: true } });
  const cluster = new Cluster([{ host: '127.0.0.1', port: world.port }], {
    clusterRetryStrategy: () => null,
  });
  try {
    for (let i = 0; i < 50; i++) expect(await cluster.set(`key:${i}`, String(i))).toBe('OK');
    expect(await cluster.get('key:7')).toBe('7');
    expect(await world.client().info('cluster')).toContain('cluster_enabled:1');
  } finally {
    cluster.disconnect();
  }
  const plain = await open();
  await expect(plain.client().cluster('INFO')).rejects.toThrow('This instance has cluster support disabled');
});
