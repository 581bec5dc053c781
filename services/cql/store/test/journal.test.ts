import { randomBytes } from 'node:crypto';
import type { LocalNodePorts } from '@hypergate/node/api';
import type { EmbeddedNode } from '@hypergate/node/embedded';
import { systemClock } from '@hypergate/node/embedded';
import { connectNode, type NodeAddress, serveNode } from '@hypergate/node/remote';
import type { OpenTables, TableDomain, TableStore } from '@hypergate/table';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { domainAddress, stateKey, stateTable } from '../../model/tables.ts';
import { FollowedNode } from '../../test/support/followed-node.ts';
import { openNode, openStore } from '../../test/support/tables.ts';
import { Journal } from '../journal.ts';

const clock = systemClock;
const random = { bytes: (length: number) => randomBytes(length) };

let node: EmbeddedNode;
let closing: AsyncDisposableStack;

beforeEach(async () => {
  closing = new AsyncDisposableStack();
  ({ node } = await openNode());
  closing.defer(() => node.close());
});

afterEach(() => closing.disposeAsync());

/** Numbers by name: an item sets one. */
class Gateway {
  readonly numbers = new Map<string, number>();
  readonly rows: string[] = [];
  readonly journal: Journal;
  readonly tables: OpenTables;

  constructor(tables: OpenTables, domain: TableDomain, node: LocalNodePorts, through: TableStore = tables) {
    this.tables = tables;
    this.journal = new Journal(
      { settled: 0, stateRevision: 0 },
      {
        tables: through,
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

  static async open(through?: (tables: OpenTables) => TableStore): Promise<Gateway> {
    const tables = await openStore(node);
    const gateway = new Gateway(tables, await tables.ensureDomain(domainAddress), node, through?.(tables));
    closing.defer(async () => {
      await gateway.journal.close();
      await tables.close();
    });
    return gateway;
  }

  /** With the node behind a socket. */
  static async openAcross(address: NodeAddress, key: Buffer): Promise<Gateway> {
    const ports = await connectNode({ address, key }, { clock, random });
    const followed = await FollowedNode.open(ports);
    const tables = await openStore(followed.node);
    const gateway = new Gateway(tables, await tables.ensureDomain(domainAddress), followed.node);
    closing.defer(async () => {
      await gateway.journal.close();
      await tables.close();
      followed.close();
      await ports.close();
    });
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
  const [first, second] = [await Gateway.open(), await Gateway.open()];
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
  const gateway = await Gateway.open();
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
  const [first, second] = [await Gateway.open(), await Gateway.open()];
  for (let number = 1; number <= 20; number++) {
    await first.set('a', number);
    expect(await second.get('a')).toBe(number);
    await second.set('b', number);
    expect(await first.get('b')).toBe(number);
  }
});

test('decisions of two gateways about one thing happen one after the other', async () => {
  const gateways = [await Gateway.open(), await Gateway.open()];
  const seen = await Promise.all(
    Array.from({ length: 150 }, (_, index) => gateways[index % 2]!.add('n', index % 5 === 0)),
  );
  expect(seen.toSorted((left, right) => left - right)).toEqual(seen.map((_, index) => index));
  for (const gateway of gateways) expect(await gateway.get('n')).toBe(150);
});

test('decisions of gateways whose node is behind a socket happen one after the other', async () => {
  const key = randomBytes(32);
  const server = await serveNode(node, { listen: { host: '127.0.0.1', port: 0 }, key }, { clock, random });
  closing.defer(() => server.close());
  const gateways = [
    await Gateway.open(),
    await Gateway.openAcross(server.address, key),
    await Gateway.openAcross(server.address, key),
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
  const gateway = await Gateway.open();
  await Promise.all(Array.from({ length: 20 }, (_, index) => gateway.add(`n${index}`)));
  expect(gateway.journal.applied).toBe(1);
  await Promise.all(Array.from({ length: 20 }, () => gateway.add('n')));
  expect(gateway.journal.applied).toBe(21);
});

test('what was written before a start is read again', async () => {
  const gateway = await Gateway.open();
  await Promise.all(Array.from({ length: 30 }, (_, index) => gateway.set(`n${index}`, index)));
  await gateway.set('last', 1);
  const again = await Gateway.open();
  await again.journal.replay();
  expect(again.rows).toEqual(gateway.rows);
  await again.set('more', 2);
  expect(await gateway.get('more')).toBe(2);
});

test('a decision that fails fails alone', async () => {
  const gateway = await Gateway.open();
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
  let refuses = true;
  const gateway = await Gateway.open((tables) => ({
    ...plain(tables),
    transact: (writes, options) =>
      refuses ? Promise.reject(new Error('the disk is full')) : tables.transact(writes, options),
  }));
  await expect(gateway.set('a', 1)).rejects.toThrow('the disk is full');
  expect(gateway.rows).toEqual([]);
  refuses = false;
  await gateway.set('a', 2);
  expect(gateway.rows).toEqual(['1 a=2']);
});

test('a write that became durable although its answer was lost is seen and not written over', async () => {
  let loses = true;
  const gateway = await Gateway.open((tables) => ({
    ...plain(tables),
    transact: async (writes, options) => {
      const applied = await tables.transact(writes, options);
      if (loses) throw new Error('the connection is lost');
      return applied;
    },
  }));
  await expect(gateway.set('a', 1)).rejects.toThrow('the connection is lost');
  loses = false;
  expect(await gateway.get('a')).toBe(1);
  await gateway.set('b', 2);
  expect(gateway.rows).toEqual(['1 a=1', '2 b=2']);
});

test('long rows are taken in pieces', async () => {
  const gateway = await Gateway.open();
  const long = Buffer.concat([Buffer.from('long=1;'), Buffer.alloc(3_000_000, 0x20)]);
  await gateway.journal.write({
    items: [{ kind: 'mutation', bytes: long }],
    changes: ['long'],
    bytes: long.length,
  });
  const again = await Gateway.open();
  await again.journal.replay();
  expect([...again.numbers.keys()]).toEqual(['long']);
});

function plain(tables: OpenTables): TableStore {
  return {
    prepareDomain: (address) => tables.prepareDomain(address),
    openDomain: (address) => tables.openDomain(address),
    ensureDomain: (address) => tables.ensureDomain(address),
    transact: (writes, options) => tables.transact(writes, options),
    stageData: (source, signal) => tables.stageData(source, signal),
    prove: (subjects, options) => tables.prove(subjects, options),
    readData: (...parameters) => tables.readData(...parameters),
  };
}
