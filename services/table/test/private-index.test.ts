import { type LocalNodePorts, NodeError, Tag } from '@hypergate/node/api';
import { Purpose, sealRecord } from '@hypergate/node/crypto';
import { describe, expect, it } from 'vitest';
import type { GatewayDomain } from '../domain.ts';
import { encodeRecord, type RecordContent } from '../format/v1/record.ts';
import {
  type Harness,
  key,
  notes,
  openHarness,
  openTablesOn,
  random,
  smallTree,
  text,
  writer,
} from './support/harness.ts';
import { RecordingStore } from './support/recording-store.ts';

const foreignRecord: RecordContent = {
  table: 'test.plain',
  key: key('k'),
  indexed: true,
  hasSecondaries: true,
  rowVersion: 1,
  projection: undefined,
  secondary: [],
  row: Buffer.alloc(1),
};

describe('the private index', () => {
  const fill = async (harness: Harness, count: number) => {
    const domain = harness.tables.prepareDomain();
    await harness.tables.transact([{ kind: 'create-domain', domain }]);
    for (let index = 0; index < count; index += 1)
      await harness.tables.transact([
        {
          kind: 'put',
          domain,
          table: notes,
          key: key(`k${index}`),
          row: { text: `note ${index}`, tags: index % 2 === 0 ? ['even'] : [] },
        },
      ]);
    return domain;
  };

  it('is rebuilt from the state when the log no longer reaches back', async () => {
    const harness = await openHarness();
    const domain = await fill(harness, 100);
    await harness.close();
    const node = await openHarness(harness.state, harness.indexStore);
    node.node.retainFrom('table-index', Number.MAX_SAFE_INTEGER);
    await node.node.checkpoint();
    await node.close();
    const state = harness.state;
    state.released = state.records.length + 1;
    const again = await openHarness(state, new RecordingStore());
    const reopened = await again.tables.openDomain(domain.address);
    expect((await reopened.scan(notes, Buffer.alloc(0), {})).length).toBe(100);
    expect(await again.tables.compareIndex()).toMatchObject({ records: 100, missing: 0, superfluous: 0 });
    await again.close();
  });

  it('ends the same when a rebuild is cut off at any moment', async () => {
    const harness = await openHarness();
    const domain = await fill(harness, 120);
    harness.node.retainFrom('table-index', Number.MAX_SAFE_INTEGER);
    const cuts: RecordingStore[] = [];
    const store = new RecordingStore();
    const batch = store.batch.bind(store);
    store.batch = async (operations, options) => {
      await batch(operations, options);
      cuts.push(store.copy());
    };
    const tree = { ...smallTree, flushBytes: 2000 };
    const tables = await openTablesOn(harness.node, store, [], tree);
    await tables.rebuildIndex();
    await tables.close();
    await harness.tables.close();
    expect(cuts.length).toBeGreaterThan(20);
    for (const cut of cuts) {
      const again = await openTablesOn(harness.node, cut, [], tree);
      const reopened = await again.openDomain(domain.address);
      expect((await reopened.scan(notes, Buffer.alloc(0), {})).length).toBe(120);
      expect(await again.compareIndex()).toMatchObject({ missing: 0, different: 0, superfluous: 0 });
      await again.close();
    }
    await harness.node.close();
  });

  it('is rebuilt when its store is damaged, and says so', async () => {
    const harness = await openHarness();
    const domain = await fill(harness, 50);
    await harness.close();
    const head = '6d000000000000';
    const bytes = harness.indexStore.map.get(head)!;
    bytes[20]! ^= 1;
    const again = await openHarness(harness.state, harness.indexStore);
    expect(again.failures.length).toBe(1);
    const reopened = await again.tables.openDomain(domain.address);
    expect((await reopened.scan(notes, Buffer.alloc(0), {})).length).toBe(50);
    await again.close();
  });

  it('lets writes and reads go on when a page is damaged while it runs, and is rebuilt at the next start', async () => {
    const harness = await openHarness();
    const domain = await fill(harness, 200);
    await harness.close();
    const again = await openHarness(harness.state, harness.indexStore);
    for (const [name, bytes] of again.indexStore.map) if (name.startsWith('70')) bytes[20]! ^= 1;
    const reopened = await again.tables.openDomain(domain.address);
    // Each of the records has secondary entries to be replaced, so their pages are read.
    for (let index = 0; index < 200; index += 1)
      await again.tables.transact([
        {
          kind: 'put',
          domain: reopened,
          table: notes,
          key: key(`k${index}`),
          row: { text: 'new', tags: ['new'] },
        },
      ]);
    expect(again.tables.status().state).toBe('damaged');
    expect(again.failures.length).toBeGreaterThan(0);
    expect((await reopened.get(notes, key('k7')))?.row.text).toBe('new');
    await expect(reopened.scan(notes, Buffer.alloc(0), {})).rejects.toThrow('rebuild');
    await again.close();
    const last = await openHarness(harness.state, harness.indexStore);
    const rebuilt = await last.tables.openDomain(domain.address);
    expect((await rebuilt.scan(notes, Buffer.alloc(0), {})).length).toBe(200);
    expect(await last.tables.compareIndex()).toMatchObject({ missing: 0, different: 0, superfluous: 0 });
    await last.close();
  });

  it('finds differences that were planted', async () => {
    const harness = await openHarness();
    await fill(harness, 30);
    harness.node.retainFrom('somebody else', 1);
    await harness.close();
    // An index that was told of other transactions than the log holds: the same store beside a shorter log.
    const other = await openHarness();
    const strange = await fill(other, 10);
    await other.close();
    const mixed = await openHarness(harness.state, other.indexStore);
    const comparison = await mixed.tables.compareIndex();
    expect(comparison.missing + comparison.unknownDomains).toBeGreaterThan(0);
    expect(comparison.superfluous).toBeGreaterThan(0);
    await mixed.tables.rebuildIndex();
    expect(await mixed.tables.compareIndex()).toMatchObject({
      missing: 0,
      superfluous: 0,
      unknownDomains: 0,
    });
    await expect(mixed.tables.openDomain(strange.address)).rejects.toThrow();
    await mixed.close();
  });

  it('does not decrypt what its own gateway wrote, and follows what others write to its domains', async () => {
    const harness = await openHarness();
    const domain = await fill(harness, 5);
    const second = await openTablesOn(harness.node, new RecordingStore());
    const same = await second.openDomain(domain.address);
    await harness.tables.transact([
      { kind: 'put', domain, table: notes, key: key('from the first'), row: { text: 'x', tags: [] } },
    ]);
    await second.transact([
      {
        kind: 'put',
        domain: same,
        table: notes,
        key: key('from the second'),
        row: { text: 'x', tags: ['t'] },
      },
      { kind: 'remove', domain: same, table: notes, key: key('k0') },
    ]);
    for (const opened of [domain, same]) {
      const sorts = (await opened.scan(notes, Buffer.alloc(0), {})).map(({ sort }) => text(sort));
      expect(sorts).toEqual(['from the first', 'from the second', 'k1', 'k2', 'k3', 'k4']);
    }
    expect(await second.compareIndex()).toMatchObject({ missing: 0, different: 0, superfluous: 0 });
    await second.close();
    await harness.close();
  });

  it('counts and passes over what a writer of a domain wrote and nobody can read', async () => {
    const harness = await openHarness();
    const domain = await fill(harness, 3);
    const position = await harness.node.position();
    const vertex = (payload: Buffer, fill: number) => ({
      kind: 'add-vertex' as const,
      domain: domain.address,
      slot: Buffer.alloc(24, fill),
      incarnation: Buffer.alloc(8, 1),
      payload,
    });
    await harness.node.commit({
      id: Buffer.alloc(16, 1),
      validFrom: position,
      validUntil: position + 100,
      expects: [],
      operations: [
        vertex(Buffer.alloc(200, 1), 3),
        vertex(Buffer.of(1), 4),
        vertex(Buffer.of(3, 1, 2), 5),
        vertex(Buffer.alloc(0), 6),
        {
          kind: 'remove-vertex',
          domain: domain.address,
          slot: Buffer.alloc(24, 3),
          incarnation: Buffer.alloc(8, 1),
          note: Buffer.alloc(90, 2),
        },
      ],
    });
    expect(harness.tables.status().unreadable).toBe(3);
    // Whoever has the keys may still not keep the limits.
    const { keys } = domain as GatewayDomain;
    const sealed = (fill: number, change: Partial<RecordContent>) => {
      const at = { domain: domain.address, slot: Buffer.alloc(24, fill), incarnation: Buffer.alloc(8, 1) };
      const content = { ...foreignRecord, ...change };
      const payload = sealRecord(keys.current, Purpose.record, at, encodeRecord(content), random);
      return { kind: 'add-vertex' as const, ...at, payload };
    };
    const big = Buffer.alloc(60_000);
    const entry = { index: 'i', partition: big, sort: big, projection: big };
    await harness.node.commit({
      id: Buffer.alloc(16, 2),
      validFrom: position,
      validUntil: position + 100,
      expects: [],
      operations: [
        sealed(10, { key: { partition: big, sort: big } }),
        sealed(11, { projection: big }),
        sealed(12, { secondary: [entry] }),
        sealed(13, { table: 'a\0b' }),
        sealed(14, { table: '' }),
        {
          kind: 'create-domain',
          domain: Buffer.alloc(32, 77),
          config: {
            ownerKey: writer.publicKey,
            writerKeys: [writer.publicKey],
            readKey: Buffer.alloc(33, Tag.ristretto255Point),
            payload: Buffer.alloc(200_000),
          },
        },
      ],
    });
    expect(harness.tables.status().unreadable).toBe(9);
    await harness.tables.rebuildIndex();
    expect(harness.tables.status().state).toBe('live');
    expect((await domain.scan(notes, Buffer.alloc(0), {})).length).toBe(3);
    await harness.close();
  });

  it('is emptied with the node', async () => {
    const harness = await openHarness();
    const domain = await fill(harness, 20);
    await harness.node.reset();
    await harness.tables.reset();
    await expect(harness.tables.openDomain(domain.address)).rejects.toThrow('not open');
    const again = await fill(harness, 5);
    expect((await again.scan(notes, Buffer.alloc(0), {})).length).toBe(5);
    expect(await harness.tables.compareIndex()).toMatchObject({ missing: 0, superfluous: 0, domains: 1 });
    await harness.close();
  });

  it('keeps the log that it still needs', async () => {
    const retained: number[] = [];
    const harness = await openHarness();
    const watched: LocalNodePorts = new Proxy(harness.node, {
      get(target, name) {
        if (name === 'retainFrom') return (_: string, position: number) => retained.push(position);
        const value = Reflect.get(target, name) as unknown;
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const store = new RecordingStore();
    const tables = await openTablesOn(watched, store);
    expect(retained).toEqual([1]);
    const domain = tables.prepareDomain();
    await tables.transact([{ kind: 'create-domain', domain }]);
    store.failure = new NodeError('storage-full', 'no space');
    await expect(tables.flush()).rejects.toThrow('no space');
    expect(retained).toEqual([1]);
    await tables.flush();
    expect(retained).toEqual([1, (await harness.node.position()) + 1]);
    await tables.close();
    await harness.close();
  });
});
