/** Clients that speak only to clusters: ours is one shard with all slots, compared with a redis-server that is the same. */
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@hypergate/node/sim/ports';
import { Cluster, Redis } from 'ioredis';
import { createCluster } from 'redis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startOurRedis, startRedisServer } from '../../lib/redis-targets.ts';
import type { Target } from '../../lib/target.ts';

const keys = Array.from({ length: 200 }, (_, i) => `key:${i}`);
let targets: { readonly hypergate: Target; readonly 'redis-server': Target };
let direct: { readonly hypergate: Redis; readonly 'redis-server': Redis };

beforeAll(async () => {
  // Its own port for the bus is beyond the last one where the port is high.
  const busPort = String(await freePort());
  const theirOptions = [
    '--cluster-enabled',
    'yes',
    '--cluster-announce-ip',
    '127.0.0.1',
    '--cluster-port',
    busPort,
  ];
  const [ours, theirs] = await Promise.all([
    startOurRedis('--cluster-enabled', 'yes'),
    startRedisServer(...theirOptions),
  ]);
  targets = { hypergate: ours, 'redis-server': theirs };
  const connect = ({ port }: Target) => new Redis({ host: '127.0.0.1', port, enableReadyCheck: false });
  direct = { hypergate: connect(ours), 'redis-server': connect(theirs) };
  await direct['redis-server'].cluster('ADDSLOTSRANGE', 0, 16_383);
  const isWhole = async () =>
    String(await direct['redis-server'].cluster('INFO')).includes('cluster_state:ok');
  while (!(await isWhole())) await delay(20);
});
afterAll(async () => {
  for (const client of Object.values(direct)) client.disconnect();
  await Promise.all(Object.values(targets).map((target) => target.dispose()));
});

describe.each(['hypergate', 'redis-server'] as const)('%s', (name) => {
  let port: number;
  const ends: (() => unknown)[] = [];
  beforeEach(async () => {
    ({ port } = targets[name]);
    await direct[name].flushall();
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  const connectIoredis = (): Cluster => {
    const cluster = new Cluster([{ host: '127.0.0.1', port }], { clusterRetryStrategy: () => null });
    ends.push(() => cluster.disconnect());
    return cluster;
  };
  const connectNodeRedis = async (RESP: 2 | 3) => {
    const cluster = createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${port}` }], RESP });
    await cluster.connect();
    ends.push(() => cluster.destroy());
    return cluster;
  };

  it('serves ioredis, with keys of many slots', async () => {
    const cluster = connectIoredis();
    expect(await Promise.all(keys.map((key) => cluster.set(key, `value of ${key}`)))).toEqual(
      keys.map(() => 'OK'),
    );
    expect(await Promise.all(keys.map((key) => cluster.get(key)))).toEqual(
      keys.map((key) => `value of ${key}`),
    );
    const pipeline = cluster.pipeline();
    for (const key of keys) pipeline.strlen(key);
    expect((await pipeline.exec())!.map(([error]) => error)).toEqual(keys.map(() => null));
    expect(await cluster.multi().set('{a}1', '1').incr('{a}1').exec()).toEqual([
      [null, 'OK'],
      [null, 2],
    ]);
    expect(await cluster.eval("return redis.call('get', KEYS[1])", 1, 'key:7')).toBe('value of key:7');
    const nodes = cluster.nodes('master');
    expect(nodes.map(({ options }) => options.port)).toEqual([port]);
    expect(await nodes[0]!.dbsize()).toBe(keys.length + 1);
  });

  it.each([2, 3] as const)('serves node-redis in RESP%d, with keys of many slots', async (version) => {
    const cluster = await connectNodeRedis(version);
    await Promise.all(keys.map((key) => cluster.set(key, `value of ${key}`)));
    expect(await Promise.all(keys.map((key) => cluster.get(key)))).toEqual(
      keys.map((key) => `value of ${key}`),
    );
    expect(await cluster.multi().set('{a}1', '1').incr('{a}1').exec()).toEqual(['OK', 2]);
    expect(cluster.masters.map((master) => master.port)).toEqual([port]);
    expect(cluster.slots.every((slot) => slot.master === cluster.masters[0])).toBe(true);
  });

  it('delivers messages of channels and shards to both', async () => {
    const [ioredis, nodeRedis] = [connectIoredis(), await connectNodeRedis(2)];
    const heard: string[] = [];
    await nodeRedis.subscribe('a', (message) => void heard.push(message));
    await nodeRedis.sSubscribe('s', (message) => void heard.push(message));
    await ioredis.publish('a', 'one');
    await ioredis.spublish('s', 'two');
    await expect.poll(() => heard.toSorted()).toEqual(['one', 'two']);
  });
});

/** Without what differs from node to node: ids, ports and epochs. */
function common(answer: unknown, port: number): string {
  return JSON.stringify(answer)
    .replaceAll(/"[0-9a-f]{40}/g, '"id')
    .replaceAll(/@\d+/g, '@bus')
    .replaceAll(String(port), 'port')
    .replaceAll(/epoch:\d/g, 'epoch:0')
    .replace(/ \d+ \d+ \d connected/, ' connected');
}

const commands = [
  'CLUSTER INFO',
  'CLUSTER NODES',
  'CLUSTER SLOTS',
  'CLUSTER SHARDS',
  'CLUSTER MYID',
  'CLUSTER LINKS',
  'CLUSTER REPLICAS x',
  'CLUSTER COUNT-FAILURE-REPORTS x',
  'CLUSTER KEYSLOT a',
  'CLUSTER KEYSLOT x{a}y',
  'CLUSTER KEYSLOT',
  'CLUSTER COUNTKEYSINSLOT 15495',
  'CLUSTER COUNTKEYSINSLOT 16384',
  'CLUSTER COUNTKEYSINSLOT x',
  'CLUSTER GETKEYSINSLOT 15495 5',
  'CLUSTER GETKEYSINSLOT 15495 0',
  'CLUSTER GETKEYSINSLOT -1 1',
  'CLUSTER GETKEYSINSLOT 1 -1',
  'CLUSTER GETKEYSINSLOT 1 x',
  'CLUSTER NOPE',
  'READONLY',
  'READWRITE',
  'ASKING',
  'READONLY x',
  'INFO cluster',
];

it.each(commands)('both servers answer %s', async (line) => {
  const answers = await Promise.all(
    (['hypergate', 'redis-server'] as const).map(async (name) => {
      const client = direct[name];
      await client.flushall();
      await client.set('{a}1', 'x');
      const [first, ...rest] = line.split(' ');
      const answer = await client.call(first!, rest).catch((error: Error) => error.message);
      return common(answer, targets[name].port);
    }),
  );
  expect(answers[0]).toEqual(answers[1]);
});

it('keys of different slots in one command are refused by redis-server alone: here they are beside each other', async () => {
  await direct.hypergate.mset('a', '1', 'b', '2');
  expect(await direct.hypergate.mget('a', 'b')).toEqual(['1', '2']);
  await expect(direct['redis-server'].mget('a', 'b')).rejects.toThrow(/^CROSSSLOT/);
});
