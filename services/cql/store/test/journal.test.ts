import { randomBytes } from 'node:crypto';
import type { LocalNodePorts } from '@hypergate/node/api';
import type { OpenTables, TableDomain } from '@hypergate/table';
import { expect, test } from 'vitest';
import { domainAddress, stateKey, stateTable } from '../../model/tables.ts';
import { serveFollowed } from '../../test/support/followed-node.ts';
import { Journal } from '../journal.ts';
import { withTransact } from './support.ts';
import { StoreWorld } from './support-world.ts';

type Transact = Parameters<typeof withTransact>[1];

/** Numbers by name: an item sets one. */
class Gateway {
  readonly numbers = new Map<string, number>();
  readonly rows: string[] = [];
  readonly journal: Journal;
  readonly tables: OpenTables;

  constructor(tables: OpenTables, domain: TableDomain, node: LocalNodePorts) {
    this.tables = tables;
    this.journal = new Journal(
      { settled: 0, stateRevision: 0 },
      {
        tables,
        domain,
        node,
        fresh: () => node.position(),
        writer: randomBytes(16),
        clock: () => 0n,
        restart: () => Promise.reject(new Error('nothing settles')),
        onSettled: () => undefined,
        onFailure: (error) => {
          throw error;
        },
        apply: (row, _clock, items) => {
          for (const item of items) {
            if (item.kind !== 'mutation') throw new Error('only mutations were written');
            const [name, number] = Buffer.from(item.bytes).toString().split('=');
            this.numbers.set(name!, Number(number));
            this.rows.push(`${row} ${name}=${number}`);
          }
        },
      },
    );
  }

  /**
   * @param node the world's, or the same through a socket
   * @param transact in the place of that of its tables
   */
  static async open(
    world: StoreWorld,
    { node = world.node, transact }: { node?: LocalNodePorts; transact?: Transact } = {},
  ): Promise<Gateway> {
    const opened = await world.openTables(node);
    const tables = transact === undefined ? opened : withTransact(opened, transact);
    const gateway = new Gateway(tables, await tables.ensureDomain(domainAddress), node);
    world.closing.defer(() => gateway.journal.close());
    return gateway;
  }

  entry(name: string, number: number) {
    const bytes = Buffer.from(`${name}=${number}`);
    return { items: [{ kind: 'mutation' as const, bytes }], changes: [name], bytes: bytes.length };
  }

  set(name: string, number: number): Promise<void> {
    return this.journal.write(this.entry(name, number));
  }

  /** @returns the number before */
  add(name: string, waits = false): Promise<number> {
    return this.journal.decide(() => {
      const before = this.numbers.get(name) ?? 0;
      const decided = { ...this.entry(name, before + 1), looked: new Set([name]), result: before };
      return waits ? new Promise((resolve) => setImmediate(() => resolve(decided))) : decided;
    });
  }

  async get(name: string): Promise<number | undefined> {
    await this.journal.current();
    return this.numbers.get(name);
  }
}

test('what was answered is applied, in the order of the journal, on every gateway', async () => {
  await using world = await StoreWorld.open();
  const [first, second] = [await Gateway.open(world), await Gateway.open(world)];
  await Promise.all(
    Array.from({ length: 200 }, (_, index) => (index % 3 === 0 ? first : second).set(`n${index % 7}`, index)),
  );
  expect(second.journal.current() ?? first.journal.current()).toBeDefined();
  await first.journal.current();
  await second.journal.current();
  expect(first.rows).toHaveLength(200);
  expect(second.rows).toEqual(first.rows);
});

test('a gateway writes though it did not see when something was settled', async () => {
  await using world = await StoreWorld.open();
  const gateway = await Gateway.open(world);
  const domain = await gateway.tables.ensureDomain(domainAddress);
  const key = stateKey;
  const row = { settled: 0, clock: 0n };
  await gateway.tables.transact([{ kind: 'put', domain, table: stateTable, key, row }]);
  // As if that had come between its first look and its listening.
  gateway.journal.end.restart(0, 0);
  await gateway.set('a', 1);
  expect(await gateway.get('a')).toBe(1);
});

test('a gateway sees at once what another one answered', async () => {
  await using world = await StoreWorld.open();
  const [first, second] = [await Gateway.open(world), await Gateway.open(world)];
  for (let number = 1; number <= 20; number++) {
    await first.set('a', number);
    expect(await second.get('a')).toBe(number);
    await second.set('b', number);
    expect(await first.get('b')).toBe(number);
  }
});

test('decisions of two gateways about one thing happen one after the other', async () => {
  await using world = await StoreWorld.open();
  const gateways = [await Gateway.open(world), await Gateway.open(world)];
  const seen = await Promise.all(
    Array.from({ length: 150 }, (_, index) => gateways[index % 2]!.add('n', index % 5 === 0)),
  );
  expect(seen.toSorted((left, right) => left - right)).toEqual(seen.map((_, index) => index));
  for (const gateway of gateways) expect(await gateway.get('n')).toBe(150);
});

test('decisions of gateways whose node is behind a socket happen one after the other', async () => {
  await using world = await StoreWorld.open();
  const follow = await serveFollowed(world.node, world.closing);
  const gateways = [
    await Gateway.open(world),
    await Gateway.open(world, { node: await follow() }),
    await Gateway.open(world, { node: await follow() }),
  ];
  const seen = await Promise.all(Array.from({ length: 90 }, (_, index) => gateways[index % 3]!.add('n')));
  expect(seen.toSorted((left, right) => left - right)).toEqual(seen.map((_, index) => index));
  const looked = { items: [], changes: [], bytes: 0, looked: new Set<string>() };
  for (const gateway of gateways) {
    const number = await gateway.journal.decide(() => ({ ...looked, result: gateway.numbers.get('n') }));
    expect(number).toBe(90);
  }
});

test('decisions about different things share rows, about one thing they do not', async () => {
  await using world = await StoreWorld.open();
  const gateway = await Gateway.open(world);
  await Promise.all(Array.from({ length: 20 }, (_, index) => gateway.add(`n${index}`)));
  expect(gateway.journal.applied).toBe(1);
  await Promise.all(Array.from({ length: 20 }, () => gateway.add('n')));
  expect(gateway.journal.applied).toBe(21);
});

test('what was written before a start is read again', async () => {
  await using world = await StoreWorld.open();
  const gateway = await Gateway.open(world);
  await Promise.all(Array.from({ length: 30 }, (_, index) => gateway.set(`n${index}`, index)));
  await gateway.set('last', 1);
  const again = await Gateway.open(world);
  await again.journal.replay();
  expect(again.rows).toEqual(gateway.rows);
  await again.set('more', 2);
  expect(await gateway.get('more')).toBe(2);
});

test('a decision that fails fails alone', async () => {
  await using world = await StoreWorld.open();
  const gateway = await Gateway.open(world);
  const results = await Promise.allSettled([
    gateway.set('a', 1),
    gateway.journal.decide(() => {
      throw new Error('no');
    }),
    gateway.add('b'),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('a write that the node refuses is answered so, and the next one is taken', async () => {
  await using world = await StoreWorld.open();
  let refuses = true;
  const gateway = await Gateway.open(world, {
    transact: (write, ...parameters) =>
      refuses ? Promise.reject(new Error('the disk is full')) : write(...parameters),
  });
  await expect(gateway.set('a', 1)).rejects.toThrow('the disk is full');
  expect(gateway.rows).toEqual([]);
  refuses = false;
  await gateway.set('a', 2);
  expect(gateway.rows).toEqual(['1 a=2']);
});

test('a write that became durable although its answer was lost is seen and not written over', async () => {
  await using world = await StoreWorld.open();
  let loses = true;
  const gateway = await Gateway.open(world, {
    transact: async (write, ...parameters) => {
      const applied = await write(...parameters);
      if (loses) throw new Error('the connection is lost');
      return applied;
    },
  });
  await expect(gateway.set('a', 1)).rejects.toThrow('the connection is lost');
  loses = false;
  expect(await gateway.get('a')).toBe(1);
  await gateway.set('b', 2);
  expect(gateway.rows).toEqual(['1 a=1', '2 b=2']);
});

test('long rows are taken in pieces', async () => {
  await using world = await StoreWorld.open();
  const gateway = await Gateway.open(world);
  const long = Buffer.concat([Buffer.from('long=1;'), Buffer.alloc(3_000_000, 0x20)]);
  await gateway.journal.write({
    items: [{ kind: 'mutation', bytes: long }],
    changes: ['long'],
    bytes: long.length,
  });
  const again = await Gateway.open(world);
  await again.journal.replay();
  expect([...again.numbers.keys()]).toEqual(['long']);
});
